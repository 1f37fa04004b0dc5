"""Lists, keyword lists, tuples and maps, item by item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from imagekit.project.elixir.syntax import (
    Source,
    child_of_type,
    keyword_name,
    operands,
    parts,
)
from imagekit.project.elixir.terms import Atom, ListTerm, MapTerm, Scalar, Term, TupleTerm, items

if TYPE_CHECKING:
    from tree_sitter import Node

    Read = Callable[[Node], Term]


def read_list(node: Node, source: Source, read: Read) -> ListTerm:
    """Read `[a, b: 1 | rest]`."""
    return ListTerm(items=tuple(_items(node, source, read)), source=source.place(node))


def read_tuple(node: Node, source: Source, read: Read) -> TupleTerm:
    """Read `{a, b, c: 1}`, where the trailing pairs are one list."""
    found = (
        _keywords(child, source, read) if child.type == "keywords" else read(child)
        for child in parts(node)
    )
    return TupleTerm(items=tuple(found), source=source.place(node))


def read_map(node: Node, source: Source, read: Read) -> MapTerm | None:
    """Read `%{a: 1}` and `%{"a" => 1}`; `None` for structs and updates."""
    if child_of_type(node, "struct") is not None:
        return None
    inside = child_of_type(node, "map_content")
    found: list[tuple[Term, Term]] = []
    for child in parts(inside) if inside is not None else ():
        arrow = operands(child, "=>")
        if child.type == "keywords":
            found += ((pair.items[0], pair.items[1]) for pair in _pairs(child, source, read))
        elif arrow is not None:
            found.append((read(arrow[0]), read(arrow[2])))
        else:
            return None
    return MapTerm(pairs=tuple(found), source=source.place(node))


def joined(left: Term, right: Term, source: str) -> ListTerm:
    """Join two lists; a side that is not known stays in its place."""
    sides = (items(each) if isinstance(each, ListTerm) else (each,) for each in (left, right))
    return ListTerm(items=tuple(item for side in sides for item in side), source=source)


def _items(node: Node, source: Source, read: Read) -> Iterator[Term]:
    for child in parts(node):
        cons = operands(child, "|")
        if child.type == "keywords":
            yield from _pairs(child, source, read)
        elif cons is not None:
            yield from joined(read_one(read(cons[0])), read(cons[2]), "").items
        else:
            yield read(child)


def read_one(item: Term) -> ListTerm:
    """Give the list of one item."""
    return ListTerm(items=(item,), source=item.source)


def _keywords(node: Node, source: Source, read: Read) -> ListTerm:
    return ListTerm(items=tuple(_pairs(node, source, read)), source=source.place(node))


def _pairs(node: Node, source: Source, read: Read) -> Iterator[TupleTerm]:
    for pair in parts(node):
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if pair.type == "pair" and key is not None and value is not None:
            name = Scalar(value=Atom(name=keyword_name(key)), source=source.place(key))
            yield TupleTerm(items=(name, read(value)), source=source.place(pair))
