from __future__ import annotations

from pathlib import PurePosixPath as Path

import pytest
from hypothesis import example, given

from imagekit.dockerfile import (
    Comment,
    Dockerignore,
    IgnorePath,
    IgnorePattern,
    render_dockerignore,
)
from imagekit.errors import InvalidValue, UnquotableValue

from .patterns import ignored_by
from .texts import any_text, paths


def test_lines_stand_in_order_and_comments_apart() -> None:
    file = Dockerignore(
        lines=(
            Comment(text="made"),
            IgnorePattern(pattern="**/node_modules"),
            IgnorePath(path=Path("/_build")),
            Comment(text="kept"),
            Comment(text="after all"),
            IgnorePattern(pattern="deps/*", keep=True),
            IgnorePath(path=Path("a*b"), keep=True),
        )
    )
    assert render_dockerignore(file).splitlines() == [
        "# made",
        "**/node_modules",
        "_build",
        "",
        "# kept",
        "# after all",
        "!deps/*",
        r"!a[\*]b",
    ]


def test_no_lines_are_an_empty_file() -> None:
    assert render_dockerignore(Dockerignore(lines=())) == ""


@given(text=paths, other=paths)
@example("a*b", "axb")
@example("#x", "x")
@example("!x", "x")
@example(" x ", "x")
@example("\ufeffx", "x")
@example("# x|y", "y")
@example("x/y", "x")
def test_a_path_is_that_path_and_what_is_below(text: str, other: str) -> None:
    path, decoy = Path(text), str(Path(other))
    below = decoy == str(path) or decoy.startswith(f"{path}/")
    ignored = render_dockerignore(Dockerignore(lines=(IgnorePath(path=path),)))
    assert ignored_by(ignored, str(path))
    assert ignored_by(ignored, decoy) == below
    everything = IgnorePattern(pattern="**")
    kept = Dockerignore(lines=(everything, IgnorePath(path=path, keep=True)))
    assert not ignored_by(render_dockerignore(kept), str(path))
    assert ignored_by(render_dockerignore(kept), decoy) != below


@given(text=any_text)
def test_a_line_is_one_line_of_its_kind_or_refused(text: str) -> None:
    for make in (
        lambda: Comment(text=text),
        lambda: IgnorePattern(pattern=text),
        lambda: IgnorePath(path=Path("/", text)),
    ):
        try:
            line = make()
            found = render_dockerignore(Dockerignore(lines=(line,))).splitlines()
        except (UnquotableValue, InvalidValue):
            continue
        if isinstance(line, Comment):
            assert all(each.startswith("#") for each in found)
        else:
            (only,) = found
            assert only
            assert not only.startswith(("#", "!"))
            assert only == only.strip()


REFUSED = ("", " ", "#x", "!x", " #x", "\ufeffx")


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_would_be_read_as_another_line_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidValue):
        IgnorePattern(pattern=pattern)


def test_behind_the_mark_of_keep_they_are_characters_like_others() -> None:
    file = Dockerignore(lines=(IgnorePattern(pattern="!x", keep=True),))
    assert render_dockerignore(file) == "!!x\n"


@pytest.mark.parametrize("path", [".", "/", "..", "a/../../b"])
def test_a_path_outside_of_the_context_is_refused(path: str) -> None:
    with pytest.raises(InvalidValue):
        IgnorePath(path=Path(path))
