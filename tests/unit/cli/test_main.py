"""The command line itself: verbs, help, mistakes, and how errors end."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import click
import pytest

from imagekit import __version__
from imagekit.cli import main as module
from imagekit.cli.main import VERBS

from .conftest import Imagekit


def test_the_version(imagekit: Imagekit) -> None:
    ended = imagekit("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"imagekit {__version__}\n", "")


def test_help_lists_every_verb(imagekit: Imagekit) -> None:
    ended = imagekit("--help")
    assert ended.code == 0
    for verb, sentence in VERBS.items():
        assert f"{verb} " in ended.out
        assert sentence in ended.out


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_verb_has_help_and_json(imagekit: Imagekit, verb: str, flag: str) -> None:
    ended = imagekit(verb, flag)
    assert ended.code == 0
    assert f"imagekit {verb}" in ended.out
    assert "--json" in ended.out


def test_without_a_verb_help_is_shown_and_nothing_on_stdout(imagekit: Imagekit) -> None:
    ended = imagekit()
    assert (ended.code, ended.out) == (2, "")
    assert "Verbs:" in ended.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("biuld", "build"), ("dockerfiel", "dockerfile"), ("verfiy", "verify")]
)
def test_an_unknown_verb_gets_the_one_that_was_meant(
    imagekit: Imagekit, typed: str, meant: str
) -> None:
    ended = imagekit(typed)
    assert (ended.code, ended.out) == (2, "")
    assert f"Perhaps you meant `{meant}`." in ended.err


def test_a_verb_like_no_other_gets_none(imagekit: Imagekit) -> None:
    ended = imagekit("zzz")
    assert ended.code == 2
    assert "Perhaps" not in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--toolchain", "asdf"),
        ("plan", "--no-such-flag"),
        ("plan", "one", "two"),
        ("dockerfile", "--write", "--check"),
        ("build", "--secret", "src=x"),
        ("build", "--build-arg", "A"),
        ("build", "--network", "bridge"),
        ("verify",),
        ("verify", "i", "--env", "NOT_SET_ANYWHERE"),
        ("verify", "i", "--env", "=x"),
        ("verify", "i", "--header", "server"),
        ("verify", "i", "--header", ":x"),
        ("inspect",),
    ],
)
def test_a_command_line_that_cannot_be_meant_is_2(
    imagekit: Imagekit, shop: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(shop)
    ended = imagekit(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
    assert "Traceback" not in ended.err


def test_an_error_says_what_what_to_do_and_which_page(imagekit: Imagekit, tmp_path: Path) -> None:
    ended = imagekit("plan", tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("Error: ")
    assert "\nTry:   " in ended.err
    assert "imagekit explain project-not-recognised\n" in ended.err


def test_an_error_is_one_json_document_when_asked(imagekit: Imagekit, tmp_path: Path) -> None:
    ended = imagekit("plan", tmp_path, "--json")
    assert ended.code == 3
    error = ended.json["error"]
    assert error["exit_code"] == 3
    assert error["page"] == "project-not-recognised"
    assert {"what", "found", "advice"} <= error.keys()


@pytest.mark.parametrize("raised", [KeyboardInterrupt, click.exceptions.Abort, EOFError])
def test_an_interruption_is_130(
    imagekit: Imagekit, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    def interrupted(**_: object) -> None:
        raise raised

    monkeypatch.setattr(module.cli, "invoke", lambda _: interrupted())
    ended = imagekit("plan")
    assert (ended.code, ended.out) == (130, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_cancelled_job_and_a_closed_terminal_interrupt(
    imagekit: Imagekit, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(module.cli, "invoke", lambda _: signal.raise_signal(number))
    ended = imagekit("plan")
    assert (ended.code, ended.out) == (130, "")


def test_under_nohup_a_closed_terminal_does_not(
    imagekit: Imagekit, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr(module.cli, "invoke", lambda _: signal.raise_signal(signal.SIGHUP))
    assert imagekit("plan").code == 0


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_defect_of_ours_is_1_and_asks_for_a_report(
    imagekit: Imagekit, monkeypatch: pytest.MonkeyPatch, as_json: tuple[str, ...]
) -> None:
    def defect(_: object) -> None:
        message = "our own mistake"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(module.cli, "invoke", defect)
    ended = imagekit("plan", *as_json)
    assert ended.code == 1
    assert "our own mistake" in ended.err
    if ended.out:
        assert as_json
        assert json.loads(ended.out)["schema"] == 1
