"""The whole path on real apps: source tree, image, boot; and what is left when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import APPS, Ran, left_by

pytestmark = pytest.mark.engine

RELEASES = {
    "hello_web": ("hello_web", (), ["erts", "deps", "assets", "app"]),
    "umbrella web": ("umbrella", ("--release", "web_release"), ["erts", "deps", "assets", "app"]),
    "umbrella jobs": ("umbrella", ("--release", "jobs_release"), ["erts", "deps", "app"]),
    "worker": ("worker", (), ["erts", "deps", "app"]),
}


@pytest.fixture
def tag(engine: Engine) -> Iterator[str]:
    """A name of its own for each test, gone afterwards."""
    name = f"imagekit.test/{uuid4().hex[:12]}:dev"
    yield name
    store = ImageStore(engine=engine)
    if store.exists(name):
        store.remove(name)


@pytest.mark.parametrize(("app", "flags", "groups"), RELEASES.values(), ids=RELEASES.keys())
def test_it_builds_boots_and_reports(
    imagekit: Callable[..., Ran],
    engine: Engine,
    tag: str,
    app: str,
    flags: tuple[str, ...],
    groups: list[str],
) -> None:
    ran = imagekit("build", APPS / app, *flags, "--tag", tag, "--json")
    assert (ran.exit_code, ran.failed_checks) == (0, []), ran.stderr
    document = ran.document
    assert document["schema"] == 1
    assert document["verification"]["passed"]
    layers = document["layers"]
    above = [each["group"] for each in layers if each["group"] != "os"]
    assert above == groups
    assert [each["group"] for each in layers[: len(layers) - len(above)]] == ["os"] * (
        len(layers) - len(above)
    )
    image = document["image"]
    for size in ("unpacked_bytes", "compressed_bytes"):
        assert image[size] == sum(each[size] for each in layers) > 0
    assert image["reference"] == tag
    assert ImageStore(engine=engine).inspect(tag).digest == image["digest"]
    assert left_by(engine, ran.pid) == []


def test_a_second_build_runs_nothing_and_gives_the_same_image(
    imagekit: Callable[..., Ran], tag: str
) -> None:
    arguments = ("build", APPS / "worker", "--tag", tag, "--no-verify", "--json")
    first, second = imagekit(*arguments).document, imagekit(*arguments).document
    assert {each["name"]: each["cached"] for each in second["stages"]} == dict.fromkeys(
        (each["name"] for each in first["stages"]), True
    )
    assert second["image"] == first["image"]
    assert second["verification"] is None


BROKEN = {
    "no_mix_exs": (3, "project-not-recognised", "it has no mix.exs"),
    "mix_exs_syntax_error": (3, "source-syntax-error", "mix.exs:5:5"),
    "unknown_config_key": (2, "unknown-key", "Perhaps you meant `recipe`"),
    "lock_out_of_step": (6, "lock-out-of-step", "mix.lock does not match"),
    "dependency_does_not_compile": (6, "dependency-not-compiled", 'undefined variable "missing"'),
    "needs_rust": (6, "rust-not-found", "A dependency needs Rust, and the builder has none"),
    "dies_at_boot": (7, "verification-failed", "the ledger is not where it should be"),
    "never_listens": (7, "verification-failed", "Port 4000 was never opened"),
}


def test_every_broken_fixture_has_its_row() -> None:
    assert {each.name for each in (APPS / "broken").iterdir()} == set(BROKEN)


@pytest.mark.parametrize(("name", "expected"), BROKEN.items(), ids=BROKEN.keys())
def test_a_broken_project_has_its_own_error_and_leaves_nothing(
    imagekit: Callable[..., Ran],
    engine: Engine,
    tag: str,
    name: str,
    expected: tuple[int, str, str],
) -> None:
    exit_code, page, said = expected
    ran = imagekit("build", APPS / "broken" / name, "--tag", tag)
    assert (ran.exit_code, ran.stdout) == (exit_code, "")
    assert said in ran.stderr
    assert f"imagekit explain {page}" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not ImageStore(engine=engine).exists(tag)
    assert left_by(engine, ran.pid) == []


def test_the_distributions_own_toolchain_gives_an_image_that_boots(
    imagekit: Callable[..., Ran], tag: str
) -> None:
    ran = imagekit(
        "build", APPS / "hello_web", "--toolchain", "distribution", "--tag", tag, "--json"
    )
    assert ran.exit_code == 0, ran.stderr
    assert ran.document["verification"]["passed"]
    checks = {each["id"]: each["detail"] for each in ran.document["verification"]["checks"]}
    assert "its configuration has SECRET_KEY_BASE (hello_web)" in checks["boot.secrets"]


def test_a_hex_mirror_that_is_down_is_worth_another_try(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path], tag: str
) -> None:
    app = copy_app("worker")
    # A requirement is seen by dependencies: nothing of this is in a cache.
    wish = f'"~> 1.0 or == 9.9.{uuid4().int % 10**9}"'
    mix_exs = app / "mix.exs"
    mix_exs.write_text(mix_exs.read_text().replace('"~> 1.0"', wish))
    down = {"IMAGEKIT_NETWORK_HEX_MIRROR": "http://127.0.0.1:9/hex-of-nobody"}
    ran = imagekit("build", app, "--tag", tag, environment=down)
    assert ran.exit_code == 75, ran.stderr
    assert "A registry did not answer" in ran.stderr
    assert "hex-of-nobody" not in ran.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_ends_with_130_and_leaves_nothing(
    engine: Engine,
    settings: Mapping[str, str],
    tag: str,
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    command = (sys.executable, "-m", "imagekit", "build", str(APPS / "worker"), "--tag", tag)
    process = subprocess.Popen(
        (*command, "--no-cache", "--progress", "plain"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **settings, "TMPDIR": str(tmp_path)},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "RUN" in line:
            break
    time.sleep(0.5)
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (130, "")
    assert not ImageStore(engine=engine).exists(tag)
    assert list(tmp_path.iterdir()) == []
    assert left_by(engine, process.pid) == []
