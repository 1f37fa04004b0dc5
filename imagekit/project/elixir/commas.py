"""Whether a mistake looks like a comma that was forgotten on the line before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagekit.project.elixir.delimiters import leaves

if TYPE_CHECKING:
    from tree_sitter import Node

_OPENERS: Final = {"(": ")", "[": "]", "{": "}", "#{": "}", "<<": ">>", "do": "end", "fn": "end"}
_WITH_COMMAS: Final = frozenset({"(", "[", "{", "<<"})
_ENDS_A_VALUE: Final = re.compile(rb"[\w\"'\])}?!]\Z")
"""How the last token of a whole value ends: neither a comma nor an operator nor a key."""
_WORD: Final = re.compile(rb"[ \t]*[a-z_]\w*[?!]?")
_BEGINS_A_VALUE: Final = re.compile(rb"[\w:\"'\[({%~@&^\x80-\xff]")


def comma_missing_after(root: Node, data: bytes, offset: int) -> int | None:
    """Give the line, from 1, at whose end a comma may be missing.

    So it looks when the mistake is the first token of its line, begins a value inside a list,
    tuple, map or call, or is a key, and the token before it ended a value.
    """
    start = data.rfind(b"\n", 0, offset) + 1
    is_key = data[offset : offset + 1] == b":" and _WORD.fullmatch(data, start, offset) is not None
    if data[start:offset].strip() and not is_key:
        return None
    opened: list[str] = []
    last: Node | None = None
    for leaf, _ in leaves(root):
        if leaf.start_byte >= (start if is_key else offset):
            break
        if leaf.type == "comment" or leaf.start_byte == leaf.end_byte:
            continue
        last = leaf
        if leaf.type in _OPENERS:
            opened.append(leaf.type)
        elif opened and leaf.type == _OPENERS[opened[-1]]:
            opened.pop()
    # A key begins no line of its own: it goes on with the arguments of a call.
    if last is None or not (is_key or (opened and opened[-1] in _WITH_COMMAS)):
        return None
    ended = _ENDS_A_VALUE.search(data[last.start_byte : last.end_byte].rstrip())
    begins = _BEGINS_A_VALUE.match(data, offset)
    return data.count(b"\n", 0, last.end_byte) + 1 if ended and begins else None
