"""Our parser and `dockerfile-parse`: where they agree, and each way in which they do not.

A line that changes here means that one of the two changed: look which one is right.
"""

from __future__ import annotations

from io import BytesIO

import pytest
from dockerfile_parse import DockerfileParser

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text

AGREED = {
    "plain": "FROM a\nRUN b\nCMD c\n",
    "continuation": "FROM a\nRUN b \\\n  && c \\\n  && d\nUSER 1\n",
    "comment inside": "FROM a\nRUN b \\\n# c\n  d\nUSER 1\n",
    "lower case": "from a\nrun b\n",
    "exec form": 'FROM a\nENTRYPOINT ["a", "b"]\nCMD ["c"]\n',
    "flags": "FROM --platform=$BUILDPLATFORM a AS b\nCOPY --from=b --link /a /b\n",
    "arguments first": "ARG A=1\nFROM a:${A}\nARG A\n",
    "onbuild": "FROM a\nONBUILD RUN b\n",
    "carriage returns": "FROM a\r\nRUN b \\\r\n c\r\n",
}

# What dockerfile-parse 2.0.1 takes for the instructions.
DIFFERENT = {
    "heredoc": ("FROM a\nRUN <<EOF\nset -e\nEOF\nUSER 1\n", ["FROM", "RUN", "SET", "EOF", "USER"]),
    "quoted heredoc": (
        "FROM a\nCOPY <<'X' /x\nhello there\nX\nUSER 1\n",
        ["FROM", "COPY", "HELLO", "X", "USER"],
    ),
    "empty line inside": ("FROM a\nRUN b \\\n\n  && c\nUSER 1\n", ["FROM", "RUN", "&&", "USER"]),
    "comment, then an empty line": (
        "FROM a\nRUN b \\\n# c\n\nUSER 1\n",
        ["FROM", "RUN", "USER"],
    ),
    "continuation at the end": ("FROM a\nRUN b \\\n", ["FROM"]),
}


def ours(text: str) -> list[str]:
    parsed = parse_dockerfile(Text(file="Dockerfile", content=text))
    return [node.keyword for node in parsed.instructions]


def theirs(text: str) -> list[str]:
    structure = DockerfileParser(fileobj=BytesIO(text.encode())).structure
    return [part["instruction"] for part in structure if part["instruction"] != "COMMENT"]


@pytest.mark.parametrize("text", AGREED.values(), ids=AGREED)
def test_both_find_the_same(text: str) -> None:
    assert ours(text) == theirs(text)
    parsed = parse_dockerfile(Text(file="Dockerfile", content=text))
    structure = DockerfileParser(fileobj=BytesIO(text.encode())).structure
    lines = [part["startline"] + 1 for part in structure if part["instruction"] != "COMMENT"]
    assert [parsed.text.line_of(node.span.start) for node in parsed.instructions] == lines


@pytest.mark.parametrize(("text", "found"), DIFFERENT.values(), ids=DIFFERENT)
def test_dockerfile_parse_reads_something_else(text: str, found: list[str]) -> None:
    assert theirs(text) == found
    assert ours(text) != found
