"""Without an engine: exit 5, and the one command that helps."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import APPS, Run


@pytest.fixture(params=["unix", "tcp"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    # Port 9 of loopback is `discard`, which nobody serves any more.
    return f"unix://{tmp_path}/no.sock" if request.param == "unix" else "tcp://127.0.0.1:9"


VERBS = {
    "build": (APPS / "hello_web",),
    "verify": ("hello_web:dev",),
    "inspect": ("hello_web:dev",),
}


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_that_needs_one(
    imagekit: Run, nowhere: str, verb: str, flags: tuple[str, ...]
) -> None:
    ended = imagekit(verb, *VERBS[verb], *flags, DOCKER_HOST=nowhere)
    assert ended.code == 5
    assert "Traceback" not in ended.err
    assert nowhere in ended.err
    assert "`imagekit doctor`" in ended.err
    assert "imagekit explain engine-missing\n" in ended.err
    if flags:
        assert ended.json["error"]["exit_code"] == 5
    else:
        assert ended.out == ""


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_doctor_says_what_is_missing(imagekit: Run, nowhere: str, flags: tuple[str, ...]) -> None:
    ended = imagekit("doctor", *flags, DOCKER_HOST=nowhere)
    assert ended.code == 5
    assert "Traceback" not in ended.err
    shown = ended.out if not flags else "\n".join(str(item) for item in ended.json["items"])
    assert "missing" in shown
    assert "Docker" in shown


@pytest.mark.parametrize("verb", ["detect", "plan", "dockerfile"])
def test_a_verb_that_needs_none(imagekit: Run, nowhere: str, verb: str) -> None:
    ended = imagekit(verb, APPS / "hello_web", DOCKER_HOST=nowhere)
    assert (ended.code, ended.err) == (0, "")
