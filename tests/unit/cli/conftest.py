"""A small project on disk, and the command line as a function."""

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

MIX_EXS = """\
defmodule Shop.MixProject do
  use Mix.Project

  def project do
    [app: :shop, version: "1.2.3", elixir: "~> 1.15", deps: [{:jason, "~> 1.4"}]]
  end

  def application, do: [mod: {Shop.Application, []}]
end
"""
UMBRELLA = """\
defmodule Mall.MixProject do
  use Mix.Project

  def project do
    [
      apps_path: "apps",
      releases: [jobs: [applications: [jobs: :permanent]], web: [applications: [web: :permanent]]]
    ]
  end
end
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document of stdout."""
        document = json.loads(self.out)
        assert document["schema"] == 1
        return document


Imagekit = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _as_on_a_fresh_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in os.environ:
        if name.startswith("IMAGEKIT_"):
            monkeypatch.delenv(name)
    handlers = {
        each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    yield
    for each, handler in handlers.items():
        signal.signal(each, handler)


@pytest.fixture
def imagekit(capsys: pytest.CaptureFixture[str]) -> Imagekit:
    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        printed = capsys.readouterr()
        return Ended(code=code, out=printed.out, err=printed.err)

    return run


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A plain app."""
    files = {"mix.exs": MIX_EXS, "lib/shop.ex": "", "mix.lock": "%{}\n"}
    return write(tmp_path / "shop", files)


@pytest.fixture
def mall(tmp_path: Path) -> Path:
    """An umbrella with two releases."""
    children = {
        f"apps/{name}/mix.exs": MIX_EXS.replace("Shop", name.title()).replace("shop", name)
        for name in ("jobs", "web")
    }
    return write(tmp_path / "mall", {"mix.exs": UMBRELLA, "mix.lock": "%{}\n", **children})
