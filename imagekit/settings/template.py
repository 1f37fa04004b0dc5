"""The commented `imagekit.toml` that `imagekit init` writes."""

from __future__ import annotations

from importlib.resources import files


def template() -> str:
    """Give the text; every setting in it is commented out, so it changes nothing."""
    return files("imagekit.settings").joinpath("template.toml").read_text(encoding="utf-8")
