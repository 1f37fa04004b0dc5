"""Distillery's `rel/config.exs`: its releases, and what its production environment overrides.

Grammar: hexdocs.pm/distillery, "Configuration": `environment :prod do ... end` and
`release :name do ... end`, each a list of `set key: value`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagekit.errors import ReleaseDefinedTwice
from imagekit.project.conditions import ENVIRONMENT
from imagekit.project.elixir.evaluate import Evaluator
from imagekit.project.elixir.module import Module
from imagekit.project.elixir.parse import parse
from imagekit.project.elixir.syntax import (
    Source,
    arguments,
    branches,
    call_name,
    keyword_pairs,
    parts,
)
from imagekit.project.elixir.terms import Term, as_text, atom_name, unknowns
from imagekit.project.model import Dependency, Release
from imagekit.project.releases import Releases, applications, erts
from imagekit.project.tree import SourceTree
from imagekit.project.umbrella import OwnApps
from imagekit.resolved import Maybe, Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

FILE: Final = PurePosixPath("rel/config.exs")


def uses_distillery(tree: SourceTree, dependencies: tuple[Dependency, ...]) -> bool:
    """Tell whether releases are Distillery's: it is a dependency and is configured."""
    return tree.has(FILE) and any(each.name == "distillery" for each in dependencies)


def distillery_releases(tree: SourceTree, own: OwnApps) -> Releases:
    """Read the releases.

    Raises:
        SourceSyntaxError: the file does not parse.
        ReleaseDefinedTwice: two releases of one name.
    """
    source = parse(tree.text(FILE) or "", str(FILE))
    reader = _Reader(source)
    overridden: dict[str, Term] = {}
    for name, _, settings in reader.blocks("environment"):
        if name == ENVIRONMENT:
            overridden |= settings
    found: dict[str, Release] = {}
    holes: list[Unknown] = []
    for name, node, settings in reader.blocks("release"):
        if name in found:
            first, second = found[name].source, source.place(node)
            raise ReleaseDefinedTwice(release=name, first=first, second=second)
        merged = settings | overridden
        given = merged.get("applications")
        holes += unknowns(given)
        found[name] = Release(
            name=name,
            applications=applications(own, given),
            include_erts=erts(merged.get("include_erts")),
            version=_version(merged.get("version"), source.place(node)),
            source=source.place(node),
        )
    return Releases(
        releases=tuple(found[name] for name in sorted(found)),
        default=reader.default(found),
        options=(None,),
        unknowns=tuple(holes),
    )


def _version(term: Term | None, source: str) -> Maybe[str]:
    return as_text(term, absent=Unknown(reason="the release sets no version", source=source))


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._evaluator = Evaluator(Module(name="", source=source))

    def blocks(self, kind: str) -> Iterator[tuple[str, Node, dict[str, Term]]]:
        """Give name, node and settings of each block of a kind."""
        for node in parts(self._source.root):
            given = arguments(node) if call_name(node) == kind else []
            name = atom_name(self._evaluator.term(given[0])) if given else None
            if name is not None:
                yield name, node, self._settings(node)

    def _settings(self, node: Node) -> dict[str, Term]:
        found: dict[str, Term] = {}
        for statement in branches(node).get("do", []):
            given = arguments(statement) if call_name(statement) == "set" else []
            for each in given:
                if each.type == "keywords":
                    found |= {
                        key: self._evaluator.term(value) for key, value in keyword_pairs(each)
                    }
        return found

    def default(self, defined: dict[str, Release]) -> str | None:
        """Give `default_release:`, of which `:default` means the first one defined."""
        for node in parts(self._source.root):
            given = arguments(node) if call_name(node) == "use" else []
            for each in given:
                pairs = dict(keyword_pairs(each)) if each.type == "keywords" else {}
                if "default_release" in pairs:
                    name = atom_name(self._evaluator.term(pairs["default_release"]))
                    return next(iter(defined), None) if name == "default" else name
        return None
