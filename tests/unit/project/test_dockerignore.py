"""`.dockerignore` is read as BuildKit reads it."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from docker.utils.build import PatternMatcher
from hypothesis import given
from hypothesis import strategies as st

from imagekit.errors import UnreadableConfiguration
from imagekit.project.dockerignore import (
    END_OF_OURS,
    END_OF_USER_LINES,
    USER_LINES,
    Ignored,
    user_lines,
)


def left_out(lines: str, path: str) -> bool:
    ignored = Ignored.parse(lines)
    verdict = ignored.top
    place = PurePosixPath(path)
    for each in (*reversed(place.parents[:-1]), place):
        verdict = ignored.judge(str(each), verdict)
    return verdict.left_out


# From github.com/moby/patternmatcher, patternmatcher_test.go, and docs.docker.com, "dockerignore".
CASES = [
    ("node_modules", "node_modules/a/b.js", True),
    ("node_modules", "assets/node_modules/a.js", False),
    ("**/node_modules", "assets/node_modules/a.js", True),
    ("**/node_modules", "node_modules", True),
    ("/lib/", "lib/a.ex", True),
    ("lib/.", "lib/a.ex", True),
    ("./lib", "lib/a.ex", True),
    ("lib/../test", "test/a.exs", True),
    ("lib/../test", "lib/a.exs", False),
    ("*.md", "README.md", True),
    ("*.md", "docs/README.md", False),
    ("**/*.md", "docs/a/README.md", True),
    ("*/temp*", "somedir/temporary.txt", True),
    ("*/temp*", "a/b/temporary.txt", False),
    ("temp?", "tempa", True),
    ("temp?", "temp", False),
    ("lib/**", "lib/a/b", True),
    ("lib/**", "lib", False),
    ("**", "a/b", True),
    ("**.swp", "a/.b.swp", True),
    ("[a-c]x", "bx", True),
    ("[^a-c]x", "bx", False),
    ("[^a-c]x", "dx", True),
    (r"\*.txt", "*.txt", True),
    (r"\*.txt", "a.txt", False),
    (r"a\[1]", "a[1]", True),
    ("a.b", "axb", False),
    ("README.md", "readme.md", False),
    ("*\n!lib", "lib/a.ex", False),
    ("*\n!lib", "test/a.exs", True),
    ("*\n!lib/a.ex", "lib/a.ex", False),
    ("*\n!lib/a.ex", "lib/b.ex", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-a.md", False),
    ("**/a\n!b/c", "b/a/c", True),
    ("a\n!**/keep", "a/b/keep", False),
    ("# lib", "lib/a.ex", False),
    ("  lib  ", "lib/a.ex", True),
    ("\ufefflib", "lib/a.ex", True),
    ("!  lib\n", "lib/a.ex", False),
    (".", "lib/a.ex", False),
    ("", "lib/a.ex", False),
]


@pytest.mark.parametrize(("lines", "path", "expected"), CASES)
def test_a_path_is_left_out_or_not(lines: str, path: str, *, expected: bool) -> None:
    assert left_out(lines, path) is expected


NAMES = st.sampled_from(["a", "b", "ab", "a.b"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PARTS = st.sampled_from(["a", "b", "ab", "a.b", "*", "?", "a*", "**"])
PATTERNS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)


@given(patterns=st.lists(PATTERNS, max_size=4), path=PATHS)
def test_without_exceptions_the_docker_sdk_agrees(patterns: list[str], path: str) -> None:
    parents = [str(each) for each in PurePosixPath(path).parents[:-1]]
    matcher = PatternMatcher(patterns)
    expected = any(matcher.matches(each) for each in (path, *parents))
    assert left_out("\n".join(patterns), path) is expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("!", "`!` names nothing"),
        ("a[", "never closed"),
        ("[b-a]", "bad character range"),
    ],
)
def test_what_docker_refuses_is_an_error_with_its_line(line: str, problem: str) -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        Ignored.parse(f"# nothing\n{line}\n")
    assert raised.value.file == ".dockerignore"
    assert raised.value.problem.startswith("line 2: ")
    assert problem in raised.value.problem


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        ignored = Ignored.parse(text)
    except UnreadableConfiguration:
        return
    ignored.judge("lib/a.ex", ignored.top)


def test_the_lines_are_kept_as_they_are_written() -> None:
    text = "# why\n\n /lib/ \n!lib/a\n  #x\n.\n"
    assert user_lines(text) == ("# why", "/lib/", "!lib/a", r"\#x", ".")
    assert not left_out(r"\#x", "x")
    assert left_out(r"\#x", "#x")


def test_what_imagekit_wrote_says_nothing_of_the_project() -> None:
    composed = f"# Composed\n**/test\n\n# {USER_LINES}\nlib\n\n# {END_OF_USER_LINES}\nassets\n"
    assert user_lines(composed) == ("lib",)
    assert not left_out(composed, "test/a.exs")
    assert not left_out(composed, "assets/a.js")
    assert left_out(composed, "lib/a.ex")
    assert left_out(f"# {END_OF_USER_LINES}\nassets\n", "assets/a.js"), "without the first mark"


def test_lines_added_at_the_end_are_the_users_too() -> None:
    marks = f"# {USER_LINES}\nlib\n# {END_OF_USER_LINES}\nassets\n# {END_OF_OURS}\n"
    assert user_lines(f"{marks}my-secret.txt\n") == ("lib", "my-secret.txt")
    assert user_lines(marks) == ("lib",)
