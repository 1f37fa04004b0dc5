r"""What BuildKit's Dockerfile front end makes of a text: a second reader, for tests to compare.

It follows moby/buildkit, frontend/dockerfile, v0.10.6 to v0.32 (parser/parser.go,
parser/split_command.go, parser/line_parsers.go, shell/lex.go), with the escape
character `\` and no variable set. What a generated file must not have (a
directive, a heredoc, a variable, an unknown instruction) is a `Surprise`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_KEYWORD = re.compile(
    "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL"
    "|STOPSIGNAL|USER|VOLUME|WORKDIR"
)
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
_CONTINUED = re.compile(r"([^\\])\\[ \t]*$|^\\[ \t]*$")
_HEREDOC = re.compile(r"(\d*)<<(-?)\s*([^<]+)")
_SPACE = re.compile(r"[\t\v\f\r ]+")
_LONGEST_LINE = 64 * 1024


class Surprise(AssertionError):
    """The text has something that no generated Dockerfile has."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One instruction: its flags without their quotes, and the rest as it stands."""

    keyword: str
    flags: tuple[str, ...]
    rest: str

    @property
    def array(self) -> list[str] | None:
        """The words of the JSON form; `None` when it is the other form."""
        if not self.rest.startswith("["):
            return None
        try:
            # Up to v0.13 the front end does not look at what follows the array.
            return list(json.JSONDecoder().raw_decode(self.rest)[0])
        except ValueError:
            return None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The variables of ENV, LABEL or ARG, as they reach the image."""
        split = [word.partition("=") for word in words(self.rest)]
        if not split or (self.keyword != "ARG" and not all(equals for _, equals, _ in split)):
            raise Surprise(f"no assignment in {self.rest!r}")
        return [(lex(key), lex(value)) for key, _, value in split]

    @property
    def paths(self) -> list[str]:
        """The sources and the destination of COPY, before patterns are matched."""
        array = self.array
        given = _SPACE.split(self.rest) if array is None else array
        if len(given) < 2 or any(_HEREDOC.fullmatch(path) for path in given):
            raise Surprise(f"heredoc, or no source and destination, in {self.rest!r}")
        return [lex(path) for path in given]

    @property
    def mounts(self) -> list[dict[str, str]]:
        """The options of each `--mount`."""
        found = []
        for flag in self.flags:
            (fields,) = csv.reader([flag.removeprefix("--mount=")], strict=True)
            split = [field.partition("=") for field in fields]
            if not all(equals for _, equals, _ in split):
                raise Surprise(f"no assignment in {flag!r}")
            found.append({key: lex(value) for key, _, value in split})
        return found


def parse(text: str) -> list[Node]:
    """Give the instructions of a Dockerfile, comments aside."""
    first = text.split("\n", 1)[0]
    if _DIRECTIVE.match(first) or first.startswith("#!"):
        raise Surprise(f"directive {first!r}")
    return [_node(line) for line in _logical_lines(text)]


def _logical_lines(text: str) -> Iterator[str]:
    joined: str | None = None
    # BuildKit knows no line break but this one.
    for line in text.split("\n"):
        if len(line.encode()) + 1 >= _LONGEST_LINE:
            raise Surprise("a line longer than the scanner takes")
        if not line.strip() or line.lstrip().startswith("#"):
            if joined is not None:
                raise Surprise(f"a continued line ends in {line!r}")
            continue
        joined = (joined or "") + _CONTINUED.sub(r"\1", line)
        if not _CONTINUED.search(line):
            yield joined
            joined = None
    if joined is not None:
        raise Surprise("the last line is continued")


def _node(line: str) -> Node:
    keyword, _, rest = line.strip().partition(" ")
    if not _KEYWORD.fullmatch(keyword):
        raise Surprise(f"instruction {keyword!r}")
    flags, rest = _flags(rest)
    node = Node(keyword=keyword, flags=flags, rest=rest.strip())
    if keyword in {"ADD", "COPY", "RUN"} and node.array is None:
        for word in words(line):
            if _HEREDOC.fullmatch(word):
                raise Surprise(f"heredoc {word!r}")
    return node


def _flags(text: str) -> tuple[tuple[str, ...], str]:
    # Byte by byte, each a character of its own, as split_command.go does.
    data = text.encode().decode("latin-1")
    flags: list[str] = []
    at = 0
    while True:
        at += len(data[at:]) - len(data[at:].lstrip())
        if not data.startswith("--", at):
            return tuple(flags), data[at:].encode("latin-1").decode()
        flag, quote = "", ""
        while at < len(data) and (quote or not data[at].isspace()):
            here = data[at]
            if here == "\\":
                at += 1
                flag += data[at : at + 1]
            elif here == quote:
                quote = ""
            elif not quote and here in "'\"":
                quote = here
            else:
                flag += here
            at += 1
        flags.append(flag)


def words(text: str) -> list[str]:
    """Split the words of ENV, LABEL and ARG; quotes and escapes stay in them."""
    found: list[str] = []
    word, quote, at = "", "", 0
    while at < len(text):
        here = text[at]
        if here == "\\" and quote != "'":
            word += text[at : at + 2]
            at += 2
            continue
        if here == quote:
            quote = ""
        elif not quote and here in "'\"":
            quote = here
        elif not quote and here.isspace():
            if word:
                found.append(word)
            word, at = "", at + 1
            continue
        word += here
        at += 1
    return [*found, word] if word else found


def lex(text: str) -> str:
    """Remove the quotes and escapes of a word; a variable in it is a Surprise."""
    result, quote, at = "", "", 0
    text = text.removeprefix("\ufeff")
    while at < len(text):
        here, after = text[at], text[at + 1 : at + 2]
        if here == "$" and quote != "'" and re.match(r"\w|[{@*#?$!-]", after):
            raise Surprise(f"variable in {text!r}")
        if here == "\\" and quote != "'":
            if quote and after not in '"$\\':
                result += here
            result += after
            at += 2
            continue
        if here == quote:
            quote = ""
        elif not quote and here in "'\"":
            quote = here
        else:
            result += here
        at += 1
    if quote:
        raise Surprise(f"open quote in {text!r}")
    return result
