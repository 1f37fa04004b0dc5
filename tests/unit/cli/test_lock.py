"""`imagekit lock` and `--locked`, with an engine that answers from a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from tests.unit.engine.fakes import FakeApi, engine

from .conftest import Imagekit

OLD, NEW = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    api = FakeApi(inspect_distribution={"Descriptor": {"digest": OLD}})
    monkeypatch.setattr(Engine, "connect", lambda _: engine(api))
    return api


@pytest.mark.usefixtures("registry")
def test_it_writes_pins_and_the_plan_has_them(imagekit: Imagekit, shop: Path) -> None:
    assert imagekit("plan", shop, "--locked").code == 2
    ended = imagekit("lock", shop)
    assert ended.code == 0
    assert "debian:trixie-slim" in ended.out
    assert "wrote imagekit.lock" in ended.err
    shown = imagekit("plan", shop, "--locked").out
    assert f"debian:trixie-slim@{OLD}  (recipe debian, imagekit.lock)" in shown
    dockerfile = imagekit("dockerfile", shop, "--locked").out
    assert f"FROM debian:trixie-slim@{OLD} AS runtime" in dockerfile


def test_again_it_asks_nobody_and_writes_the_same(
    imagekit: Imagekit, shop: Path, registry: FakeApi
) -> None:
    imagekit("lock", shop)
    text = (shop / "imagekit.lock").read_bytes()
    registry.calls.clear()
    registry.answers["inspect_distribution"] = {"Descriptor": {"digest": NEW}}
    assert {each["state"] for each in imagekit("lock", shop, "--json").json["pins"]} == {"kept"}
    assert (registry.calls, (shop / "imagekit.lock").read_bytes()) == ([], text)
    moved = imagekit("lock", shop, "--update", "--json").json["pins"]
    assert {(each["state"], each["digest"]) for each in moved} == {("moved", NEW)}


@pytest.mark.usefixtures("registry")
def test_every_release_is_pinned(imagekit: Imagekit, mall: Path) -> None:
    assert imagekit("lock", mall).code == 0
    for release in ("jobs", "web"):
        assert imagekit("plan", mall, "--release", release, "--locked").code == 0


@pytest.mark.usefixtures("registry")
def test_a_stale_pin_is_refused_by_name(imagekit: Imagekit, shop: Path) -> None:
    imagekit("lock", shop)
    (shop / "imagekit.toml").write_text('elixir = "1.18.4"\n')
    ended = imagekit("dockerfile", shop, "--locked")
    assert (ended.code, ended.out) == (2, "")
    assert "missing: hexpm/elixir:1.18.4-" in ended.err
    assert "stale: hexpm/elixir:1.18.3-" in ended.err
    assert "imagekit explain pin-out-of-step" in ended.err


def test_a_lock_that_is_none_is_an_error_of_every_verb(imagekit: Imagekit, shop: Path) -> None:
    (shop / "imagekit.lock").write_text("version = 1\n[[image]]\nreference = 1\n")
    ended = imagekit("plan", shop)
    assert ended.code == 2
    assert "imagekit.lock" in ended.err


class TestBuild:
    def test_several_releases_need_several_names(self, imagekit: Imagekit, mall: Path) -> None:
        ended = imagekit("build", mall, "--all-releases", "--tag", "mall:dev")
        assert ended.code == 2
        assert "{release}" in ended.err

    def test_all_and_one_cannot_both_be_meant(self, imagekit: Imagekit, mall: Path) -> None:
        assert imagekit("build", mall, "--all-releases", "--release", "web").code == 2

    def test_locked_is_refused_before_the_engine_is_asked(
        self, imagekit: Imagekit, shop: Path
    ) -> None:
        ended = imagekit("build", shop, "--locked")
        assert ended.code == 2
        assert "missing: debian:trixie-slim" in ended.err

    def test_half_an_image_cannot_be_compared(self, imagekit: Imagekit, shop: Path) -> None:
        assert imagekit("build", shop, "--check-reproducible", "--target", "deps").code == 2
