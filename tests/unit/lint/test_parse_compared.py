"""Our parser and `dockerfile-parse`: where they agree, and each way in which they do not.

A line that changes here means that one of the two changed: look which one is right. On the corpus
of Dockerfiles as people write them both find the same instructions on the same lines, but for files
with heredocs, whose text `dockerfile-parse` 2.0.1 takes for instructions. It has no places below a
line, no mounts, flags, heredocs or shell words, and rewrites what it reads. So ours is kept, and
`dockerfile-parse` is what these tests compare it with.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from imagekit.dockerfile.nodes import RunNode
from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text

CORPUS = sorted((Path(__file__).parents[2] / "golden" / "corpus").glob("*/Dockerfile"))

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


# What dockerfile-parse 2.0.1 misses: it reads these as ours does, and knows nothing about them.
UNSEEN = {
    "mounts": "FROM a\nRUN --mount=type=secret,id=b --mount=type=cache,target=/c d\n",
    "escape directive": "# escape=`\nFROM a\nRUN b `\n  c\n",
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


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.parent.name)
def test_on_the_corpus_they_differ_in_heredocs_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parsed = parse_dockerfile(Text(file="Dockerfile", content=text))
    has_heredocs = any(node.heredocs for node in parsed.instructions)
    assert (ours(text) == theirs(text)) is not has_heredocs
    if has_heredocs:
        assert len(theirs(text)) > len(ours(text))


def test_it_gives_no_part_of_a_run_with_mounts() -> None:
    (_, run) = parse_dockerfile(Text(file="Dockerfile", content=UNSEEN["mounts"])).instructions
    assert isinstance(run, RunNode)
    assert [mount.type for mount in run.mounts] == ["secret", "cache"]
    (_, part) = DockerfileParser(fileobj=BytesIO(UNSEEN["mounts"].encode())).structure
    assert part["value"].startswith("--mount=type=secret,id=b --mount=")


def test_both_obey_the_escape_directive() -> None:
    text = UNSEEN["escape directive"]
    assert ours(text) == ["FROM", "RUN"]
    assert theirs(text) == ours(text)


@pytest.mark.parametrize(("text", "found"), DIFFERENT.values(), ids=DIFFERENT)
def test_dockerfile_parse_reads_something_else(text: str, found: list[str]) -> None:
    assert theirs(text) == found
    assert ours(text) != found
