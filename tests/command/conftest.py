"""The real command line, started as a process somewhere else than in this folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

REPOSITORY: Final = Path(__file__).parents[2]
APPS: Final = REPOSITORY / "fixtures" / "apps"


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a process ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document of stdout."""
        return json.loads(self.out)


Run = Callable[..., Ended]


def environment(home: Path, **changes: str) -> dict[str, str]:
    """An environment without what this machine and its users set."""
    plain = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**plain, **changes}


@pytest.fixture
def python(tmp_path: Path) -> Run:
    """Run Python with these arguments, in an empty folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(*arguments: object, cwd: Path = folder, **variables: str) -> Ended:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=cwd,
            env=environment(tmp_path, **variables),
            capture_output=True,
            check=False,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def imagekit(python: Run) -> Run:
    """Run `python -m imagekit` with these arguments."""

    def run(*arguments: object, **options: Any) -> Ended:
        return python("-m", "imagekit", *arguments, **options)

    return run
