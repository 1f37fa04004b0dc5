"""Proves what a project states about itself by trying it."""
