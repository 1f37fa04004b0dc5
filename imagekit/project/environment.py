"""Environment variables that configuration reads when a release boots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagekit.project.conditions import in_force
from imagekit.project.elixir.evaluate import Evaluator
from imagekit.project.elixir.module import Module
from imagekit.project.elixir.syntax import (
    Source,
    arguments,
    branches,
    call_name,
    operands,
    parts,
    text,
    unwrapped,
)
from imagekit.project.elixir.terms import Atom, Scalar, Term
from imagekit.project.model import EnvironmentVariable
from imagekit.resolved import Unknown

if TYPE_CHECKING:
    from tree_sitter import Node

_READS: Final = frozenset({"System.get_env", "System.fetch_env", "System.fetch_env!"})
_ENDS: Final = frozenset({"raise", "throw", "exit", "Mix.raise", "System.halt", "System.stop"})
_TAKES_NO_NIL: Final = "String."
"""Functions of `String` raise on `nil`: `String.to_integer(System.get_env("PORT"))`."""

Found = tuple[tuple[EnvironmentVariable, ...], tuple[Unknown, ...]]


def variables(sources: Iterable[Source]) -> Found:
    """Give the variables that runtime configuration reads, sorted by name, and what is unknown."""
    found: list[EnvironmentVariable] = []
    unknown: list[Unknown] = []
    for source in sources:
        reader = _Reader(source)
        for node, conditional in in_force(source.root):
            if operands(node, "||") is not None:
                reader.chains[node.id] = conditional
            elif call_name(node) in _READS:
                read = reader.read(node, conditional)
                if isinstance(read, Unknown):
                    unknown.append(read)
                elif read is not None:
                    found.append(read)
    return merged(found), tuple(unknown)


def merged(found: Iterable[EnvironmentVariable]) -> tuple[EnvironmentVariable, ...]:
    """Join several readings of one variable: the strictest decides, and is the source."""
    by_name: dict[str, EnvironmentVariable] = {}
    for each in found:
        before = by_name.get(each.name)
        if before is None:
            by_name[each.name] = each
            continue
        strict, other = (before, each) if before.required or not each.required else (each, before)
        by_name[each.name] = replace(
            strict,
            default=strict.default if strict.default is not None else other.default,
            conditional=strict.conditional and other.conditional,
        )
    return tuple(by_name[name] for name in sorted(by_name))


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._evaluator = Evaluator(Module(name="", source=source))
        self.chains: dict[int, bool] = {}
        """Whether each `a || b || c` met stands under a condition."""

    def read(self, node: Node, conditional: bool) -> EnvironmentVariable | Unknown | None:
        given = _given(node)
        if not given:
            return None  # `System.get_env()` is the whole environment
        name = self._evaluator.term(given[0])
        source = self._source.place(node)
        if not isinstance(name, Scalar) or not isinstance(name.value, str):
            code = " ".join(text(node).split())
            reason = f"`{code}` reads an environment variable whose name is computed"
            return Unknown(reason=reason, source=source)
        whole = _with_pipe(node)
        top = _top(whole)
        chain = _operands(top)
        before = [each for each in chain if each.start_byte < whole.start_byte]
        if before and all(call_name(each) in _READS for each in before):
            conditional = self.chains.get(top.id, conditional)
        end = chain[-1]
        default = self._literal(given[1]) if len(given) > 1 else None
        ends = call_name(end) in _ENDS
        falls_back = len(given) > 1 or (end != whole and not ends)
        if default is None and falls_back:
            default = self._literal(end)
        required = not conditional and not before and not falls_back and _fails(node, ends=ends)
        return EnvironmentVariable(
            name=name.value,
            required=required,
            default=default,
            conditional=conditional,
            alternatives=tuple(self._names(chain[1:])) if required else (),
            source=source,
        )

    def _literal(self, node: Node) -> str | None:
        return written(self._evaluator.term(node))

    def _names(self, nodes: list[Node]) -> Iterator[str]:
        for each in nodes:
            given = _given(each) if call_name(each) in _READS else []
            name = self._literal(given[0]) if given else None
            if name is not None:
                yield name


def written(term: Term) -> str | None:
    """Give a plain value as an environment variable would hold it."""
    value = term.value if isinstance(term, Scalar) else None
    if isinstance(value, Atom):
        return value.name
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _given(node: Node) -> list[Node]:
    """Give the arguments of a call, one that a pipe hands in included."""
    piped = operands(_with_pipe(node), "|>")
    front = [piped[0]] if piped is not None and piped[2] == node else []
    return [unwrapped(each) for each in (*front, *arguments(node))]


def _with_pipe(node: Node) -> Node:
    """Give `"NAME" |> System.get_env()` for the call at its end."""
    piped = operands(node.parent, "|>")
    return node.parent if piped is not None and node.parent and piped[2] == node else node


def _top(node: Node) -> Node:
    """Give the whole `a || b || c` that a node stands in, or the node itself."""
    while (parent := node.parent) is not None and (
        operands(parent, "||") is not None or (parent.type == "block" and len(parts(parent)) == 1)
    ):
        node = parent
    return unwrapped(node)


def _operands(node: Node) -> list[Node]:
    """Give the operands of `a || b || c`, or the node alone."""
    pending: list[Node] = [node]
    found: list[Node] = []
    while pending:
        each = unwrapped(pending.pop())
        sides = operands(each, "||")
        if sides is None:
            found.append(each)
        else:
            pending += [sides[2], sides[0]]
    return found


def _fails(node: Node, *, ends: bool) -> bool:
    """Tell whether evaluating a node fails when the variable is not set."""
    if ends or call_name(node) == "System.fetch_env!":
        return True
    if call_name(node) != "System.get_env":
        return _case_ends(node, "error")
    piped = operands(node.parent, "|>")
    if piped is not None and piped[0] == node:
        return (call_name(piped[2]) or "").startswith(_TAKES_NO_NIL)
    above = node.parent.parent if node.parent is not None else None
    first = above is not None and next(iter(arguments(above)), None) == node
    if first and (call_name(above) or "").startswith(_TAKES_NO_NIL):
        return True
    return _case_ends(node, "nil") or _unless_ends(above if first else None)


def _case_ends(node: Node, pattern: str) -> bool:
    """Tell whether `case <node> do` ends boot for a pattern."""
    above = node.parent.parent if node.parent is not None else None
    if above is None or call_name(above) != "case":
        return False
    for clause in branches(above).get("do", []):
        left, body = clause.child_by_field_name("left"), clause.child_by_field_name("right")
        if left is not None and body is not None and text(left).lstrip(":") == pattern:
            return any(call_name(each) in _ENDS for each in parts(body))
    return False


def _unless_ends(above: Node | None) -> bool:
    """Tell whether `unless <node> do` ends boot."""
    if above is None or call_name(above) != "unless":
        return False
    return any(call_name(each) in _ENDS for each in branches(above).get("do", []))
