"""The user's cache folder, where builds of imagekit leave what later ones may know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def user_cache(environment: Mapping[str, str]) -> Path | None:
    """Give our folder in it; `None` where nothing tells whose it is, as a user id without a name.

    By `XDG_CACHE_HOME`, else below the home folder (XDG Base Directory Specification).
    """
    if told := environment.get("XDG_CACHE_HOME"):
        return Path(told, "imagekit")
    try:
        return Path.home() / ".cache" / "imagekit"
    except RuntimeError:
        return None
