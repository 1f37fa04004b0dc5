"""The small builds around a build: what is asked of the builder, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from imagekit import eject
from imagekit.build import seeding as seeding_module
from imagekit.build.run import BuildOptions
from imagekit.build.seed import SharedSeed
from imagekit.build.seeded import UNLISTED, Seeded, unlisted
from imagekit.build.seeding import LIMIT_SECONDS, Seeding
from imagekit.engine import buildx
from imagekit.engine.buildx import BuildRequest, BuildResult, IntoBuilder, IntoRegistry
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent
from imagekit.errors import BuildFailed, ImagekitError, RegistryUnanswered
from tests.unit.build.test_seed import (
    APP_RAN,
    CACHED,
    FROM_A_CACHE,
    PLACE,
    PLAN,
    RAN,
    RESULT,
    SEED,
    with_stages,
)


class Builder:
    """Takes requests, and fails those that it is told to."""

    def __init__(self, *ends: ImagekitError | None) -> None:
        self.ends = list(ends)
        self.asked: list[BuildRequest] = []

    def __call__(
        self, _: Engine, request: BuildRequest, __: Callable[[BuildEvent], None]
    ) -> BuildResult:
        self.asked.append(request)
        if self.ends and (end := self.ends.pop(0)) is not None:
            raise end
        return RESULT


@pytest.fixture
def seeding(tmp_path: Path) -> Seeding:
    return Seeding(
        engine=cast("Engine", None),
        plan=PLAN,
        seed=SEED,
        options=BuildOptions(
            platform="linux/arm64",
            builder="ci",
            build_contexts={"x": "y"},
            build_args={"BUILDKIT_CACHE_MOUNT_NS": "mine", "OTHER": "x"},
        ),
        known=lambda: tmp_path / "builders" / "this",
        scrub=lambda text: text.replace("secret", "[hidden]"),
    )


def test_each_seed_is_read_by_itself_and_none_fails_the_build(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = BuildFailed(stage="x", step="y", output=("no layer at secret",))
    builder = Builder(broken, None)
    monkeypatch.setattr(buildx, "build", builder)
    done = seeding.before()
    assert done.read == (SEED.reads[1],)
    assert [(each.cache, each.problem) for each in done.problems] == [
        (SEED.reads[0], "no layer at [hidden]")
    ]
    for request, seed in zip(builder.asked, SEED.reads, strict=True):
        assert f"FROM {seed} AS" in request.dockerfile
        assert f"/imagekit/seed fill /seed /compiled {SEED.names[0]}\n" in request.dockerfile
        assert request.output == IntoBuilder()
        assert (request.platform, request.builder) == ("linux/arm64", "ci")
        assert request.build_contexts == {"x": "y", "imagekit": eject.SCRIPTS}
        assert request.limit_seconds == LIMIT_SECONDS
        assert request.build_args.keys() == {"NONCE", "BUILDKIT_CACHE_MOUNT_NS"}
        assert request.build_args["BUILDKIT_CACHE_MOUNT_NS"] == "mine"
    first, second = (request.build_args["NONCE"] for request in builder.asked)
    assert first != second


def test_it_is_kept_as_an_image_and_the_builder_is_known_from_then_on(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    monkeypatch.setattr(buildx, "build", builder)
    done = seeding.after((with_stages(deps=False),), Seeded(read=SEED.reads))
    assert done == Seeded(written=True)
    (request,) = builder.asked
    words = " ".join(request.dockerfile.replace("\\", "").split())
    assert f"/imagekit/seed keep /compiled /seed {' '.join(SEED.looked_up)} &&" in words
    assert request.output == IntoRegistry(reference=f"{PLACE}:cart-compiled")
    assert not request.no_cache
    assert replace(seeding).before() == Seeded()
    assert len(builder.asked) == 1


def test_the_first_build_for_a_seed_keeps_what_builds_before_it_compiled(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    monkeypatch.setattr(buildx, "build", builder)
    assert seeding.after((CACHED,), Seeded()) == Seeded(written=True)
    assert replace(seeding).after((CACHED,), Seeded()) == Seeded()
    assert len(builder.asked) == 1


def test_a_build_that_compiles_nothing_leaves_the_builder_a_stranger(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildx, "build", Builder())
    assets = replace(seeding, seed=SEED.limited(reads=True, writes=False))
    assert assets.after((with_stages(assets=False),), Seeded()) == Seeded()
    assert replace(assets).wanted == SEED.reads
    assert assets.after((APP_RAN,), Seeded()) == Seeded()
    assert replace(assets).wanted == ()


def test_that_nothing_can_be_kept_is_said_once(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder(BuildFailed(stage="x", step="y", output=(UNLISTED,)))
    monkeypatch.setattr(buildx, "build", builder)
    done = seeding.after((APP_RAN,), Seeded())
    assert [each.problem for each in done.problems] == [UNLISTED]
    assert replace(seeding).after((APP_RAN,), Seeded()) == Seeded()
    assert len(builder.asked) == 1
    assert replace(seeding).after((RAN,), Seeded()) == Seeded(written=True)


def test_where_dependencies_come_out_of_a_cache_nothing_is_started(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    monkeypatch.setattr(buildx, "build", builder)
    done = seeding.after((FROM_A_CACHE,), Seeded())
    assert done == Seeded(problems=(unlisted(f"{PLACE}:cart-compiled"),))
    assert replace(seeding).after((FROM_A_CACHE,), Seeded()) == Seeded()
    assert builder.asked == []


UNANSWERED = RegistryUnanswered(during="x", output=("refused",))
SLOW = BuildFailed(stage="x", step="y", output=("canceled",))


@pytest.mark.parametrize(("end", "limit"), [(UNANSWERED, LIMIT_SECONDS), (SLOW, 0.0)])
def test_who_does_not_answer_is_not_asked_again(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch, end: ImagekitError, limit: float
) -> None:
    builder = Builder(end)
    monkeypatch.setattr(buildx, "build", builder)
    monkeypatch.setattr(seeding_module, "LIMIT_SECONDS", limit)
    done = seeding.before()
    assert len(builder.asked) == len(done.problems) == 1
    assert seeding.after((RAN,), done) == Seeded()
    assert len(builder.asked) == 1


def test_a_seed_that_is_not_written_is_a_note(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = RegistryUnanswered(during="x", output=("refused",))
    monkeypatch.setattr(buildx, "build", Builder(refused))
    done = seeding.after((with_stages(app=False),), Seeded())
    assert (done.written, [each.during for each in done.problems]) == (False, ["write"])


def test_where_nothing_is_shared_nothing_is_asked(
    seeding: Seeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    monkeypatch.setattr(buildx, "build", builder)
    alone = replace(seeding, seed=SharedSeed(), known=lambda: None)
    assert alone.before() == alone.after((with_stages(deps=False),), Seeded()) == Seeded()
    assert builder.asked == []
