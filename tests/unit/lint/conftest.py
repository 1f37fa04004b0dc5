"""The command line as a function, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from imagekit.cli.main import main


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        document = json.loads(self.out)
        assert document["schema"] == 1
        return document


Lint = Callable[..., Ended]


@pytest.fixture
def run_lint(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Lint]:
    """Run `imagekit lint`, without other linters, in an empty folder that is no repository's."""
    for name in os.environ:
        if name.startswith("IMAGEKIT_"):
            monkeypatch.delenv(name)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    handler = signal.getsignal(signal.SIGTERM)

    def run(*arguments: object, hadolint: bool = False) -> Ended:
        capsys.readouterr()
        given = [str(each) for each in arguments]
        off = ["--no-buildkit"] if hadolint else ["--no-buildkit", "--no-hadolint"]
        code = main(["lint", *given, *off])
        printed = capsys.readouterr()
        return Ended(code=code, out=printed.out, err=printed.err)

    yield run
    signal.signal(signal.SIGTERM, handler)
