"""Distillery for real. Opt-in: its packages are not among ours, and no mirror has them.

`IMAGEKIT_DISTILLERY_SRC` names a checkout of Distillery, with one of Artificery beside it.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import APPS, Ran

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(
        "IMAGEKIT_DISTILLERY_SRC" not in os.environ,
        reason="IMAGEKIT_DISTILLERY_SRC names no checkout of Distillery, which no mirror has",
    ),
]

STRICT = (
    *("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--tmpfs=/tmp:mode=1777,exec", "--env=GREETING=hello", "--env=PROVIDED=from outside"),
)
SCRIPT = "/app/bin/distilled"


@pytest.fixture(scope="module", params=["debian", "minimal"])
def built(
    request: pytest.FixtureRequest, imagekit: Callable[..., Ran], engine: Engine
) -> Iterator[tuple[str, Ran]]:
    tag = f"imagekit.test/{uuid4().hex[:12]}:dev"
    flags = ("--recipe", request.param, "--tag", tag, "--json")
    yield tag, imagekit("build", APPS / "distilled", *flags)
    store = ImageStore(engine=engine)
    if store.exists(tag):
        store.remove(tag)


@pytest.fixture
def image(built: tuple[str, Ran]) -> str:
    tag, ran = built
    assert (ran.exit_code, ran.failed_checks) == (0, []), ran.stderr
    return tag


@pytest.fixture(params=["", "monster-monster"], ids=["alone", "with a cookie"])
def running(request: pytest.FixtureRequest, image: str) -> Iterator[tuple[str, str]]:
    """A ready container, and the cookie that it was given."""
    cookie = request.param
    given = (f"--env=RELEASE_COOKIE={cookie}",) if cookie else ()
    container = docker("run", "--detach", *STRICT, *given, image)[1]
    try:
        for _ in range(300):
            if "Distilled Ready" in docker("logs", container)[1]:
                break
            time.sleep(0.1)
        yield container, cookie
    finally:
        docker("rm", "--force", container)


def docker(*arguments: str) -> tuple[int, str]:
    made = subprocess.run(
        ("docker", *arguments), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return made.returncode, made.stdout.decode().strip()


def test_it_builds_boots_and_is_verified(built: tuple[str, Ran]) -> None:
    _, ran = built
    assert (ran.exit_code, ran.failed_checks) == (0, []), ran.stderr
    checks = {each["id"]: each["outcome"] for each in ran.document["verification"]["checks"]}
    asked = ("files.cookie", "boot.ready", "boot.stop", "boot.limits", "boot.user", "commands.eval")
    assert {each: checks[each] for each in asked} == dict.fromkeys(asked, "passed")
    assert [each["group"] for each in ran.document["layers"] if each["group"] != "os"] == [
        *("erts", "deps", "app")
    ]


def test_variables_and_config_providers_reach_it(running: tuple[str, str]) -> None:
    said = docker("logs", running[0])[1]
    assert "Distilled Ready: hello, from outside" in said
    assert "RELEASES" not in said  # what its scripts complain of where there are no upgrades


def test_it_answers_ping_and_rpc_when_it_was_given_a_cookie(running: tuple[str, str]) -> None:
    container, cookie = running
    code, said = docker("exec", container, SCRIPT, "ping")
    assert (code, "pong" in said) == ((0, True) if cookie else (1, False)), said
    if not cookie:
        assert "set RELEASE_COOKIE" in said
        return
    assert docker("exec", container, SCRIPT, "pid") == (0, "1")
    asked = "IO.inspect({node(), :erlang.system_info(:port_limit)})"
    assert '{:"distilled@127.0.0.1", 65536}' in docker("exec", container, SCRIPT, "rpc", asked)[1]


def test_only_a_cookie_starts_epmd(running: tuple[str, str]) -> None:
    container, cookie = running
    assert ("epmd" in docker("top", container)[1]) is bool(cookie)


def test_a_custom_command_runs_beside_it_and_as_a_job(running: tuple[str, str], image: str) -> None:
    assert "migrated for hello" in docker("exec", running[0], SCRIPT, "migrate")[1]
    job = docker("run", "--rm", *STRICT, image, "migrate")
    assert (job[0], "migrated for hello" in job[1]) == (0, True), job[1]


SEARCH = """
for each in /app/releases/*/*; do
    [ -f "$each" ] && while read -r line; do
        case "$line" in *must-not-be-in-the-image*) echo "$each" ;; esac
    done <"$each"
done
:"""


def test_the_cookie_of_the_repository_is_nowhere(image: str) -> None:
    searched = docker("run", "--rm", "--entrypoint=/bin/sh", image, "-c", SEARCH)
    assert searched == (0, "")
