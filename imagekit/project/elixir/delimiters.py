"""Which delimiter has no partner: the mistake behind most syntax errors.

A parser notices a missing `end` at the end of the file, where it says nothing.
Like Elixir's own tokenizer we look at indentation to tell which one is missing:
an `end` further left than the line of its `do` belongs to an earlier `do`, one
further right has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

_CLOSERS: Final = {"do": "end", "fn": "end", "(": ")", "[": "]", "{": "}", "#{": "}", "<<": ">>"}
_QUOTES: Final = ('"', "'", '"""', "'''")
_BLANK: Final = re.compile(rb"[ \t]*")
_RESERVED: Final = (b"do", b"end")


@dataclass(frozen=True, kw_only=True)
class _Opener:
    kind: str
    offset: int
    row: int
    indent: int


def leaves(root: Node) -> Iterator[tuple[Node, str | None]]:
    """Walk the tokens of a tree in the order of the text, invented ones left out.

    Beside each its field: `quoted_start` and `quoted_end` for the quotes of a whole string.
    """
    cursor = root.walk()
    while True:
        if cursor.goto_first_child():
            continue
        node = cursor.node
        if node is not None and not node.is_missing:
            yield node, cursor.field_name
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def misread_keyword(node: Node) -> bool:
    """Tell whether a reserved word was read as a name, which Elixir would refuse.

    The grammar reads a stray `end` as a variable. Behind a dot it is a function's name.
    """
    if node.type != "identifier" or node.text not in _RESERVED:
        return False
    parent = node.parent
    return parent is None or parent.type != "dot"


def unpaired(root: Node, data: bytes) -> int | None:
    """Give the byte offset of the first delimiter without a partner."""
    stack: list[_Opener] = []
    never_closed: int | None = None
    never_opened: int | None = None
    for node, field in leaves(root):
        if field in ("quoted_start", "quoted_end"):
            continue
        kind = "end" if misread_keyword(node) and node.text == b"end" else node.type
        offset = node.start_byte
        if kind in _QUOTES:
            return offset
        if kind in _CLOSERS:
            row, indent = node.start_point.row, _indent(node, data)
            stack.append(_Opener(kind=kind, offset=offset, row=row, indent=indent))
        elif kind in _CLOSERS.values():
            if not any(_CLOSERS[each.kind] == kind for each in reversed(stack)):
                return offset if never_opened is None else never_opened
            opener = stack.pop()
            if _CLOSERS[opener.kind] != kind:
                return opener.offset if never_closed is None else never_closed
            step = _step(opener, node, data)
            if step < 0 and never_closed is None:
                never_closed = opener.offset
            if step > 0 and never_opened is None:
                never_opened = offset
    if not stack:
        return None
    return stack[-1].offset if never_closed is None else never_closed


def _step(opener: _Opener, closer: Node, data: bytes) -> int:
    """Compare indentation: negative when a closer that starts its line is left of its opener."""
    indent = _indent(closer, data)
    starts_its_line = closer.start_point.column == indent
    if not starts_its_line or closer.start_point.row == opener.row:
        return 0
    return indent - opener.indent


def _indent(node: Node, data: bytes) -> int:
    """Count the white space at the start of the line that a token is on."""
    start = node.start_byte - node.start_point.column
    blank = _BLANK.match(data, start)
    return blank.end() - start if blank is not None else 0
