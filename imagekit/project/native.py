"""Which foreign toolchains a build needs, told by what packages depend on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from imagekit.project.mix_lock import Locked
from imagekit.project.model import Native
from imagekit.project.tree import SourceTree

_TOOLS: Final[Mapping[str, Native]] = {
    "cc_precompiler": "c",
    "elixir_make": "c",
    "rustler": "rust",
    "rustler_precompiled": "rust",
}
PRECOMPILED: Final = frozenset({"cc_precompiler", "rustler_precompiled"})
"""Packages that download a built artefact where there is one for the platform."""


def needed_by(names: Iterable[str]) -> tuple[Native, ...]:
    """Give the toolchains that depending on these packages means."""
    return tuple(sorted({_TOOLS[name] for name in names if name in _TOOLS}))


def of_locked(entry: Locked, locked: Mapping[str, Locked]) -> tuple[Native, ...]:
    """Give the toolchains that a locked package needs to compile.

    `make` among its build tools counts unless rebar3 is there too: Hex notes every
    package with a Makefile, and Mix builds those of Erlang packages by rebar3 (cowboy).
    """
    if entry.name in _TOOLS:
        return ()  # it helps others to compile, and is itself Elixir
    found = set(needed_by(depended_on(entry, locked)))
    if "make" in entry.managers and not {"rebar", "rebar3"} & set(entry.managers):
        found.add("c")
    return tuple(sorted(found))


def depended_on(entry: Locked, locked: Mapping[str, Locked]) -> tuple[str, ...]:
    """Give what a locked package depends on here: an optional wish counts when it came true."""
    return tuple(
        wish.name for wish in entry.wishes or () if not wish.optional or wish.name in locked
    )


def in_folder(tree: SourceTree, folder: PurePosixPath) -> tuple[Native, ...]:
    """Give the toolchains that the sources of a library in the tree are for."""
    c = "c_src" in tree.names(folder) or "Makefile" in tree.names(folder)
    crates = (folder, *(folder / "native" / name for name in tree.names(folder / "native")))
    rust = any(tree.has(crate / "Cargo.toml") for crate in crates)
    return (*(("c",) if c else ()), *(("rust",) if rust else ()))
