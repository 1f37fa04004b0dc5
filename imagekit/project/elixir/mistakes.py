"""Where the first mistake of a file is.

A parser that recovers from errors marks the region it skipped, which begins long
before, or ends long after, the mistake. We point where a person must edit: at the
delimiter without a partner, at the quote that was never closed, else at the first
token that no Elixir can have there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagekit.project.elixir.delimiters import leaves, misread_keyword, unpaired
from imagekit.project.elixir.grammar import parser

if TYPE_CHECKING:
    from tree_sitter import LogType, Node

_CONFLICT: Final = b"<<<<<<< "
_POSITION: Final = re.compile(r"row:(\d+), col:(\d+)")
_LARGEST_LOG: Final = 128 * 1024
"""Bytes of a file beyond which reading the parser's log would take seconds."""
_BLANK: Final = re.compile(rb"(?:\s|#[^\n]*)*")


def first_mistake(root: Node, data: bytes) -> int | None:
    """Give the byte offset of the first mistake; `None` when there is none."""
    if not root.has_error:
        misread = next((leaf for leaf, _ in leaves(root) if misread_keyword(leaf)), None)
        return None if misread is None else _first(unpaired(root, data), misread.start_byte)
    if data.startswith(_CONFLICT):
        return 0
    conflict = data.find(b"\n" + _CONFLICT)
    refused = _refused(data) if len(data) <= _LARGEST_LOG else None
    found = _first(
        None if conflict < 0 else conflict + 1,
        None if refused is None else _runaway(root, refused),
        unpaired(root, data),
        refused,
    )
    return _marked(root) if found is None else found


def _first(*offsets: int | None) -> int | None:
    return min((each for each in offsets if each is not None), default=None)


def _refused(data: bytes) -> int | None:
    """Give the offset of the first token that the parser could not go on with.

    Only the parser's log tells it: the tree has the outcome of the recovery. A log
    of another wording gives `None`.
    """
    found: list[tuple[int, int]] = []
    at: list[tuple[int, int]] = [(0, 0)]
    recovering: list[bool] = []

    def listen(_kind: LogType, message: str) -> None:
        if recovering:
            return
        if message.startswith("process") and (match := _POSITION.search(message)):
            at[0] = (int(match[1]), int(match[2]))
        elif message.startswith("detect_error"):
            found.append(at[0])
        elif message.startswith(("resume", "recover")):
            recovering.append(True)

    again = parser()
    again.logger = listen
    again.parse(data)
    if not found:
        return None
    row, column = max(found)
    start = 0
    for _ in range(row):
        start = data.index(b"\n", start) + 1
    blank = _BLANK.match(data, start + column)
    return len(data.rstrip()) if blank is None else min(blank.end(), len(data.rstrip()))


def _marked(root: Node) -> int:
    """Give the offset of the first node that the tree marks as wrong."""
    node = root
    while not (node.is_error or node.is_missing):
        wrong = (child for child in node.children if child.has_error or child.is_missing)
        inner = next(wrong, None)
        if inner is None:
            break
        node = inner
    return node.start_byte


def _runaway(root: Node, refused: int) -> int | None:
    """Give the opening quote of a string that runs over lines and ends just before the mistake.

    A quote left out turns all later strings inside out: the parser stumbles at the
    end of the first one, the mistake is at its start.
    """
    opening: Node | None = None
    for leaf, field in leaves(root):
        if leaf.start_byte > refused:
            break
        if field == "quoted_start":
            opening = leaf if leaf.type in ('"', "'") else None
        elif field == "quoted_end" and opening is not None:
            if leaf.start_point.row > opening.start_point.row:
                return opening.start_byte
            opening = None
    return None
