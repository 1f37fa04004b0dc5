"""Path dependencies: libraries in the tree that are the project's and none of its apps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from imagekit.errors import ProjectNotSupported
from imagekit.project.declared import Declaration, declarations
from imagekit.project.mix_exs import MixFile, read_mix_exs
from imagekit.project.tree import SourceTree
from imagekit.resolved import Unknown


@dataclass(frozen=True, kw_only=True)
class Declared:
    """Everything the project's `mix.exs` files declare."""

    declarations: tuple[tuple[MixFile, Declaration], ...]
    """With the file each stands in: the project's own in their order, then libraries'."""
    libraries: tuple[MixFile, ...]
    """The `mix.exs` files of path dependencies, sorted by folder."""
    unknowns: tuple[Unknown, ...]


def declared(tree: SourceTree, own: Iterable[MixFile]) -> Declared:
    """Read the declarations of the project's own files and of every library they lead to.

    Raises:
        ProjectNotSupported: a path dependency that is not in the tree.
        SourceSyntaxError: the `mix.exs` of a library does not parse.
    """
    pending = list(own)
    known = {file.folder for file in pending}
    mine = frozenset(known)
    found: list[tuple[MixFile, Declaration]] = []
    libraries: list[MixFile] = []
    holes: list[Unknown] = []
    while pending:
        file = pending.pop(0)
        declarations_of_file, unknown = declarations(file)
        holes += unknown
        for each in declarations_of_file:
            # Mix loads a library for production: what it wants elsewhere, nobody gets.
            if file.folder not in mine and not each.in_production:
                continue
            found.append((file, each))
            if each.path is None or each.path in known:
                _refuse_foreign(each)
                continue
            known.add(each.path)
            library = _library(tree, each, each.path)
            if library is not None:
                libraries.append(library)
                pending.append(library)
    return Declared(
        declarations=tuple(found),
        libraries=tuple(sorted(libraries, key=lambda each: each.folder)),
        unknowns=tuple(holes),
    )


def _refuse_foreign(each: Declaration) -> None:
    if each.written_path is not None and each.path is None and each.in_production:
        raise ProjectNotSupported(
            file=each.source,
            shape=f"the path dependency `{each.name}` is outside the project: {each.written_path}",
            way_out=(
                "Run imagekit in a folder that holds both, or depend on it through git or Hex: "
                "a build sees nothing outside its folder."
            ),
        )


def _library(tree: SourceTree, each: Declaration, folder: PurePosixPath) -> MixFile | None:
    """Read a library; one without `mix.exs` is rebar's or make's, and declares nothing to us."""
    library = read_mix_exs(tree, folder)
    if library is None and not tree.names(folder) and each.in_production:
        raise ProjectNotSupported(
            file=each.source,
            shape=f"the path dependency `{each.name}` is not there: {folder} has no files",
            way_out="Correct its path, or what .dockerignore leaves out of the build context.",
        )
    return library
