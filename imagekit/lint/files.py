"""Files as lint reads them: their names, their texts, and which of a folder may be linted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.dockerfile.text import Text
from imagekit.errors import UnknownFileKind, UnreadableConfiguration
from imagekit.lint.kinds import KINDS, kind_of

_PASSED_BY: Final = frozenset({"node_modules", "deps", "_build"})
_ABOUT_TESTS: Final = frozenset({"fixtures", "test", "tests"})
"""Folders of a project whose files are made to be found wrong, or run nowhere but there."""
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


def beside_mix_exs(folder: Path, apps: AbstractSet[Path]) -> Iterator[Path]:
    """Give the files of a project that may be linted and that Mix knows nothing of, sorted.

    Not those of tests, of dependencies and of other projects in folders below; of YAML only what
    may be a compose file or a manifest, for a project has YAML of many kinds.

    Args:
        folder: the project's.
        apps: the folders of its own apps.
    """
    passed_by: list[Path] = []
    for path in files_below(folder):
        inside = path.relative_to(folder).parts[:-1]
        if not _ABOUT_TESTS.isdisjoint(inside) or any(map(path.is_relative_to, passed_by)):
            continue
        other = next((each for each in _between(path, folder) if _is_other(each, apps)), None)
        if other is not None:
            passed_by.append(other)
        elif kind_of(PurePosixPath(path.name)) != "settings" and _may_have_rules(path):
            yield path


def _between(path: Path, folder: Path) -> Iterator[Path]:
    """Give the folders that a file is in, below a folder."""
    return takewhile(lambda each: each != folder, path.parents)


def _is_other(folder: Path, apps: AbstractSet[Path]) -> bool:
    return folder not in apps and (folder / "mix.exs").is_file()


def _may_have_rules(path: Path) -> bool:
    if kind_of(PurePosixPath(path.name)) != "yaml":
        return True
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
    except OSError:
        return False
    return any(word in data for word in (b"apiVersion", b"services"))
