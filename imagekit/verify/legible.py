"""Output as people can read it: binaries that the VM printed as numbers become text. Pure.

A release that fails in its configuration raises with words, and the VM ends before its
standard error is written out: about every third time nothing but the slogan arrives,
`Runtime terminating during boot ({#{message=><<101,110,118,...`. The words are in it.
"""

from __future__ import annotations

import re
from typing import Final

# Long ones only, and maybe cut: the VM limits the length of its slogan.
_BINARY: Final = re.compile(r"<<((?:\d{1,3},){7,}\d{1,3})(?:>>|,?\.{0,3}$)", re.MULTILINE)
_LARGEST: Final = 255


def legible(output: str) -> str:
    """Write binaries of text as text, each on lines of its own."""
    return _BINARY.sub(_text, output)


def _text(found: re.Match[str]) -> str:
    numbers = [int(each) for each in found[1].split(",")]
    if max(numbers) > _LARGEST:
        return found[0]
    text = bytes(numbers).decode("utf-8", errors="replace")
    plain = all(each.isprintable() or each in "\n\t" for each in text)
    return f'"{text}"' if plain else found[0]
