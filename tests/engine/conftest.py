"""Engine tests: what the fixtures need to build here, and imagekit run as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.sweep import OWNER_LABEL
from imagekit.errors import EngineError

ROOT = Path(__file__).parents[2]
APPS = ROOT / "fixtures" / "apps"


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine, or the reason why these tests do not run."""
    try:
        return Engine.connect(os.environ)
    except EngineError as err:
        if request.config.getoption("--require-engine"):
            raise
        pytest.skip(f"{err.what} {err.advice}")


@pytest.fixture(scope="session")
def settings(engine: Engine) -> Mapping[str, str]:
    """The environment in which fixtures build: their Hex registry answers."""
    made = subprocess.run(
        [ROOT / "fixtures" / "environment"], check=True, capture_output=True, text=True
    )
    lines = (line.partition("=") for line in made.stdout.splitlines())
    return {name: value for name, _, value in lines}


@dataclass(frozen=True, kw_only=True)
class Ran:
    """One run of the command line."""

    exit_code: int
    stdout: str
    stderr: str
    pid: int

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)

    @property
    def failed_checks(self) -> list[str]:
        """Checks that failed, each with what it says; a JSON document on stdout tells."""
        verification = (self.document if self.stdout.startswith("{") else {}).get("verification")
        checks = (verification or {"checks": []})["checks"]
        return [f"{each['id']}: {each['detail']}" for each in checks if each["outcome"] == "failed"]


@pytest.fixture(scope="session")
def imagekit(settings: Mapping[str, str]) -> Callable[..., Ran]:
    """Run imagekit as a process, as a user does."""

    def run(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Ran:
        process = subprocess.Popen(
            [sys.executable, "-m", "imagekit", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **settings, **(environment or {})},
        )
        stdout, stderr = process.communicate(timeout=600)
        return Ran(exit_code=process.returncode, stdout=stdout, stderr=stderr, pid=process.pid)

    return run


@pytest.fixture(scope="module")
def names(engine: Engine) -> Iterator[Callable[[], str]]:
    """Names of images; the images are gone afterwards."""
    made: list[str] = []

    def name() -> str:
        made.append(f"imagekit.test/{uuid4().hex[:12]}:dev")
        return made[-1]

    yield name
    store = ImageStore(engine=engine)
    for each in reversed(made):
        if store.exists(each):
            store.remove(each)


@pytest.fixture
def copy_app(tmp_path: Path) -> Callable[[str], Path]:
    """Copy a fixture app to where a test may change it."""

    def copy(name: str) -> Path:
        left_out = shutil.ignore_patterns("_build", "deps", "node_modules")
        return shutil.copytree(APPS / name, tmp_path / Path(name).name, ignore=left_out)

    return copy


def left_by(engine: Engine, pid: int) -> list[str]:
    """What a process of imagekit started and did not remove. Others may be running now."""
    with engine.calls("listing what a run left") as api:
        wanted = {"label": OWNER_LABEL}
        found = [
            *api.containers(all=True, filters=wanted),
            *api.networks(filters=wanted),
            *(api.volumes(filters=wanted).get("Volumes") or ()),
        ]
    owners = (each["Labels"][OWNER_LABEL] for each in found)
    return [owner for owner in owners if owner.split("/")[-2] == str(pid)]
