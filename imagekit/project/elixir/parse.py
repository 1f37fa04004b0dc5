"""Text to syntax tree, or the place of the first mistake in it."""

from __future__ import annotations

from typing import Final

from imagekit.errors import SourceSyntaxError
from imagekit.project.elixir.commas import comma_missing_after
from imagekit.project.elixir.grammar import parser
from imagekit.project.elixir.mistakes import first_mistake
from imagekit.project.elixir.syntax import Source

_BEHIND_THE_MISTAKE: Final = 60
"""How many characters of a long line an excerpt shows behind the mistake."""


def parse(text: str, file: str) -> Source:
    """Parse Elixir.

    Args:
        text: the file's text; bytes that were not UTF-8 are lone surrogates
            (`errors="surrogateescape"`).
        file: how messages name it, relative to the project's root.

    Raises:
        SourceSyntaxError: it is not Elixir; line and column count characters from 1.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as err:
        raise _mistake(text, file, err.start) from err
    root = parser().parse(data).root_node
    offset = first_mistake(root, data)
    if offset is not None:
        mistake = _mistake(text, file, len(data[:offset].decode(errors="ignore")))
        mistake.comma_after = comma_missing_after(root, data, offset)
        raise mistake
    return Source(file=file, root=root)


def _mistake(text: str, file: str, offset: int) -> SourceSyntaxError:
    before = text[:offset]
    start = before.rfind("\n") + 1
    line = text[start:].split("\n", 1)[0].removesuffix("\r")
    column = offset - start + 1
    shown = line[: column + _BEHIND_THE_MISTAKE]
    return SourceSyntaxError(
        file=file,
        line=before.count("\n") + 1,
        column=column,
        excerpt="".join(map(_printable, shown)),
    )


def _printable(character: str) -> str:
    """Keep one column a character, and the terminal safe from what a file may hold."""
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
