"""What compile-time configuration says that matters to an image."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from imagekit.project.conditions import in_force
from imagekit.project.elixir.evaluate import Evaluator
from imagekit.project.elixir.module import Module
from imagekit.project.elixir.syntax import Source, arguments, call_name, keyword_pairs
from imagekit.project.elixir.terms import (
    ListTerm,
    Scalar,
    Term,
    TupleTerm,
    atom_name,
    items,
    option,
    place,
    string,
)
from imagekit.project.environment import merged
from imagekit.project.model import EnvironmentVariable
from imagekit.resolved import Maybe, Resolved, Unknown

_REPLACED: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""What Distillery's `REPLACE_OS_VARS` expands in the strings of its configuration."""


@dataclass(frozen=True, kw_only=True)
class Tls:
    """What an endpoint's `force_ssl` says."""

    forced: Maybe[bool]
    exempt: Maybe[tuple[str, ...]]
    """The paths that it leaves on plain HTTP."""


NO_TLS: Final = Tls(
    forced=Resolved(value=False, source="default"), exempt=Resolved(value=(), source="default")
)


def force_tls(sources: Iterable[Source]) -> Mapping[str, Tls]:
    """Tell of which apps an endpoint has `force_ssl`, the last file that says so deciding."""
    found: dict[str, Tls] = {}
    for source in sources:
        evaluator = Evaluator(Module(name="", source=source))
        for node, conditional in in_force(source.root):
            given = arguments(node) if call_name(node) == "config" else []
            if len(given) < 3 or given[-1].type != "keywords":  # noqa: PLR2004 - app, key, options
                continue
            app = atom_name(evaluator.term(given[0]))
            for key, value in keyword_pairs(given[-1]):
                if app and key == "force_ssl":
                    term = evaluator.term(value)
                    forced = _forced(term, conditional=conditional)
                    found[app] = Tls(forced=forced, exempt=exempt_paths(term))
    return found


def exempt_paths(term: Term) -> Maybe[tuple[str, ...]]:
    """Give the paths that the options of `force_ssl` exclude (hexdocs.pm/plug, `Plug.SSL`).

    `exclude: [paths: [...], hosts: [...]]`; a list of hosts alone excludes no path, and a function
    excludes what only it knows.
    """
    excluded = option(term, "exclude")
    if excluded is None:
        return Resolved(value=(), source=place(term))
    paths = option(excluded, "paths") if isinstance(excluded, ListTerm) else excluded
    if paths is None:
        return Resolved(value=(), source=place(excluded))
    read = tuple(string(each) for each in items(paths))
    if not isinstance(paths, ListTerm) or None in read:
        return Unknown(reason="what `force_ssl` excludes is computed", source=place(paths))
    return Resolved(value=tuple(each for each in read if each), source=place(paths))


def _forced(term: Term, *, conditional: bool) -> Maybe[bool]:
    if isinstance(term, Unknown):
        return term
    if conditional:
        return Unknown(reason="`force_ssl` is set under a condition", source=term.source)
    off = isinstance(term, Scalar) and term.value in (None, False)
    return Resolved(value=not off, source=term.source)


def replaced_variables(
    sources: Iterable[Source], *, expanded: bool
) -> tuple[EnvironmentVariable, ...]:
    """Give the variables that a release puts into compile-time configuration when it boots.

    `{:system, "PORT"}` is the convention of libraries before runtime configuration;
    `"${PORT}"` is Distillery's, where `expanded`.
    """
    found: list[EnvironmentVariable] = []
    for source in sources:
        evaluator = Evaluator(Module(name="", source=source))
        for node, conditional in in_force(source.root):
            names: tuple[str, ...] = ()
            if node.type == "tuple":
                names = _system(evaluator.term(node))
            elif node.type == "string" and expanded:
                names = tuple(_REPLACED.findall(string(evaluator.term(node)) or ""))
            found += (
                EnvironmentVariable(
                    name=name,
                    required=False,
                    default=None,
                    conditional=conditional,
                    source=source.place(node),
                )
                for name in names
            )
    return merged(found)


def _system(term: Term) -> tuple[str, ...]:
    if not isinstance(term, TupleTerm) or len(term.items) < 2:  # noqa: PLR2004 - tag and name
        return ()
    name = string(term.items[1])
    return (name,) if name and atom_name(term.items[0]) == "system" else ()
