"""Edits that change bytes and no meaning."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
import tomli
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagekit.project.elixir.parse import parse
from imagekit.project.elixir.syntax import parts
from imagekit.prove.edits import edited, is_editable


def after(name: str, content: bytes, nonce: str = "a1b2c3") -> bytes:
    path = PurePosixPath(name)
    assert is_editable(path)
    return edited(path, content, nonce)


def test_a_comment_in_the_files_language_on_a_line_of_its_own() -> None:
    assert after("lib/a.ex", b"defmodule A do\nend") == b"defmodule A do\nend\n# a1b2c3\n"
    assert after("a.html.heex", b"<p/>\n") == b"<p/>\n<%!-- a1b2c3 --%>\n"
    assert after("rel/env.sh.eex", b"") == b"<%# a1b2c3 %>\n"
    assert after("a.css", b"\n") == b"\n/* a1b2c3 */\n"


def test_json_stays_the_same_value() -> None:
    content = b'{"name": "x"}'
    found = after("package-lock.json", content)
    assert found != content
    assert json.loads(found) == json.loads(content)


def test_configuration_stays_the_same_value() -> None:
    assert tomli.loads(after("a.toml", b"a = 1").decode()) == {"a": 1}
    assert yaml.safe_load(after("a.yml", b"a: 1")) == {"a": 1}


def test_a_lock_file_stays_the_same_map() -> None:
    source = parse(after("mix.lock", b"%{\n}\n").decode(), "mix.lock")
    assert [node.type for node in parts(source.root) if node.type != "comment"] == ["map"]


@pytest.mark.parametrize("name", ["a.png", "a.woff2", "Makefile", "a"])
def test_what_has_no_known_comment_is_not_edited(name: str) -> None:
    assert not is_editable(PurePosixPath(name))


@given(
    st.sampled_from([".ex", ".json", ".css", ".heex"]),
    st.binary(),
    st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
)
def test_two_edits_never_give_the_same(suffix: str, content: bytes, one: str, other: str) -> None:
    first, second = (after(f"a{suffix}", content, nonce) for nonce in (one, other))
    assert first.startswith(content)
    assert content not in (first, second)
    assert (first == second) == (one == other)
