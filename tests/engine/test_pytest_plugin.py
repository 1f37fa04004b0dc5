"""The pytest plugin, used as a project uses it: in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore

pytestmark = pytest.mark.engine

IMAGE = "debian:trixie-slim"
EXAMPLE = Path(__file__).parents[2] / "examples" / "pytest-docker"
TESTS = """
import pytest

def test_it_is_ready(booted):
    assert booted.base_url is None
    assert booted.execute("/bin/sh", "-c", "echo here") == (0, "here\\n")
    assert booted.logs() == ""
    assert booted.rpc("1 + 1") == "ran 1 + 1\\n"
    assert booted.execute("/bin/sh", "-c", "touch /x")[0] != 0

def test_a_service_of_the_settings_is_beside_it(booted):
    assert booted.execute("getent", "hosts", "beside")[0] == 0
    assert booted.execute("/bin/sh", "-c", "echo $BESIDE") == (0, "beside:1\\n")

@pytest.mark.imagekit_limits(memory="64MiB", pids=50, cpus=0.5, user="1000:0", read_only=False)
def test_other_limits(booted):
    assert booted.execute("id", "-u")[1] == "1000\\n"
    files = "/sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
    assert str(64 * 2**20) in booted.execute("/bin/sh", "-c", f"cat {files}; true")[1]
    files = "/sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max"
    assert "50" in booted.execute("/bin/sh", "-c", f"cat {files}; true")[1].split()
    assert booted.execute("/bin/sh", "-c", "echo > /tmp/x && echo > /dev/shm/x")[0] == 0

def test_the_strict_one_is_still_there_and_can_be_stopped(booted):
    assert booted.execute("id", "-u")[1] != "1000\\n"
    assert booted.stop() is None
"""
SETTINGS = f"""
[verify.budget]
stop = "1s"
[[verify.service]]
name = "beside"
image = "{IMAGE}"
command = ["sleep", "60"]
ready = {{ command = ["true"] }}
provides = {{ BESIDE = "{{host}}:1" }}
"""


def run(
    folder: Path, *arguments: str, tests: str = TESTS, plugins: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    if tests:
        (folder / "test_image.py").write_text(tests)
        (folder / "imagekit.toml").write_text(SETTINGS)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    command = (sys.executable, "-m", "pytest", "-q", str(folder), "--rootdir", str(folder))
    # By module, whether or not it is installed with its entry point: pytest refuses it twice.
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    loaded = (part for each in plugins for part in ("-p", each))
    return subprocess.run(
        (*command, "-p", "imagekit.pytest_plugin", "-p", "no:cacheprovider", *loaded, *arguments),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env=alone,
    )


@pytest.fixture
def sleeper(engine: Engine, tmp_path: Path) -> Iterator[str]:
    """An image that looks like a release, and sleeps."""
    if not ImageStore(engine=engine).exists(IMAGE):
        pytest.skip(f"the engine has no {IMAGE}: run .ci/images")
    name = f"imagekit.test/sleeps-{os.getpid()}:dev"
    context = tmp_path / "image"
    context.mkdir()
    (context / "app").write_text(
        '#!/bin/sh\n[ "$1" = start ] && exec sleep 60\n[ "$1" = rpc ] && echo "ran $2"\n'
    )
    (context / "Dockerfile").write_text(
        f'FROM {IMAGE}\nCOPY --chmod=755 app /srv/bin/app\nENTRYPOINT ["/srv/bin/app"]\n'
        'CMD ["start"]\n'
    )
    build = ("docker", "build", "-q", "-t", name, str(context))
    subprocess.run(build, check=True, capture_output=True)
    yield name
    subprocess.run(("docker", "rmi", "-f", name), check=True, capture_output=True)


def test_an_image_that_ends_at_once_fails_with_the_reason(engine: Engine, tmp_path: Path) -> None:
    if not ImageStore(engine=engine).exists(IMAGE):
        pytest.skip(f"the engine has no {IMAGE}: run .ci/images")
    one = "def test_it_is_ready(booted):\n    raise AssertionError\n"
    ran = run(tmp_path, "--imagekit-image", IMAGE, tests=one)
    assert ran.returncode == 1
    assert "Its command ended at once, with exit code 0, before it was ready." in ran.stdout


def test_a_container_that_is_ready(sleeper: str, tmp_path: Path) -> None:
    ran = run(tmp_path, "--imagekit-image", sleeper)
    assert ran.returncode == 0, ran.stdout
    assert "4 passed" in ran.stdout


@pytest.mark.parametrize("limits", ["memory='64m'", "memroy=1"])
def test_limits_that_cannot_be_are_refused(sleeper: str, tmp_path: Path, limits: str) -> None:
    one = f"import pytest\n@pytest.mark.imagekit_limits({limits})\ndef test_it(booted): pass\n"
    (tmp_path / "test_image.py").write_text(one)
    ran = run(tmp_path, "--imagekit-image", sleeper, tests="")
    assert ran.returncode == 1
    assert "the marker imagekit_limits cannot be held to" in ran.stdout


def test_it_works_beside_the_services_of_a_compose_file(sleeper: str, tmp_path: Path) -> None:
    """The example of README.md, as it stands, with the image of this test."""
    known = subprocess.run(("docker", "compose", "version"), check=False, capture_output=True)
    if known.returncode != 0:
        pytest.skip("there is no `docker compose` (Debian: docker-compose 2)")
    folder = shutil.copytree(EXAMPLE, tmp_path / "example")
    ran = run(folder, "--imagekit-image", sleeper, tests="", plugins=("pytest_docker",))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout


def test_without_a_name_it_says_what_to_do(tmp_path: Path) -> None:
    ran = run(tmp_path)
    assert ran.returncode == 1
    assert "name the image with --imagekit-image" in ran.stdout
