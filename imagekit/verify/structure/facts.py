"""What structure tests look at: the image's files, and what commands led to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from imagekit.engine.images import Entry
from imagekit.image import Image
from imagekit.verify.structure.find import Tree
from imagekit.verify.structure.model import CommandTest, LicenseTest, Pair, StructureFile

DOCUMENTS: Final = "/usr/share/doc"
_VARIABLE: Final = re.compile(r"\$(?:\{([^}]*)\}|([*#$@!?0-9-])|([A-Za-z_][A-Za-z0-9_]*))")


@dataclass(frozen=True, kw_only=True)
class CommandFacts:
    """What became of one command test."""

    file: str
    test: CommandTest
    code: int | None = None
    """`None` when it did not end in time, or could not be started."""
    stdout: str = ""
    stderr: str = ""
    problem: str = ""
    """Why it could not be started or did not end; empty when it did."""
    setup: tuple[tuple[str, int | None], ...] = ()
    """Commands before it, and their exit codes."""


@dataclass(frozen=True, kw_only=True)
class StructureFacts:
    """All that the tests of all files look at."""

    image: Image
    tree: Tree
    contents: Mapping[tuple[int, str], bytes] = field(default_factory=dict, repr=False)
    commands: tuple[CommandFacts, ...] = ()

    def content(self, entry: Entry) -> bytes | None:
        """Give the bytes of a file; `None` of one that is too large to be read."""
        return self.contents.get((entry.layer, entry.name))


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Fill in `$NAME` and `${NAME}` as Go's `os.Expand` does: what is not known is empty."""
    return _VARIABLE.sub(
        lambda found: variables.get(found[1] or found[2] or found[3] or "", ""), text
    )


def environment(pairs: Iterable[Pair], variables: Mapping[str, str]) -> dict[str, str]:
    """Give variables, filled in with those that were there before."""
    return {pair.key: expand(pair.value, variables) for pair in pairs}


def wanted_files(files: Iterable[StructureFile], tree: Tree) -> frozenset[tuple[int, str]]:
    """Say of which files the bytes are wanted, by layer and name."""
    paths = {
        path
        for file in files
        for path in (
            *(test.path for test in file.tests.file_content_tests),
            *(path for test in file.tests.license_tests for path in license_files(test, tree)),
        )
    }
    entries = (tree.file(path) for path in paths)
    return frozenset((entry.layer, entry.name) for entry in entries if entry is not None)


def license_files(test: LicenseTest, tree: Tree) -> Iterator[str]:
    """Name the files that a licence test reads."""
    yield from test.files
    if test.debian:
        for folder in tree.below(DOCUMENTS, lambda each: each.is_folder):
            yield f"/{folder.name}/copyright"
