"""What was compiled, beside the cache: which seeds a build reads and writes, and what is said."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.build.cache import OF_A_SEED, SharedCache, tag_of
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
from imagekit.build.seeded import Seeded, unlisted, unread, unwritten
from imagekit.cli.build_cache import cache_note
from imagekit.engine.buildx import BuildResult
from imagekit.engine.events import StageResult
from imagekit.errors import BaseImageNotFound, BuildFailed, RegistryUnanswered
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
    assert to_read(SEED, PLAN, knew=None) == to_read(SEED, PLAN, knew="cached") == SEED.reads
    for knew in ("built", "kept", "unlisted"):
        assert to_read(SEED, PLAN, knew=knew) == ()
    nothing_compiled = replace(PLAN, stages=PLAN.stages[-1:])
    assert to_read(SEED, nothing_compiled, knew=None) == ()


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
BUILT, KEPT, LISTLESS, LEFT = (replace(STRANGER, knew=each) for each in get_args(Known))
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
    "said before of what was all cached": ((APP_RAN,), Seeded(), LEFT, None),
    "until a seed tells": ((APP_RAN,), READ, LEFT, "keep"),
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
        (CACHED, UNKNOWN, None, "cached"),
        (CACHED, Seeded(), "cached", "cached"),
        (APP_RAN, Seeded(), "cached", "unlisted"),
        (CACHED, Seeded(read=SEED.reads), "cached", "built"),
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
