"""An image that starts a script of its own, as `mix phx.gen.release --docker` makes it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import APPS, Ran

pytestmark = pytest.mark.engine

SERVER = """#!/bin/sh
set -eu

cd -P -- "$(dirname -- "$0")"
PHX_SERVER=true exec ./hello_web start
"""
ASKED = {"boot.clock", "boot.dns", "boot.limits", "boot.nofile"} | {
    f"commands.{each}" for each in ("eval", "pid", "rpc", "stop")
}
# No further boots than those of what is asked of the release.
SETTINGS = """[verify]
skip = ["boot.again", "boot.crash", "boot.env", "boot.memory", "boot.port", "boot.secrets",
        "boot.user", "stop.boot", "stop.request"]
"""


@pytest.mark.slow
def test_the_release_behind_an_overlay_script_is_asked(
    imagekit: Callable[..., Ran], names: Callable[[], str], tmp_path: Path
) -> None:
    base, tag = names(), names()
    assert imagekit("build", APPS / "hello_web", "--tag", base, "--no-verify").exit_code == 0
    (tmp_path / "imagekit.toml").write_text(SETTINGS)
    (tmp_path / "server").write_text(SERVER)
    command = 'ENTRYPOINT []\nCMD ["/app/bin/server"]\n'
    dockerfile = f"FROM {base}\nCOPY --chmod=755 server /app/bin/server\n{command}"
    (tmp_path / "Dockerfile").write_text(dockerfile)
    subprocess.run(("docker", "build", "--quiet", "--tag", tag, "."), cwd=tmp_path, check=True)
    # `rpc` is asked of the release before any file of the image is read.
    ran = imagekit("verify", tag, "--project", tmp_path, "--rpc", "1 + 1", "--json")
    assert (ran.exit_code, ran.failed_checks) == (0, []), ran.stderr
    checks = ran.document["verification"]["checks"]
    passed = {each["id"] for each in checks if each["outcome"] == "passed"}
    assert ASKED - passed <= {"boot.nofile"}, checks
