"""Why each file or package below the release is there, as an image that imagekit built says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

REASONS_FILE: Final = "usr/share/imagekit/runtime.tsv"
"""Written by `scripts/rootfs` or `scripts/needed-packages`: a line a file and kind of reason,
columns between tabs."""
_COLUMNS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One file, and one kind of reason for it."""

    path: str
    """Empty for a package that was asked for as a whole."""
    package: str
    """Of the distribution; empty where none has it."""
    version: str
    """Empty where the package is installed, and the distribution's own list tells."""
    how: str
    """`needs`, `loads`, `opens`, `runs`, `applet`, `package`, `dependency`,
    `shell`, `certificates`."""
    by: tuple[str, ...]
    """The files that need, load, open or run it; the dependency that opens it."""


def read_reasons(content: bytes) -> tuple[Reason, ...]:
    """Read the list, in its order; a line that is none is left out."""
    return tuple(_reasons(content.decode("utf-8", "replace")))


def _reasons(text: str) -> Iterator[Reason]:
    for line in text.splitlines():
        path, *rest = line.split("\t")
        if len(rest) >= _COLUMNS - 1:
            package, version, how, *by = rest
            yield Reason(path=path, package=package, version=version, how=how, by=tuple(by))
