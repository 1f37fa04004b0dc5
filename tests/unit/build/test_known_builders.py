"""A builder is known by what it is and by what it built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagekit.build import known_builders
from imagekit.build.known_builders import is_known, note, note_of
from imagekit.build.seed import SharedSeed
from imagekit.engine.builder import Builder
from tests.unit.engine.fakes import FakeApi, api_error, engine

BUILDER = Builder(buildx="0.13", name="default", driver="docker", buildkit="", platforms=())
SEED = SharedSeed(names=("cart", "main"))


def file(
    tmp_path: Path, identity: str = "A", builder: Builder = BUILDER, main: str = "main"
) -> Path | None:
    seed = SharedSeed(names=("cart", main))
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    return note_of(engine(FakeApi(info={"ID": identity})), builder, seed, environment)


def test_another_engine_builder_or_project_is_another(tmp_path: Path) -> None:
    known = file(tmp_path)
    assert known == file(tmp_path)
    others = {
        file(tmp_path, identity="B"),
        file(tmp_path, builder=replace(BUILDER, name="ci")),
        file(tmp_path, main="other"),
    }
    assert known not in others
    assert len(others) == 3


def test_an_engine_that_does_not_tell_who_it_is_is_a_stranger(tmp_path: Path) -> None:
    assert file(tmp_path, identity="") is None
    note(None)
    assert not is_known(None)


def in_container(tmp_path: Path, found: object, driver: str = "docker-container") -> Path | None:
    api = FakeApi(info={"ID": "A"}, inspect_container=found)
    builder = replace(BUILDER, name="ci", driver=driver)
    known = note_of(engine(api), builder, SEED, {"XDG_CACHE_HOME": str(tmp_path)})
    assert api.called("inspect_container") in ([], [("buildx_buildkit_ci0",)])
    return known


def test_a_builder_that_was_made_anew_under_its_name_is_another(tmp_path: Path) -> None:
    one, same, other = (in_container(tmp_path, {"Id": each}) for each in "aab")
    assert one == same != other
    assert None not in (one, other)


def test_a_builder_that_nothing_tells_from_others_is_a_stranger(tmp_path: Path) -> None:
    assert in_container(tmp_path, api_error(404, "No such container")) is None
    assert in_container(tmp_path, {"Id": "a"}, driver="kubernetes") is None


def test_without_a_home_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", home)
    assert note_of(engine(FakeApi(info={"ID": "A"})), BUILDER, SEED, {}) is None


def test_a_folder_that_cannot_be_looked_into_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def exists(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "exists", exists)
    assert not is_known(Path("x"))


def test_those_of_the_last_builds_are_remembered(tmp_path: Path) -> None:
    for number in range(known_builders.KEPT + 3):
        note(file(tmp_path, identity=str(number)))
    assert len(list((tmp_path / "imagekit" / "builders").iterdir())) == known_builders.KEPT


def test_a_folder_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "imagekit").touch()
    note(file(tmp_path))
