"""The modules of an Elixir file: what they use, their attributes and functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagekit.project.elixir.syntax import (
    Source,
    arguments,
    branches,
    call_name,
    child_of_type,
    operands,
    parts,
    text,
)

if TYPE_CHECKING:
    from tree_sitter import Node


_DEEPEST: Final = 20
"""Nesting of modules beyond which nobody defines a project."""


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One clause of a function."""

    parameters: tuple[Node, ...]
    body: tuple[Node, ...]
    guarded: bool

    @property
    def names(self) -> tuple[str, ...] | None:
        """The parameters' names, when each is a plain variable and nothing is guarded."""
        if self.guarded or any(each.type != "identifier" for each in self.parameters):
            return None
        return tuple(text(each) for each in self.parameters)


@dataclass(frozen=True, kw_only=True)
class Module:
    """One `defmodule`, or a file without one."""

    name: str
    source: Source
    uses: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    """Each value given to an attribute, in the order of the text."""
    functions: Mapping[tuple[str, int], tuple[Clause, ...]] = field(default_factory=dict)
    """Clauses by name and arity."""


def modules(source: Source) -> tuple[Module, ...]:
    """Give the modules of a file, in the order in which they end up defined (inner ones first)."""
    return tuple(_modules(source, parts(source.root), ()))


def _modules(source: Source, statements: list[Node], outer: tuple[str, ...]) -> Iterator[Module]:
    for statement in statements:
        if call_name(statement) == "defmodule" and (given := arguments(statement)):
            body = branches(statement).get("do", [])
            name = (*outer, text(given[0]))
            if len(name) < _DEEPEST:
                yield from _modules(source, body, name)
            yield _module(source, ".".join(name), body)


def _module(source: Source, name: str, body: list[Node]) -> Module:
    uses: list[str] = []
    attributes: dict[str, tuple[Node, ...]] = {}
    functions: dict[tuple[str, int], tuple[Clause, ...]] = {}
    for statement in body:
        given = arguments(statement)
        if call_name(statement) == "use" and given:
            uses.append(text(given[0]))
        elif call_name(statement) in ("def", "defp") and given:
            key, clause = _clause(statement, given[0])
            functions[key] = (*functions.get(key, ()), clause)
        elif (attribute := _attribute(statement)) is not None:
            attributes[attribute[0]] = (*attributes.get(attribute[0], ()), attribute[1])
    return Module(
        name=name, source=source, uses=tuple(uses), attributes=attributes, functions=functions
    )


def _clause(statement: Node, head: Node) -> tuple[tuple[str, int], Clause]:
    guarded = operands(head, "when")
    if guarded is not None:
        head = guarded[0]
    name = call_name(head) or text(head)
    parameters = tuple(arguments(head)) if head.type == "call" else ()
    body = tuple(branches(statement).get("do", []))
    clause = Clause(parameters=parameters, body=body, guarded=guarded is not None)
    return (name, len(parameters)), clause


def _attribute(statement: Node) -> tuple[str, Node] | None:
    """Read `@name value`."""
    if statement.type != "unary_operator" or child_of_type(statement, "@") is None:
        return None
    operand = statement.child_by_field_name("operand")
    name = call_name(operand)
    if operand is None or name is None:
        return None
    given = arguments(operand)
    return (name, given[0]) if len(given) == 1 else None
