from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.errors import ExitCode, InvalidReference
from imagekit.refs import Reference, parse_platform

DIGEST = "sha256:" + "0123456789abcdef" * 4

REFERENCES = {
    "debian": Reference(name="debian"),
    "debian:trixie-slim": Reference(name="debian", tag="trixie-slim"),
    f"debian@{DIGEST}": Reference(name="debian", digest=DIGEST),
    f"debian:trixie-slim@{DIGEST}": Reference(name="debian", tag="trixie-slim", digest=DIGEST),
    "hexpm/elixir:1.18.3-erlang-27.3.4.3-debian-trixie-20250929-slim": Reference(
        name="hexpm/elixir", tag="1.18.3-erlang-27.3.4.3-debian-trixie-20250929-slim"
    ),
    "localhost:5000/hello_web:dev": Reference(name="localhost:5000/hello_web", tag="dev"),
    "127.0.0.1:5000/library/debian": Reference(name="127.0.0.1:5000/library/debian"),
    "[::1]:5000/app": Reference(name="[::1]:5000/app"),
    "Registry.Example.COM/team/app": Reference(name="Registry.Example.COM/team/app"),
    "a__b/c.d-e--f_g": Reference(name="a__b/c.d-e--f_g"),
    "app:_T.a-g": Reference(name="app", tag="_T.a-g"),
}


@pytest.mark.parametrize(("text", "reference"), REFERENCES.items())
def test_a_reference_is_taken_apart_and_put_together(text: str, reference: Reference) -> None:
    assert Reference.parse(text) == reference
    assert str(reference) == text


NO_REFERENCES = {
    "": "wrong characters",
    "Debian": "upper case in the name",
    "team/App": "upper case in the name",
    "debian:": "wrong characters",
    "debian:-tag": "wrong characters",
    "debian:a:b": "wrong characters",
    f"debian:{'t' * 129}": "wrong characters",
    "debian@sha256:abc": "wrong characters",
    "debian latest": "wrong characters",
    "debian\nRUN id": "upper case in the name",
    "debian\n": "wrong characters",
    " debian": "wrong characters",
    "$image": "wrong characters",
    "--platform=x": "wrong characters",
    "a//b": "wrong characters",
    "/a": "wrong characters",
    "a/": "wrong characters",
    "a___b": "wrong characters",
    "a..b": "wrong characters",
    "é": "wrong characters",
}


@pytest.mark.parametrize(("text", "problem"), NO_REFERENCES.items())
def test_what_is_no_reference_is_refused_with_the_reason(text: str, problem: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        Reference.parse(text)
    assert caught.value.reference == text
    assert caught.value.problem == problem
    assert caught.value.exit_code is ExitCode.USAGE


@given(st.text())
def test_any_text_is_a_reference_without_blanks_or_is_refused(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except InvalidReference:
        return
    assert str(reference) == text
    assert re.fullmatch(r"[A-Za-z0-9._:/@+\[\]-]+", text)
    assert not text.startswith("-")


@given(st.from_regex(r"[a-z0-9]{1,9}(/[a-z0-9]{1,9}){0,2}(:[a-z0-9]{1,9})?", fullmatch=True))
def test_an_ordinary_reference_survives(text: str) -> None:
    assert str(Reference.parse(text)) == text


@pytest.mark.parametrize("text", ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386"])
def test_a_platform(text: str) -> None:
    assert parse_platform(text) == text


@pytest.mark.parametrize("text", ["", "linux", "linux/", "Linux/amd64", "linux/amd64\n", "a/b/c/d"])
def test_what_is_no_platform_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        parse_platform(text)
    assert "os/arch" in caught.value.problem
