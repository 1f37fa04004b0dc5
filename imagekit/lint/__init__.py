"""Lint: opinions about images as rules with an id, a reason, a page and, where safe, a fix."""
