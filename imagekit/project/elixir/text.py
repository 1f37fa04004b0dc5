"""The text in Elixir's quotes: escapes, heredocs, sigils; and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from imagekit.project.elixir.syntax import child_of_type, parts, text
from imagekit.project.elixir.terms import Atom

if TYPE_CHECKING:
    from tree_sitter import Node

_ESCAPES: Final = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "d": "\x7f",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "s": " ",
    "t": "\t",
    "v": "\v",
    "\n": "",
}


def content(node: Node, interpolated: Callable[[Node], str | None]) -> str | None:
    """Give the text between the quotes of a node.

    `interpolated` gives the text of an `interpolation` node, `None` when it is not known.
    """
    found: list[str] = []
    for child in parts(node):
        if child.type == "quoted_content":
            found.append(text(child))
        elif child.type == "escape_sequence":
            found.append(_escaped(text(child)[1:]))
        elif child.type == "interpolation":
            inside = interpolated(child)
            if inside is None:
                return None
            found.append(inside)
    joined = "".join(found)
    closing = node.child_by_field_name("quoted_end")
    if closing is not None and len(text(closing)) == 3:  # noqa: PLR2004 - a heredoc's quotes
        return _dedented(joined, closing.start_point.column)
    return joined


def number(written: str) -> int | float | None:
    """Read an integer or float as Elixir writes them: `1_000`, `0x1F`, `1.0e3`.

    Gives `None` for a number of more digits than Python converts (4,300).
    """
    bare = written.replace("_", "")
    try:
        if "." in bare:
            return float(bare)
        return int(bare) if bare.isdecimal() else int(bare, 0)
    except ValueError:
        return None


def sigil_words(node: Node, words: str) -> str | list[str | Atom] | None:
    """Give what `~s` and `~w` sigils stand for; `None` for every other sigil."""
    name = text(child_of_type(node, "sigil_name"))
    modifier = text(child_of_type(node, "sigil_modifiers"))
    if name in ("s", "S", "c", "C"):
        return words
    if name not in ("w", "W") or modifier not in ("", "a", "c", "s"):
        return None
    return [Atom(name=each) if modifier == "a" else each for each in words.split()]


def _escaped(escape: str) -> str:
    digits = escape[1:].strip("{}")
    if escape[:1] in ("u", "x") and digits:
        try:
            character = chr(int(digits, 16))
        except (ValueError, OverflowError):
            return escape
        return escape if "\ud800" <= character <= "\udfff" else character
    return _ESCAPES.get(escape, escape)


def _dedented(words: str, indent: int) -> str:
    lines = words.split("\n")[1:]
    margin = " " * indent
    return "\n".join(line.removeprefix(margin) for line in lines)
