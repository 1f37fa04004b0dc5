"""A comment says nothing to a parser, and FROM takes names and nothing else."""

from __future__ import annotations

import re

from hypothesis import example, given

from imagekit.dockerfile import Comment, Dockerfile, From, Stage, render
from imagekit.errors import InvalidReference, UnquotableValue

from .buildkit import parse
from .reading import read, run
from .texts import any_text


@given(top=any_text, above=any_text, within=any_text)
@example("escape=`", "syntax=x", "check=skip=all")
@example("\u00a0syntax = x", "!", "RUN id \\")
def test_a_comment_stays_a_comment(top: str, above: str, within: str) -> None:
    first = Stage(base=From(image="debian"), instructions=(Comment(text=within),), comment=above)
    second = Stage(base=From(image="scratch"), instructions=(Comment(text=within), run("x")))
    try:
        text, _ = read(Dockerfile(stages=(first, second), comment=top))
    except UnquotableValue:
        return
    comments = [line for line in text.split("\n") if line.startswith("#")]
    assert not any(re.match(r"#\s*[A-Za-z0-9]+\s*=", line) for line in comments)
    said = " ".join(line.removeprefix("#:").removeprefix("#").strip(" ") for line in comments)
    assert said.split() == f"{top} {above} {within} {within}".split()


@given(image=any_text, name=any_text, platform=any_text)
@example("debian", "a", "linux/amd64")
def test_from_says_what_was_meant_or_is_refused(image: str, name: str, platform: str) -> None:
    for base, flags, rest in (
        (lambda: From(image=image), (), image),
        (lambda: From(image="debian", name=name), (), f"debian AS {name}"),
        (lambda: From(image="debian", platform=platform), (f"--platform={platform}",), "debian"),
    ):
        try:
            file = Dockerfile(stages=(Stage(base=base(), instructions=()),))
        except InvalidReference:
            continue
        (node,) = parse(render(file))
        assert (node.keyword, node.flags, node.rest) == ("FROM", flags, rest)
