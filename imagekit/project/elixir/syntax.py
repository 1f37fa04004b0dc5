"""Small questions to a syntax tree of Elixir; node types are tree-sitter-elixir's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file that parsed without error."""

    file: str
    root: Node

    def place(self, node: Node) -> str:
        """Give `file:line` of a node, lines counted from 1."""
        return f"{self.file}:{node.start_point.row + 1}"


def text(node: Node | None) -> str:
    """Give the source text of a node."""
    return (node.text or b"").decode() if node is not None else ""


def parts(node: Node) -> list[Node]:
    """Give the named children that are not comments."""
    return [child for child in node.named_children if child.type != "comment"]


def child_of_type(node: Node, kind: str) -> Node | None:
    """Give the first direct child of a type."""
    return next((child for child in node.children if child.type == kind), None)


def call_name(node: Node | None) -> str | None:
    """Give the name a call goes by: `deps`, `System.get_env`; `None` for anything else."""
    if node is None or node.type != "call":
        return None
    target = node.child_by_field_name("target")
    if target is None or target.type not in ("identifier", "dot"):
        return None
    return text(target)


def arguments(node: Node) -> list[Node]:
    """Give the arguments of a call, a trailing keyword list as one node."""
    inside = child_of_type(node, "arguments")
    return parts(inside) if inside is not None else []


def keyword_pairs(node: Node) -> Iterator[tuple[str, Node]]:
    """Give the keys and value nodes of a `keywords` node."""
    for pair in parts(node):
        key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
        if pair.type == "pair" and key is not None and value is not None:
            yield keyword_name(key), value


def keyword_name(node: Node) -> str:
    """Give the name in a `keyword` or `quoted_keyword` node, its colon dropped."""
    if node.type == "quoted_keyword":
        return "".join(text(child) for child in parts(node) if child.type == "quoted_content")
    return text(node).rstrip().removesuffix(":")


def branches(call: Node) -> dict[str, list[Node]]:
    """Give the blocks of a call by name, written out or as `do: ..., else: ...`."""
    block = child_of_type(call, "do_block")
    found: dict[str, list[Node]] = {}
    if block is not None:
        inside = parts(block)
        named = [child for child in inside if child.type.endswith("_block")]
        found["do"] = [child for child in inside if not child.type.endswith("_block")]
        found |= {child.type.removesuffix("_block"): parts(child) for child in named}
        return found
    for argument in arguments(call):
        if argument.type == "keywords":
            found |= {key: [value] for key, value in keyword_pairs(argument)}
    return found


def condition(call: Node) -> Node | None:
    """Give the first argument of a call: the condition of an `if`, the subject of a `case`."""
    return next(iter(arguments(call)), None)


def operands(node: Node | None, *operators: str) -> tuple[Node, str, Node] | None:
    """Give left side, operator and right side of a binary operator, if it is one of those."""
    if node is None or node.type != "binary_operator":
        return None
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = text(node.child_by_field_name("operator"))
    if left is None or right is None or operator not in operators:
        return None
    return left, operator, right


def unwrapped(node: Node) -> Node:
    """Take redundant parentheses off."""
    while node.type == "block" and len(parts(node)) == 1:
        node = parts(node)[0]
    return node
