"""Edits that change a file's bytes and nothing that it means. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

_COMMENTS: Final[Mapping[str, str]] = {
    # Elixir, and what else has such comments.
    **dict.fromkeys((".ex", ".exs", ".lock", ".po", ".pot"), "# {}"),
    **dict.fromkeys((".conf", ".env", ".py", ".rb", ".sh", ".toml", ".yaml", ".yml"), "# {}"),
    ".heex": "<%!-- {} --%>",
    **dict.fromkeys((".eex", ".leex"), "<%# {} %>"),
    **dict.fromkeys((".c", ".css", ".h", ".less", ".scss"), "/* {} */"),
    **dict.fromkeys((".cjs", ".js", ".jsx", ".mjs", ".ts", ".tsx"), "/* {} */"),
    **dict.fromkeys((".html", ".md", ".svg", ".vue", ".xml"), "<!-- {} -->"),
    **dict.fromkeys((".erl", ".hrl"), "% {}"),
    ".sql": "-- {}",
    ".txt": "{}",
}
"""By the end of a file's name: a comment in its language."""
_SPACE: Final = ".json"
"""Has no comments; space at its end means nothing."""


def is_editable(path: PurePosixPath) -> bool:
    """Whether a harmless edit of such a file is known."""
    return path.suffix in _COMMENTS or path.suffix == _SPACE


def edited(path: PurePosixPath, content: bytes, nonce: str) -> bytes:
    """Give the file's content with a comment at its end that it never had before.

    Args:
        path: its name tells the language.
        content: what it holds.
        nonce: letters and digits that no edit had before, so that no builder knows the result.

    Raises:
        KeyError: no harmless edit of such a file is known.
    """
    begin = b"" if content.endswith(b"\n") or not content else b"\n"
    if path.suffix == _SPACE:
        bits = "".join(f"{byte:08b}" for byte in nonce.encode())
        return content + begin + bits.replace("0", " ").replace("1", "\t").encode() + b"\n"
    return content + begin + _COMMENTS[path.suffix].format(nonce).encode() + b"\n"
