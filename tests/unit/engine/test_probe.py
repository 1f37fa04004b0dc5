"""What `imagekit doctor` reports."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from imagekit.engine import probe
from imagekit.engine.client import Engine
from imagekit.engine.probe import Item, ItemState, doctor
from imagekit.engine.process import Finished
from imagekit.errors import EngineMissing, EngineTooOld

from .fakes import FakeApi, FakeProcesses, buildx, engine, finished


def examine(
    monkeypatch: pytest.MonkeyPatch,
    *,
    kind: str = "docker-26-containerd",
    ends: dict[tuple[str, ...], Finished] | None = None,
    **options: Any,
) -> dict[str, Item]:
    used = engine(
        FakeApi(close=None),
        kind=kind,
        processes=FakeProcesses({**buildx(kind), **(ends or {})}),
        **{"root": "/", **options},
    )
    monkeypatch.setattr(Engine, "connect", lambda *_, **__: used)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50 * 1024**3))
    return {item.name: item for item in doctor({})}


def test_an_engine_that_has_everything_but_emulators(monkeypatch: pytest.MonkeyPatch) -> None:
    items = examine(monkeypatch)
    assert list(items) == ["engine", "buildx", "builder", "storage", "limits", "space", "platforms"]
    assert {item.name for item in items.values() if item.state is not ItemState.OK} == {"platforms"}
    assert items["platforms"].lacks == ("builds for linux/arm64",)
    assert all(bool(item.lacks) == bool(item.advice) for item in items.values())


def test_the_classic_store_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    items = examine(monkeypatch, kind="docker-26-classic")
    assert items["storage"].state is ItemState.LACKING
    assert items["storage"].lacks == ("digests of layers and manifests before a push",)
    assert "OCI archives" in items["builder"].lacks


def test_no_engine_is_an_item(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise EngineMissing(host="unix:///x", problem="Connection refused")

    monkeypatch.setattr(Engine, "connect", missing)
    (item,) = doctor({})
    assert (item.name, item.state) == ("engine", ItemState.MISSING)
    assert "Connection refused" in item.lacks
    assert item.advice


def test_an_old_engine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    def old(*_: Any, **__: Any) -> None:
        raise EngineTooOld(component="Docker", version="20.10.24", floor="23.0")

    monkeypatch.setattr(Engine, "connect", old)
    (item,) = doctor({})
    assert (item.state, item.version) == (ItemState.LACKING, "20.10.24")


def test_no_buildx(monkeypatch: pytest.MonkeyPatch) -> None:
    none = finished(status=127, errors="docker: command not found")
    items = examine(monkeypatch, ends={("docker", "buildx", "version"): none})
    assert items["buildx"].state is ItemState.MISSING
    assert "builder" not in items
    assert "platforms" not in items
    assert items["storage"].state is ItemState.OK


def test_a_rootless_engine_without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    items = examine(monkeypatch, unlimited=("cpus", "pids"))
    assert items["limits"].lacks == ("limits of cpus", "limits of pids")


def test_little_space(monkeypatch: pytest.MonkeyPatch) -> None:
    used = engine(root="/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1024**3))
    item = probe.space_item(used)
    assert item.state is ItemState.LACKING
    assert item.version == "1 GiB free in /"


@pytest.mark.parametrize("options", [{"host": "tcp://far:2375"}, {"root": "/no/such/folder"}])
def test_space_that_cannot_be_looked_at_is_not_ok(options: dict[str, str]) -> None:
    item = probe.space_item(engine(**{"root": str(Path.cwd()), **options}))  # type: ignore[arg-type]
    assert item.state is ItemState.UNKNOWN
    assert item.advice
