"""`mix.lock`: an Elixir map of package names to tuples.

Shapes: hexdocs.pm/hex, `Hex.Utils.lock/1` (from 4 to 8 elements, older Hex writing
fewer), and Mix's `Mix.SCM.Git.lock`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.project.elixir.evaluate import Evaluator
from imagekit.project.elixir.module import Module
from imagekit.project.elixir.parse import parse
from imagekit.project.elixir.syntax import parts
from imagekit.project.elixir.terms import (
    MapTerm,
    Term,
    TupleTerm,
    atom_name,
    atoms,
    is_true,
    items,
    option,
    plain,
    string,
)
from imagekit.project.tree import SourceTree

_MANAGERS: Final = 4
_DEPENDENCIES: Final = 5
_REPOSITORY: Final = 6


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A dependency that a locked package names."""

    name: str
    optional: bool


@dataclass(frozen=True, kw_only=True)
class Locked:
    """One entry."""

    name: str
    scm: str
    version: str
    """The version of a Hex package, the commit of a git repository."""
    repository: str
    managers: tuple[str, ...] = ()
    """Build tools that the package says it has files for: `mix`, `rebar3`, `make`."""
    wishes: tuple[Wish, ...] | None = None
    """What it depends on; `None` when the lock file does not say (git)."""
    source: str


def read_lock(tree: SourceTree, path: PurePosixPath) -> Mapping[str, Locked]:
    """Read a lock file; one that is not there is empty.

    Raises:
        SourceSyntaxError: it does not parse, as with conflict markers in it.
    """
    text = tree.text(path)
    if text is None:
        return {}
    source = parse(text, str(path))
    evaluator = Evaluator(Module(name="", source=source))
    terms = [evaluator.term(node) for node in parts(source.root)]
    found: dict[str, Locked] = {}
    for term in terms:
        for key, value in term.pairs if isinstance(term, MapTerm) else ():
            name = atom_name(key) or string(key)
            entry = _entry(name, value) if name else None
            if entry is not None:
                found[entry.name] = entry
    return found


def _entry(name: str, term: Term) -> Locked | None:
    if not isinstance(term, TupleTerm):
        return None
    scm, *rest = (atom_name(term.items[0]) if term.items else None, *term.items[1:])
    if scm == "hex" and len(rest) > 1 and (version := string(rest[1])) is not None:
        given = term.items
        return Locked(
            name=name,
            scm=scm,
            version=version,
            repository=(string(given[_REPOSITORY]) if len(given) > _REPOSITORY else "") or "hexpm",
            managers=tuple(sorted(atoms(given[_MANAGERS]))) if len(given) > _MANAGERS else (),
            wishes=_wishes(given[_DEPENDENCIES]) if len(given) > _DEPENDENCIES else None,
            source=term.source,
        )
    if scm == "git" and len(rest) > 1 and (commit := string(rest[1])) is not None:
        address = string(rest[0]) or ""
        return Locked(name=name, scm=scm, version=commit, repository=address, source=term.source)
    return None


def _wishes(term: Term) -> tuple[Wish, ...]:
    found = (
        Wish(name=name, optional=is_true(option(item.items[-1], "optional")))
        for item in items(term)
        if isinstance(item, TupleTerm) and (name := _name(item)) is not None
    )
    return tuple(sorted(found, key=lambda wish: wish.name))


def _name(item: TupleTerm) -> str | None:
    """Give the app's name of a wish, which older lock files write as a string."""
    first = item.items[0] if item.items else None
    value = plain(first)
    return value if isinstance(value, str) else atom_name(first)
