r"""Go's regular expressions (RE2) as Python's. Pure.

Source: https://github.com/google/re2/wiki/Syntax and the package regexp/syntax of Go. What means
the same is left as it is, what is written otherwise is rewritten, and what only one of the two
has is refused: a test that silently means something else is worse than none.

Two differences stay: `\s` also takes a vertical tab, and Python may need long for a pattern that
can match in very many ways, which RE2 never does.
"""

from __future__ import annotations

import re
import warnings
from typing import Final

_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_CLASS: Final = re.compile(r"\[:(\^?)(\w+):\]")
_HEX: Final = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_QUOTED: Final = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_REPEAT: Final = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_FLAGS: Final = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_NAMED: Final = re.compile(r"\(\?P?<(\w+)>")
_MOST_REPEATS: Final = 1000
_REFUSED_GROUPS: Final = {
    "(?=": "lookahead",
    "(?!": "lookahead",
    "(?<=": "lookbehind",
    "(?<!": "lookbehind",
    "(?>": "atomic groups",
    "(?#": "comments",
    "(?P=": "backreferences",
    "(?(": "conditions",
}


class NotTranslatable(ValueError):
    """Why a pattern of Go has no equal here, or is none."""


def translate(pattern: str) -> str:
    """Give a pattern for Python's `re` that matches the same, with the flag `re.ASCII`.

    Raises:
        NotTranslatable: Go would refuse it, or Python cannot say it.
    """
    return _Translation(pattern).whole()


def compile_go(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of Go.

    Raises:
        NotTranslatable: see `translate`; or it is no regular expression at all.
    """
    translated = translate(pattern)
    try:
        with warnings.catch_warnings(action="ignore"):
            return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as err:
        raise NotTranslatable(f"it is no regular expression: {err}") from err


class _Translation:
    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._multiline = [False]
        """Whether `$` and `^` are about lines, by depth of groups."""
        self._out: list[str] = []

    def whole(self) -> str:
        while self._at < len(self._text):
            self._one()
        return "".join(self._out)

    def _one(self) -> None:
        rest = self._text[self._at :]
        match rest[0]:
            case "\\":
                self._escape(rest)
            case "[":
                self._set()
            case "(":
                self._group(rest)
            case ")":
                if len(self._multiline) > 1:
                    self._multiline.pop()
                self._take(1)
            case "$":
                # Python's own also matches before a newline at the end.
                self._take(1, r"(?m:$)" if self._multiline[-1] else r"\Z")
            case "^":
                self._take(1, r"(?m:^)" if self._multiline[-1] else r"\A")
            case "*" | "+" | "?":
                self._quantifier(1)
            case "{" if found := _REPEAT.match(rest):
                if max(int(each) for each in found.groups() if each) > _MOST_REPEATS:
                    raise NotTranslatable("Go repeats nothing more than 1000 times")
                self._quantifier(found.end())
            case "{":
                self._take(1, r"\{")  # `{,3}` is text in Go
            case _:
                self._take(1)

    def _take(self, length: int, instead: str | None = None) -> None:
        self._out.append(self._text[self._at : self._at + length] if instead is None else instead)
        self._at += length

    def _quantifier(self, length: int) -> None:
        self._take(length)
        if self._text[self._at : self._at + 1] == "?":
            self._take(1)
        if self._text[self._at : self._at + 1] in ("*", "+", "?") and self._at < len(self._text):
            raise NotTranslatable("Go repeats no repetition: there are no possessive quantifiers")

    def _escape(self, rest: str) -> None:
        name = rest[1:2]
        if quoted := _QUOTED.match(rest):
            self._take(quoted.end(), re.escape(quoted[1]))
        elif found := _HEX.match(rest):
            self._take(found.end(), _character(found[1]))
        elif name == "z":
            self._take(2, r"\Z")
        elif name in ("p", "P"):
            raise NotTranslatable(r"Python has no Unicode classes (`\p`): list the characters")
        elif name == "C":
            raise NotTranslatable(r"`\C`, one byte, means nothing in text")
        elif name.isdigit() and name != "0":
            raise NotTranslatable("Go has no backreferences")
        elif name in ("", "Z", "u", "U", "N") or (
            name.isalpha() and name not in "aAbBdDfnrsStvwWx"
        ):
            raise NotTranslatable(f"Go has no `\\{name}`")
        else:
            self._take(2)

    def _set(self) -> None:
        text = self._text
        self._take(2 if text.startswith("[^", self._at) else 1)
        first = True
        while self._at < len(text) and (first or text[self._at] != "]"):
            rest = text[self._at :]
            if found := _CLASS.match(rest):
                if found[2] not in _POSIX or found[1]:
                    raise NotTranslatable(f"Python has no class `{found[0]}`")
                self._take(found.end(), _POSIX[found[2]])
            elif rest.startswith("\\"):
                self._escape(rest)
            else:
                self._take(1, "\\" + rest[0] if rest[0] in "[&|~" else None)
            first = False
        if self._at >= len(text):
            raise NotTranslatable("a set is not closed: `]` is missing")
        self._take(1)

    def _group(self, rest: str) -> None:
        for start, what in _REFUSED_GROUPS.items():
            if rest.startswith(start):
                raise NotTranslatable(f"Go has no {what} (`{start}`)")
        multiline = self._multiline[-1]
        if found := _NAMED.match(rest):
            self._take(found.end(), f"(?P<{found[1]}>")
        elif found := _FLAGS.match(rest):
            on, off, end = found[1], found[2] or "", found[3]
            if set(on + off) - set("ims"):
                raise NotTranslatable(f"Python has no flags like `{found[0]}`")
            multiline = "m" not in off and (multiline or "m" in on)
            if end == ")":
                self._flags_from_here(found, on, off, multiline=multiline)
                return
            kept = "".join(each for each in on if each != "m")
            gone = "".join(each for each in off if each != "m")
            self._take(found.end(), f"(?{kept}{'-' + gone if gone else ''}:")
        else:
            self._take(1)
        self._multiline.append(multiline)

    def _flags_from_here(self, found: re.Match[str], on: str, off: str, *, multiline: bool) -> None:
        """Set flags for the rest of a group; Python takes them at the very start alone."""
        others = set(on + off) - {"m"}
        if others and (off or self._at > 0):
            raise NotTranslatable(
                f"Python takes flags for the rest (`{found[0]}`) at the start only: "
                "write them as a group, `(?i:...)`"
            )
        self._multiline[-1] = multiline
        kept = "".join(sorted(others))
        self._take(found.end(), f"(?{kept})" if kept else "")


def _character(digits: str) -> str:
    number = int(digits, 16)
    if number > 0x10FFFF:  # noqa: PLR2004 - the last code point
        raise NotTranslatable(f"there is no character {digits}")
    return re.escape(chr(number))
