"""What an Elixir expression is worth, as far as reading can tell.

Every term says where it stands. A part that only running the code can tell is an
`Unknown` in its place, so that a list with one computed element keeps the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from imagekit.resolved import Maybe, Resolved, Unknown


@dataclass(frozen=True, kw_only=True)
class Atom:
    """An atom other than `true`, `false` and `nil`; the alias `A.B` is `Elixir.A.B`."""

    name: str


Plain: TypeAlias = Atom | str | int | float | bool | None


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """One plain value; `nil` is `None`, strings and charlists are `str`."""

    value: Plain
    source: str


@dataclass(frozen=True, kw_only=True)
class ListTerm:
    """A list. An `Unknown` among the items stands for any number of them, none included."""

    items: tuple[Term, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class TupleTerm:
    """A tuple."""

    items: tuple[Term, ...]
    source: str


@dataclass(frozen=True, kw_only=True)
class MapTerm:
    """A map, its pairs in the order they are written."""

    pairs: tuple[tuple[Term, Term], ...]
    source: str


Term: TypeAlias = Scalar | ListTerm | TupleTerm | MapTerm | Unknown


def plain(term: Term | None) -> Plain:
    """Give the plain value of a scalar; `None` for everything else."""
    return term.value if isinstance(term, Scalar) else None


def atom_name(term: Term | None) -> str | None:
    """Give the name of an atom (`None` for everything else, `true` and `nil` included)."""
    value = plain(term)
    return value.name if isinstance(value, Atom) else None


def string(term: Term | None) -> str | None:
    """Give the text of a string."""
    value = plain(term)
    return value if isinstance(value, str) else None


def is_true(term: Term | None) -> bool:
    """Tell whether a term is exactly `true`."""
    return plain(term) is True


def items(term: Term | None) -> tuple[Term, ...]:
    """Give the items of a list; of everything else, none."""
    return term.items if isinstance(term, ListTerm) else ()


def atoms(term: Term | None) -> tuple[str, ...]:
    """Give the names of the atoms in a list, or of a lone atom, in order."""
    each = items(term) if isinstance(term, ListTerm) else (term,)
    return tuple(name for item in each if (name := atom_name(item)) is not None)


def unknowns(term: Term | None) -> tuple[Unknown, ...]:
    """Give what is unknown of a term at its top: itself, or items of a list."""
    if isinstance(term, Unknown):
        return (term,)
    return tuple(item for item in items(term) if isinstance(item, Unknown))


def pairs(term: Term | None) -> Iterator[tuple[str, Term]]:
    """Give the known pairs of a keyword list, in order."""
    for item in items(term):
        if isinstance(item, TupleTerm) and len(item.items) == 2:  # noqa: PLR2004 - a pair
            key = atom_name(item.items[0])
            if key is not None:
                yield key, item.items[1]


def option(term: Term | None, key: str) -> Term | None:
    """Look a key up in a keyword list, as `Keyword.get` does: the first one wins.

    Gives `None` when it is certainly not there, and the `Unknown` that may hold it
    when a part before it (or, if it is nowhere, any part) cannot be read.
    """
    if isinstance(term, Unknown):
        return term
    hole: Unknown | None = None
    for item in items(term):
        if isinstance(item, Unknown):
            hole = hole or item
        elif isinstance(item, TupleTerm) and item.items and atom_name(item.items[0]) == key:
            return hole or (item.items[1] if len(item.items) > 1 else None)
    return hole


def as_text(term: Term | None, *, absent: Unknown) -> Maybe[str]:
    """Resolve a term that ought to be a string."""
    text = string(term)
    if term is not None and text is not None:
        return Resolved(value=text, source=place(term))
    return missing(term, absent=absent, wanted="a string")


def as_flag(term: Term | None, *, default: bool) -> Maybe[bool]:
    """Resolve a term that ought to be true or false."""
    if term is None:
        return Resolved(value=default, source="default")
    if isinstance(term, Scalar) and isinstance(term.value, bool):
        return Resolved(value=term.value, source=place(term))
    absent = Unknown(reason="it is nil", source=place(term))
    return missing(term, absent=absent, wanted="true or false")


def missing(term: Term | None, *, absent: Unknown, wanted: str) -> Unknown:
    """Say why a term has no value of the wanted type."""
    if isinstance(term, Unknown):
        return term
    if term is None or (isinstance(term, Scalar) and term.value is None):
        return absent
    return Unknown(reason=f"it is not {wanted}", source=place(term))


def place(term: Term) -> str:
    """Give where a term stands: `mix.exs:12`."""
    return term.source
