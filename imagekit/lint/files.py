"""Files as lint reads them: their names, their texts, and which of a folder may be linted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.dockerfile.text import Text
from imagekit.errors import UnknownFileKind, UnreadableConfiguration
from imagekit.lint.kinds import KINDS, kind_of

_PASSED_BY: Final = frozenset({"node_modules", "deps", "_build"})
_LARGEST: Final = 8 * 1024 * 1024
"""Bytes beyond which a file is nothing that a person wrote."""


def name_of(path: Path) -> str:
    """Name a file as messages do: as it was given, with slashes; what is not UTF-8 is shown so."""
    return os.fsencode(path.as_posix()).decode("utf-8", errors="replace")


def read_text(path: Path) -> Text:
    """Read a file.

    Raises:
        UnreadableConfiguration: the system refuses.
    """
    name = name_of(path)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as err:
        problem = err.strerror or "it is no file"
        raise UnreadableConfiguration(file=name, problem=problem) from err
    if len(data) > _LARGEST:
        raise UnknownFileKind(file=name, problem="it is larger than 8 MB", kinds=KINDS)
    return Text.decode(name, data)


def folder_around(start: Path, name: str) -> Path | None:
    """Give the nearest folder with a file of a name: this one, or above, up to a `.git`."""
    for folder in (start, *_above(start)):
        if (folder / name).is_file():
            return folder
        if (folder / ".git").exists():
            return None
    return None


def _above(folder: Path) -> Iterator[Path]:
    """Give the folders above, named from where we are as long as that is possible."""
    yield from folder.parents
    if not folder.is_absolute():
        up = Path()
        for _ in Path.cwd().parents:
            up = up / ".."
            yield up


def files_below(folder: Path) -> Iterator[Path]:
    """Give the files of a folder that may be linted, sorted."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _PASSED_BY
        )
        for name in sorted(names):
            path = Path(here, name)
            if kind_of(PurePosixPath(name)) not in (None, "elixir") and path.is_file():
                yield path
