"""A builder is known by what it is and by what it built."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from imagekit.build import known_builders
from imagekit.build.known_builders import note, note_of, recall
from imagekit.build.seed import Known, SharedSeed
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
    note(None, "built")
    assert recall(None) is None


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


def test_a_folder_that_cannot_be_looked_into_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = file(tmp_path)
    note(known, "built")

    def read_text(_: Path, **__: str) -> str:
        raise PermissionError

    monkeypatch.setattr(Path, "read_text", read_text)
    assert recall(known) is None


@pytest.mark.parametrize("known", get_args(Known))
def test_what_is_noted_is_remembered(tmp_path: Path, known: Known) -> None:
    assert recall(file(tmp_path)) is None
    note(file(tmp_path), known)
    assert recall(file(tmp_path)) == known


def test_what_no_version_of_ours_wrote_is_that_it_was_built(tmp_path: Path) -> None:
    note(known := file(tmp_path), "kept")
    assert known is not None
    known.write_text("")
    assert recall(known) == "built"


def test_other_cache_mounts_are_another_builder_s(tmp_path: Path) -> None:
    api = engine(FakeApi(info={"ID": "A"}))
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    assert note_of(api, BUILDER, SEED, environment, mounts="mine") != file(tmp_path)


def test_those_of_the_last_builds_are_remembered(tmp_path: Path) -> None:
    for number in range(known_builders.KEPT + 3):
        note(file(tmp_path, identity=str(number)), "built")
    assert len(list((tmp_path / "imagekit" / "builders").iterdir())) == known_builders.KEPT


def test_a_folder_that_cannot_be_written_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "imagekit").touch()
    note(file(tmp_path), "built")
