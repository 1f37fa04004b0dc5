"""What was compiled, beside the cache: which seeds a build reads and writes, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit import eject
from imagekit.build import seeding as seeding_module
from imagekit.build.cache import OF_A_SEED, SharedCache, tag_of
from imagekit.build.run import BuildOptions
from imagekit.build.seed import (
    Known,
    Remembered,
    SharedSeed,
    name_of,
    shared_seed,
    to_keep,
    to_read,
    to_remember,
    toolchain,
)
from imagekit.build.seeded import UNLISTED, Seeded, unlisted, unread, unwritten
from imagekit.build.seeding import LIMIT_SECONDS, Seeding
from imagekit.cli.build_cache import cache_note
from imagekit.engine import buildx
from imagekit.engine.buildx import BuildRequest, BuildResult, IntoBuilder, IntoRegistry
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent, StageResult
from imagekit.errors import BaseImageNotFound, BuildFailed, ImagekitError, RegistryUnanswered
from imagekit.plan.compose import compose
from imagekit.refs import Reference
from tests.unit.plan.projects import project, recipe, settings

PLACE = "registry.example.internal/shop/cache"
CACHE = SharedCache(reads=(f"{PLACE}:cart", f"{PLACE}:main"), writes=f"{PLACE}:cart")
SEED = shared_seed(CACHE, tree="/home/me/shop")
PLAN = compose(project(), settings(), recipe())
RESULT = BuildResult(
    image_id=None,
    digest=None,
    config_digest=None,
    stages=(),
    timestamps_rewritten=False,
    seconds=1.0,
)


def with_stages(**cached: bool) -> BuildResult:
    stages = (StageResult(name=name, cached=was, seconds=1) for name, was in cached.items())
    return replace(RESULT, stages=tuple(stages))


def test_a_seed_lies_beside_each_cache() -> None:
    assert SEED.reads == (f"{PLACE}:cart-compiled", f"{PLACE}:main-compiled")
    assert SEED.writes == f"{PLACE}:cart-compiled"
    assert shared_seed(SharedCache(reads=(f"{PLACE}:main",)), tree="x").writes is None


def test_what_was_used_is_noted_under_names_that_say_nothing() -> None:
    mine, main, tree = SEED.looked_up
    assert SEED.written_under == (mine, tree)
    assert len({mine, main, tree}) == 3
    other = shared_seed(SharedCache(reads=(f"{PLACE}:main",)), tree="/elsewhere")
    assert (main, tree) == (other.written_under[0], name_of("/home/me/shop"))
    assert all(len(name) == 16 and name.isalnum() for name in SEED.looked_up)


def test_a_build_that_shares_nothing_notes_it_too() -> None:
    alone = SharedSeed(tree=name_of("/home/me/shop"))
    assert alone.written_under == alone.looked_up == SEED.looked_up[-1:]


@given(st.text(min_size=1))
def test_no_cache_has_the_tag_of_a_seed(branch: str) -> None:
    tag = tag_of(branch)
    (seed,) = shared_seed(SharedCache(reads=(f"{PLACE}:{tag}",)), tree="x").reads
    found = Reference.parse(seed).tag or ""
    assert found.endswith(OF_A_SEED)
    assert not tag.endswith(OF_A_SEED)


def test_long_branches_have_seeds_of_their_own() -> None:
    tags = (f"{PLACE}:{'x' * 127}{letter}" for letter in "ab")
    one, other = shared_seed(SharedCache(reads=tuple(tags)), tree="x").reads
    assert one != other


def test_only_a_builder_that_has_not_built_the_project_reads() -> None:
    assert to_read(SEED, PLAN, known=False) == SEED.reads
    assert to_read(SEED, PLAN, known=True) == ()
    nothing_compiled = replace(PLAN, stages=PLAN.stages[-1:])
    assert to_read(SEED, nothing_compiled, known=False) == ()


def test_the_image_that_compiles_is_the_toolchain_s() -> None:
    assert toolchain(PLAN) == next(
        each.base.value for each in PLAN.stages if each.name == "toolchain"
    )


RAN = with_stages(deps=False, app=False, release=False)
APP_RAN = with_stages(deps=True, app=False)
CACHED = with_stages(deps=True, app=True, release=False)
FROM_A_CACHE = replace(APP_RAN, caches_read=(f"{PLACE}:main",))
READ = Seeded(read=SEED.reads)
STRANGER = Remembered(knew=None, tellable=True, local=False)
BUILT, KEPT, LISTLESS = (replace(STRANGER, knew=each) for each in get_args(Known))
NEVER_TOLD = replace(STRANGER, tellable=False)

CASES: dict[str, tuple[tuple[BuildResult, ...], Seeded, Remembered, str | None]] = {
    "dependencies": ((RAN,), READ, KEPT, "keep"),
    "the app": ((APP_RAN,), READ, BUILT, "keep"),
    "neither": ((CACHED,), READ, BUILT, None),
    "nothing that compiles": ((with_stages(manifest=False),), READ, BUILT, None),
    "of one release of two": ((CACHED, APP_RAN), READ, BUILT, "keep"),
    "what builds before compiled": ((CACHED,), Seeded(), STRANGER, "keep"),
    "as much, which a seed had": ((CACHED,), READ, STRANGER, None),
    "as much, on who is never told": ((CACHED,), Seeded(), NEVER_TOLD, None),
    "with dependencies of a cache": ((FROM_A_CACHE,), Seeded(), STRANGER, "unlisted"),
    "with those of a seed": ((FROM_A_CACHE,), READ, STRANGER, "keep"),
    "which was said before": ((APP_RAN,), Seeded(), LISTLESS, None),
    "until they are compiled": ((RAN,), Seeded(), LISTLESS, "keep"),
    "the app again, where one works": ((APP_RAN,), Seeded(), replace(KEPT, local=True), None),
    "and what was not kept": ((APP_RAN,), Seeded(), replace(BUILT, local=True), "keep"),
    "the app again, in a CI": ((APP_RAN,), Seeded(), KEPT, "keep"),
    "after no answer": ((RAN,), Seeded(given_up=True), STRANGER, None),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_written_when_something_was_compiled(case: str) -> None:
    results, done, builder, wanted = CASES[case]
    assert to_keep(SEED, PLAN, results, done, builder) == wanted
    assert to_keep(replace(SEED, writes=None), PLAN, results, done, builder) is None


UNKNOWN = Seeded(problems=(unlisted("a/b:c-compiled"),))


@pytest.mark.parametrize(
    ("result", "done", "knew", "known"),
    [
        (RAN, Seeded(written=True), None, "kept"),
        (RAN, Seeded(), "kept", "built"),
        (APP_RAN, Seeded(), "kept", "kept"),
        (APP_RAN, Seeded(), None, "built"),
        (APP_RAN, UNKNOWN, "built", "unlisted"),
        (APP_RAN, Seeded(), "unlisted", "unlisted"),
        (CACHED, Seeded(read=SEED.reads), None, "built"),
        # `--target assets`, for instance.
        (with_stages(assets=False), Seeded(), None, None),
        (CACHED, Seeded(), "built", None),
    ],
)
def test_a_builder_is_known_by_what_it_has(
    result: BuildResult, done: Seeded, knew: Known | None, known: Known | None
) -> None:
    assert to_remember(PLAN, (result,), done, knew=knew) == known


MISSING = BaseImageNotFound(reference="x", problem=f"{SEED.reads[0]}: not found")
SAID = {
    "there is none": (unread(SEED.reads[0], MISSING), f"there is no cache {SEED.reads[0]} yet"),
    "no answer": (
        unread("a/b:c-compiled", RegistryUnanswered(during="x", output=("", "refused"))),
        (
            "the cache a/b:c-compiled cannot be used, and is not needed: refused "
            "(`imagekit explain registry-cache`)"
        ),
    ),
    "broken": (
        unread("a/b:c-compiled", BuildFailed(stage="x", step="RUN y", output=("1", "lost"))),
        (
            "the cache a/b:c-compiled cannot be used, and is not needed: lost "
            "(`imagekit explain registry-cache`)"
        ),
    ),
    "not written": (
        unwritten("a/b:c-compiled", BuildFailed(stage="x", step="RUN y", output=("denied",))),
        "the cache a/b:c-compiled was not written, which the image does not depend on: denied",
    ),
}


@pytest.mark.parametrize(("event", "text"), SAID.values(), ids=SAID.keys())
def test_what_is_said_is_what_is_said_of_a_cache(event: object, text: str) -> None:
    assert cache_note(event) == text  # type: ignore[arg-type]


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
