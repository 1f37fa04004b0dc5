"""Where a word of the shell ends: its quotes and its substitutions (POSIX, XCU 2.2 and 2.6)."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = re.compile(r"[^\s'\"\\$`;&|()<>]+")
_SINGLE: Final = re.compile(r"'[^']*(?:'|\Z)")
_INSIDE: Final = re.compile(r"[^\\'\"`$(){}]+")


def word_end(text: str, start: int, end: int) -> tuple[int, list[tuple[int, int]]]:
    """Give where a word ends, and the parts of it that are commands of their own.

    Args:
        text: the script.
        start: where the word begins; it has one character at least.
        end: where the part of the script ends that is being read.
    """
    at = start
    inside: list[tuple[int, int]] = []
    while at < end:
        here = text[at]
        if here == "\\":
            at += 2
        elif here == "'":
            match = _SINGLE.match(text, at, end)
            at = match.end() if match else end
        elif here in '"`' or (here == "$" and text[at + 1 : at + 2] in ("(", "{")):
            at = _behind(text, at, end, inside)
        elif here == "$":
            at += 1
        elif (match := _PLAIN.match(text, at, end)) is not None:
            at = match.end()
        else:
            break
    at = min(at, end)
    return (at if at > start else at + 1), inside


def _behind(text: str, at: int, end: int, inside: list[tuple[int, int]]) -> int:
    r"""Skip `"..."`, `$(...)`, `${...}` or backquotes from their first character on.

    What is between parentheses or backquotes is put into `inside`, the outermost only.
    """
    stack: list[str] = []
    opened = -1
    while at < end:
        here = text[at]
        top = stack[-1] if stack else ""
        pair = text[at : at + 2]
        if here == "\\":
            at += 2
            continue
        if top == here and here in '"`)}':
            stack.pop()
            if opened >= 0 and here in ")`" and not ({")", "`"} & set(stack)):
                inside.append((opened, at))
                opened = -1
            at += 1
        elif pair == "$(" or (here == "(" and top == ")"):
            at += len(pair) if here == "$" else 1
            if opened < 0:
                opened = at
            stack.append(")")
        elif pair == "${":
            stack.append("}")
            at += 2
        elif here == "`":
            at += 1
            if opened < 0:
                opened = at
            stack.append("`")
        elif here == '"':
            stack.append('"')
            at += 1
        elif here == "'" and top in (")", "`"):
            match = _SINGLE.match(text, at, end)
            at = match.end() if match else end
        else:
            match = _INSIDE.match(text, at, end)
            at = match.end() if match else at + 1
        if not stack:
            return at
    if opened >= 0:
        inside.append((opened, end))
    return end
