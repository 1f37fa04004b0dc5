"""The parser of Elixir, loaded when first asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language, Parser


def parser() -> Parser:
    """Make a parser; it is cheap, and one is not to be shared between threads."""
    from tree_sitter import Parser  # noqa: PLC0415 - `imagekit --version` need not load it

    return Parser(_language())


@cache
def _language() -> Language:
    import tree_sitter_elixir  # noqa: PLC0415 - as above
    from tree_sitter import Language  # noqa: PLC0415 - as above

    return Language(tree_sitter_elixir.language())
