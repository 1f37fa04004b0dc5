"""Shell text as rules see it: simple commands, what joins them, what is inside of what."""

from __future__ import annotations

import pytest

from imagekit.dockerfile.commands import Command, Script
from imagekit.dockerfile.shell import parse_script
from imagekit.dockerfile.text import Span


def script(text: str) -> Script:
    return parse_script(text, Span)


def commands(text: str) -> tuple[Command, ...]:
    return script(text).commands


def shown(text: str) -> list[str]:
    """Give each command as `operator words`, nested ones with a dot for each depth."""
    return [
        f"{'.' * each.depth}{each.operator} {' '.join(each.values)}".strip()
        for each in commands(text)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("# only a comment", []),
        ("a b", ["a b"]),
        ("a && b || c; d & e", ["a", "&& b", "|| c", "; d", "& e"]),
        ("a | b |& c", ["a", "| b", "| c"]),
        ("a\nb\n\n# c\nd # e", ["a", "; b", "; d"]),
        ("a &&\n\n b", ["a", "&& b"]),
        ("a \\\n  b \\\r\n c", ["a b c"]),
        ("echo a#b '#c' \"#d\" \\#e", ["echo a#b #c #d #e"]),
        ("'a b'\"c d\"\\ e", ["a bc d e"]),
        ('"$A" ${B:-c d} "${E}"', ["$A ${B:-c d} ${E}"]),
        ("(a; b) && c", [". a", ".; b", "&& c"]),
        ("{ a; b; }", ["a", "; b"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "; b", "; c", "; d", "; e"]),
        ("! a; while b; do c; done", ["a", "; b", "; c"]),
        ("for x in a $(b | c) d; do e; done", ["; e"]),
        ("case $x in a|b) c;; (d) e;; *) f; esac; g", ["c", "e", "f", "; g"]),
        ("a $(b | c) `d`", [". b", ".| c", ". d", "a $(b | c) `d`"]),
        ('a "$(b "$(c)")"', [".. c", ". b $(c)", "a $(b $(c))"]),
        ("a 2>/dev/null >>b <c 2>&1 &>d e", ["a e"]),
        ("cat <<EOF | a\nb | c\nEOF\nd", ["cat", "| a", "; d"]),
        ("cat <<-'E'\n\tb\n\tE\nd", ["cat", "; d"]),
        ("A=1 B='2 3' a C=4", ["a C=4"]),
        ("a ')' \"(\" \\(", ["a ) ( ("]),
        ("a 'open", ["a open"]),
        ('a "open $(b', [". b", "a open $(b"]),
        ("f() { a; }", ["f", "a"]),
        ("a;;b", ["a", "; b"]),
        ("&& a", ["&& a"]),
        (")))", []),
    ],
)
def test_commands(text: str, found: list[str]) -> None:
    assert shown(text) == found


def test_assignments_and_redirections() -> None:
    (command,) = commands("A=1 B=\"x y\" a 2>>err <in >'o u t'")
    assert [(each.name, each.value) for each in command.assignments] == [("A", "1"), ("B", "x y")]
    redirects = [(each.operator, each.target.value) for each in command.redirects]
    assert redirects == [(">>", "err"), ("<", "in"), (">", "o u t")]
    (alone,) = commands("A=1")
    assert (alone.words, len(alone.assignments)) == ((), 1)


def test_spans() -> None:
    text = "x && A=1 mix  do 'deps.get'  >log ; y"
    command = commands(text)[1]
    assert text[slice(*command.span)] == "A=1 mix  do 'deps.get'  >log"
    assert [text[slice(*word.span)] for word in command.words] == ["mix", "do", "'deps.get'"]


@pytest.mark.parametrize(
    ("text", "program", "arguments"),
    [
        ("/usr/bin/apt-get install -y x", "apt-get", ("install", "-y", "x")),
        ("sudo -u app -H mix release", "mix", ("release",)),
        ("env A=1 -u B mix release", "mix", ("release",)),
        ("exec su-exec app:app sudo npm ci", "npm", ("ci",)),
        ("timeout -k 5 10 curl x", "curl", ("x",)),
        ("nice -n 10 nohup make", "make", ()),
        ("sudo", "sudo", ()),
        ("env", "env", ()),
        ("$CMD x", "$CMD", ("x",)),
    ],
)
def test_the_program_behind_its_wrappers(
    text: str, program: str, arguments: tuple[str, ...]
) -> None:
    (command,) = commands(text)
    assert command.program == program
    assert command.arguments == arguments


def test_options_and_operands() -> None:
    (command,) = commands("apt-get -qqy -o Dpkg::Use-Pty=0 install --no-install-recommends -- -x")
    assert command.runs("apt-get")
    assert not command.runs("apt-get", "install")  # the value of -o comes first
    assert command.has_option("-y")
    assert command.has_option("--no-install-recommends")
    assert not command.has_option("-x")
    assert not command.has_option("-r", "--recursive")
    (npm,) = commands("npm install --omit=dev")
    assert npm.runs("npm", "install")
    assert npm.has_option("--omit")


def test_pipelines_hold_their_level_together() -> None:
    found = script("a | b $(c | d) | e; f")
    assert [[each.program for each in pipe] for pipe in found.pipelines] == [
        ["a", "b", "e"],
        ["f"],
        ["c", "d"],
    ]


def test_nesting_ends_somewhere() -> None:
    depth = 5_000
    found = commands("a " + "$(b " * depth + ")" * depth)
    assert 1 < len(found) < 10
