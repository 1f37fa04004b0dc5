"""The pytest plugin, used as a project uses it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore

pytestmark = pytest.mark.engine

IMAGE = "debian:trixie-slim"
TESTS = """
def test_it_is_ready(booted):
    assert booted.base_url is None
    assert booted.execute("/bin/sh", "-c", "echo here") == (0, "here\\n")
    assert booted.logs() == ""
    assert booted.rpc("1 + 1") == "ran 1 + 1\\n"
    assert booted.stop() is None
"""
SETTINGS = '[verify.budget]\nstop = "1s"\n'


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_image.py").write_text(TESTS)
    (folder / "imagekit.toml").write_text(SETTINGS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = (sys.executable, "-m", "pytest", "-q", str(folder), "--rootdir", str(folder))
    # By module, whether or not it is installed with its entry point: pytest refuses it twice.
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(
        (*command, "-p", "imagekit.pytest_plugin", "-p", "no:cacheprovider", *arguments),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=alone,
    )


def test_an_image_that_ends_at_once_fails_with_the_reason(engine: Engine, tmp_path: Path) -> None:
    if not ImageStore(engine=engine).exists(IMAGE):
        pytest.skip(f"the engine has no {IMAGE}: run .ci/images")
    ran = run(tmp_path, "--imagekit-image", IMAGE)
    assert ran.returncode == 1
    assert "Its command ended at once, with exit code 0, before it was ready." in ran.stdout


def test_a_container_that_is_ready(engine: Engine, tmp_path: Path) -> None:
    if not ImageStore(engine=engine).exists(IMAGE):
        pytest.skip(f"the engine has no {IMAGE}: run .ci/images")
    name = "imagekit.test/sleeps:dev"
    (tmp_path / "app").write_text(
        '#!/bin/sh\n[ "$1" = start ] && exec sleep 60\n[ "$1" = rpc ] && echo "ran $2"\n'
    )
    (tmp_path / "Dockerfile").write_text(
        f'FROM {IMAGE}\nCOPY --chmod=755 app /srv/bin/app\nENTRYPOINT ["/srv/bin/app"]\n'
        'CMD ["start"]\n'
    )
    build = ("docker", "build", "-q", "-t", name, str(tmp_path))
    subprocess.run(build, check=True, capture_output=True)
    try:
        ran = run(tmp_path, "--imagekit-image", name)
        assert ran.returncode == 0, ran.stdout
    finally:
        subprocess.run(("docker", "rmi", "-f", name), check=True, capture_output=True)


def test_without_a_name_it_says_what_to_do(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert ran.returncode == 1
    assert "name the image with --imagekit-image" in ran.stdout
