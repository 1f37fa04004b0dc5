"""How quoted values look, one line a rule; that they hold is for the property tests."""

from __future__ import annotations

from pathlib import PurePosixPath as Path

import pytest

from imagekit.dockerfile import quote
from imagekit.errors import ExitCode, UnquotableValue

SHELL_WORDS = {
    "mix": "mix",
    "--only": "--only",
    "a=b:c@d%e+f,g.h/i_j-k": "a=b:c@d%e+f,g.h/i_j-k",
    "": "''",
    "two words": "'two words'",
    "$HOME": "'$HOME'",
    "it's": "'it'\"'\"'s'",
    "/var/lib/*": "'/var/lib/*'",
    "~": "'~'",
    "é": "'é'",
    "<<EOF": "'<''<EOF'",
    "<<<": "'<''<''<'",
}


@pytest.mark.parametrize(("value", "text"), SHELL_WORDS.items())
def test_a_shell_word(value: str, text: str) -> None:
    assert quote.shell_word(value, where="RUN") == text


COMMAND_NAMES = {
    "mix": "mix",
    "/bin/sh": "/bin/sh",
    "[": "'['",
    "if": "'if'",
    "A=1": "'A=1'",
    "--network=host": "'--network=host'",
    "-x": "'-x'",
    "a b": "'a b'",
}


@pytest.mark.parametrize(("value", "text"), COMMAND_NAMES.items())
def test_a_command_name_is_no_keyword_assignment_or_flag(value: str, text: str) -> None:
    assert quote.shell_command_name(value, where="RUN") == text


DOCKERFILE_WORDS = {
    "prod": "prod",
    "C.UTF-8": "C.UTF-8",
    "/app/bin:/bin": "/app/bin:/bin",
    "-x": '"-x"',
    "": '""',
    "a b": '"a b"',
    "$HOME": '"\\$HOME"',
    'say "hi"': '"say \\"hi\\""',
    "a\\": '"a\\\\"',
    "it's": '"it\'s"',
}


@pytest.mark.parametrize(("value", "text"), DOCKERFILE_WORDS.items())
def test_a_dockerfile_word(value: str, text: str) -> None:
    assert quote.dockerfile_word(value, where="ENV A") == text


PATHS = {
    "mix.exs": "mix.exs",
    "/app/_build": "/app/_build",
    "//app": "/app",
    ".": ".",
    "/": "/",
    "a b": "a b",
    "a*b": r"a[\\*]b",
    "a\\b": r"a[\\\\]b",
    "[id].js": r"[\\[]id[\\]].js",
    "$id.js": r"\$id.js",
    "!x": "[!]x",
    "#x": "[#]x",
    "!": "[!]",
    " x ": "[ ]x[ ]",
    "x.git": "./x.git",
    "/x.git": "./x.git",
    "a:b": "./a:b",
    "<<EOF": r"\<\<EOF",
}


@pytest.mark.parametrize(("path", "lexed"), PATHS.items())
def test_a_copied_path(path: str, lexed: str) -> None:
    in_json = lexed.replace("\\", "\\\\")
    text = quote.copy_arguments((Path(path),), "a b")
    assert text == f'["{in_json}", "a b"]'


def test_plain_paths_are_plain_words() -> None:
    assert quote.copy_arguments((Path("mix.exs"), Path("mix.lock")), "./") == "mix.exs mix.lock ./"


def test_one_path_that_is_not_plain_makes_all_of_them_an_array() -> None:
    assert quote.copy_arguments((Path("a"), Path("b c")), "d/") == '["a", "b c", "d/"]'
    assert quote.copy_arguments((Path("--from=x"),), "d") == '["--from=x", "d"]'


MOUNTS = {
    (("type", "ssh"),): "--mount=type=ssh",
    (("type", "tmpfs"), ("target", "/a b")): '--mount="type=tmpfs,target=/a b"',
    (("id", "a,b"),): r'--mount="\"id=a,b\""',
    (("id", "$a"),): r'--mount="id=\\\$a"',
    (("id", '"'),): r'--mount="\"id=\\\"\"\""',
}


@pytest.mark.parametrize(("options", "text"), MOUNTS.items())
def test_a_mount(options: tuple[tuple[str, str], ...], text: str) -> None:
    assert quote.mount(options) == text


@pytest.mark.parametrize("options", [("target", "/é"), ("source", "[a]"), ("source", "/!x")])
def test_a_mount_that_buildkit_would_misread_is_refused(options: tuple[str, str]) -> None:
    with pytest.raises(UnquotableValue) as caught:
        quote.mount((options,))
    assert (caught.value.where, caught.value.value) == (
        f"the option `{options[0]}` of a mount",
        options[1],
    )


def test_an_array_is_json_with_no_two_angles_side_by_side() -> None:
    assert quote.exec_form(("/a b", 'c"d', "é", "<"), where="CMD") == r'["/a b", "c\"d", "é", "<"]'
    assert quote.exec_form(("<<EOF",), where="CMD") == r'["\u003c<EOF"]'


def test_a_comment_is_wrapped_and_never_a_directive() -> None:
    text = "word " * 40 + "escape=`"
    lines = quote.comment(text, where="a comment")
    assert [len(line) <= quote.WIDTH for line in lines] == [True] * 3
    assert quote.comment("escape=`", where="a comment") == ("#: escape=`",)
    assert quote.comment("hadolint ignore=DL3008", where="x") == ("# hadolint ignore=DL3008",)
    assert quote.comment("", where="a comment") == ()


def test_what_cannot_be_quoted_says_where_it_stands() -> None:
    with pytest.raises(UnquotableValue) as caught:
        quote.dockerfile_word("a\nRUN id", where="ENV A")
    assert caught.value.what.startswith("A value for ENV A ")
    assert caught.value.found == r"'a\nRUN id'"
    assert caught.value.exit_code is ExitCode.USAGE
