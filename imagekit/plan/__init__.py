"""Composing: project, settings and recipe become a plan. Pure."""
