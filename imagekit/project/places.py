"""Paths of a project, written as Elixir code writes them."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import Final

ROOT: Final = PurePosixPath()


def within(folder: PurePosixPath, written: str) -> PurePosixPath | None:
    """Give the path that code in a folder names; `None` when it leads out of the project."""
    joined = posixpath.normpath(posixpath.join(folder, written))
    if posixpath.isabs(written) or joined.split("/", 1)[0] == "..":
        return None
    return PurePosixPath(joined)


def by_line(source: str) -> tuple[str, int]:
    """Order places as a reader would: by file, then by the number of the line."""
    file, _, line = source.rpartition(":")
    return (file, int(line)) if line.isdecimal() else (source, 0)
