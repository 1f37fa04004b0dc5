"""Which parts of a configuration file are in force in production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from imagekit.project.elixir.syntax import (
    branches,
    call_name,
    condition,
    operands,
    parts,
    text,
    unwrapped,
)
from imagekit.project.elixir.terms import Atom
from imagekit.project.elixir.text import content, sigil_words

if TYPE_CHECKING:
    from tree_sitter import Node

ENVIRONMENT: Final = "prod"
"""The Mix environment of every image."""

ENVIRONMENT_CALLS: Final = frozenset({"config_env", "Config.config_env", "Mix.env"})
_LATER: Final = frozenset({"def", "defp", "defmacro", "defmacrop", "for"})
"""Calls whose block runs any number of times, none included."""
_DEEPEST: Final = 60

Part = tuple["Node", bool]
"""A node, and whether a condition that only boot decides stands before it."""


def in_force(root: Node) -> Iterator[Part]:
    """Walk what production evaluates, in the order of the text."""
    names = frozenset(_environment_names(root))
    pending: list[Part] = [(root, False)]
    while pending:
        node, conditional = pending.pop()
        yield node, conditional
        pending += reversed(_inside(node, conditional, names))


def truth(node: Node, names: frozenset[str] = frozenset(), depth: int = 0) -> bool | None:
    """Tell whether a condition holds in production; `None` when something else decides."""
    node = unwrapped(node)
    if depth > _DEEPEST:
        return None
    if node.type in ("boolean", "nil"):
        return text(node) == "true"
    if node.type == "unary_operator" and text(node.child_by_field_name("operator")) in ("!", "not"):
        operand = node.child_by_field_name("operand")
        inner = truth(operand, names, depth + 1) if operand is not None else None
        return None if inner is None else not inner
    sides = operands(node, "==", "!=", "===", "!==", "in", "not in")
    if sides is not None:
        return _compared(sides, names)
    sides = operands(node, "and", "&&", "or", "||")
    if sides is None:
        return None
    both = (truth(sides[0], names, depth + 1), truth(sides[2], names, depth + 1))
    decisive = sides[1] in ("or", "||")
    if decisive in both:
        return decisive
    return None if None in both else not decisive


def _compared(sides: tuple[Node, str, Node], names: frozenset[str]) -> bool | None:
    left, operator, right = sides
    if not _is_environment(left, names):
        left, right = right, left
    values = _atoms(right)
    if not _is_environment(left, names) or values is None:
        return None
    negated = operator in ("!=", "!==", "not in")
    return (ENVIRONMENT in values) is not negated


def _is_environment(node: Node, names: frozenset[str]) -> bool:
    node = unwrapped(node)
    return call_name(node) in ENVIRONMENT_CALLS or (
        node.type == "identifier" and text(node) in {*names, "config_env"}
    )


def _atoms(node: Node) -> frozenset[str] | None:
    node = unwrapped(node)
    if node.type == "atom":
        return frozenset({text(node)[1:]})
    if node.type == "list" and all(child.type == "atom" for child in parts(node)):
        return frozenset(text(child)[1:] for child in parts(node))
    if node.type == "sigil":
        words = sigil_words(node, content(node, lambda _: None) or "")
        if isinstance(words, list):
            return frozenset(each.name for each in words if isinstance(each, Atom))
    return None


def _environment_names(root: Node) -> Iterator[str]:
    """Give the variables that hold the environment: `env = config_env()`."""
    for statement in parts(root):
        assigned = operands(statement, "=")
        if assigned is not None and call_name(assigned[2]) in ENVIRONMENT_CALLS:
            yield text(assigned[0])


def _inside(node: Node, conditional: bool, names: frozenset[str]) -> list[Part]:
    name = call_name(node)
    if name in ("if", "unless"):
        return _either(node, conditional, names)
    if name == "case":
        return _cases(node, conditional, names)
    if name == "cond":
        return _conds(node, conditional, names)
    lazy = operands(node, "&&", "||", "and", "or")
    if lazy is not None:
        return [(lazy[0], conditional), (lazy[2], True)]
    later = name in _LATER or node.type == "anonymous_function"
    return [(child, conditional or later) for child in parts(node)]


def _either(node: Node, conditional: bool, names: frozenset[str]) -> list[Part]:
    tested = condition(node)
    if tested is None:
        return []
    holds = truth(tested, names)
    if holds is not None and call_name(node) == "unless":
        holds = not holds
    blocks = branches(node)
    then, other = blocks.get("do", []), blocks.get("else", [])
    if holds is None:
        return [(tested, conditional), *((each, True) for each in (*then, *other))]
    return [(each, conditional) for each in (then if holds else other)]


def _cases(node: Node, conditional: bool, names: frozenset[str]) -> list[Part]:
    subject = condition(node)
    if subject is None:
        return []
    found: list[Part] = [(subject, conditional)]
    for clause in branches(node).get("do", []):
        body = clause.child_by_field_name("right")
        matches = _matches(clause) if _is_environment(subject, names) else None
        if body is not None and matches is not False:
            found.append((body, conditional if matches else True))
        if matches:
            break
    return found


def _matches(clause: Node) -> bool | None:
    """Tell whether the environment matches the pattern of a clause."""
    left = clause.child_by_field_name("left")
    patterns = parts(left) if left is not None and left.type == "arguments" else []
    if len(patterns) != 1:
        return None
    if patterns[0].type == "atom":
        return text(patterns[0]) == f":{ENVIRONMENT}"
    return True if patterns[0].type == "identifier" else None


def _conds(node: Node, conditional: bool, names: frozenset[str]) -> list[Part]:
    found: list[Part] = []
    for clause in branches(node).get("do", []):
        left, body = clause.child_by_field_name("left"), clause.child_by_field_name("right")
        tested = next(iter(parts(left)), None) if left is not None else None
        if tested is None or body is None:
            continue
        holds = truth(tested, names)
        if holds is not False:
            found += [(tested, conditional), (body, conditional if holds else True)]
        if holds:
            break
        conditional = conditional or holds is None
    return found
