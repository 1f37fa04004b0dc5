"""What a build reads and writes of the cache in a registry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.build.branch import Branches
from imagekit.build.cache import (
    SharedCache,
    fits_nothing,
    shared_cache,
    tag_of,
    why_nothing_fits,
)
from imagekit.engine.buildx import BuildResult
from imagekit.engine.events import StageResult
from imagekit.errors import InvalidReference
from imagekit.plan.compose import compose
from imagekit.refs import Reference
from imagekit.resolved import Resolved
from tests.unit.plan.projects import project, recipe, settings

PLACE = "registry.example.internal/shop/cache"


def branches(current: str | None, main: str = "main", *, request: bool = False) -> Branches:
    return Branches(
        current=None if current is None else Resolved(value=current, source="test"),
        main=Resolved(value=main, source="test"),
        request=request,
    )


def cache(of: Branches, place: str = PLACE, **rest: str) -> SharedCache:
    return shared_cache(place, of, release=rest.get("release"), platform=rest.get("platform"))


def test_a_branch_reads_its_own_and_the_main_one_and_writes_its_own() -> None:
    found = cache(branches("cart"))
    assert found.reads == (f"{PLACE}:cart", f"{PLACE}:main")
    assert found.writes == f"{PLACE}:cart"
    assert found.cache_from == (
        f"type=registry,ref={PLACE}:cart",
        f"type=registry,ref={PLACE}:main",
    )
    assert found.cache_to == (
        f"type=registry,ref={PLACE}:cart,mode=max,image-manifest=true,oci-mediatypes=true",
    )


def test_the_main_branch_is_read_once() -> None:
    assert cache(branches("main")) == SharedCache(reads=(f"{PLACE}:main",), writes=f"{PLACE}:main")


def test_a_commit_of_no_branch_writes_nothing() -> None:
    found = cache(branches(None))
    assert found == SharedCache(reads=(f"{PLACE}:main",))
    assert found.cache_to == ()


def test_a_request_reads_what_the_branch_of_its_name_wrote_and_writes_what_none_reads() -> None:
    found = cache(branches("main", request=True))
    assert found.writes == f"{PLACE}:request-main"
    assert found.reads == (f"{PLACE}:request-main", f"{PLACE}:main")
    found = cache(branches("release-2.0", request=True))
    assert found.writes == f"{PLACE}:request-release-2.0"
    assert found.reads == (
        f"{PLACE}:request-release-2.0",
        f"{PLACE}:release-2.0",
        f"{PLACE}:main",
    )


BRANCH = st.one_of(st.text(min_size=1), st.from_regex(r"(request-|branch-)*[a-z]+", fullmatch=True))


@given(BRANCH, BRANCH)
def test_no_branch_reads_what_a_request_writes(stranger: str, branch: str) -> None:
    assert cache(branches(stranger, request=True)).writes not in cache(branches(branch)).reads


@given(BRANCH, BRANCH)
def test_each_branch_and_each_request_has_a_tag_of_its_own(one: str, other: str) -> None:
    for request in (False, True):
        first, second = (cache(branches(each, request=request)) for each in (one, other))
        assert (first.writes == second.writes) == (one == other)


def test_releases_platforms_and_tags_are_kept_apart() -> None:
    one = cache(branches("main"), release="web").writes
    assert one == f"{PLACE}:main-web"
    other = cache(branches("main"), platform="linux/arm64").writes
    assert other is not None
    assert other.startswith(f"{PLACE}:main-linux-arm64-")
    assert cache(branches("main"), f"{PLACE}:cache").writes == f"{PLACE}:cache-main"


@pytest.mark.parametrize("place", [f"{PLACE}@sha256:{'0' * 64}", "a/Upper", "a b"])
def test_what_is_no_place_to_write_to_is_refused(place: str) -> None:
    with pytest.raises(InvalidReference):
        cache(branches("main"), place)


@given(st.text(min_size=1))
def test_any_branch_gives_a_tag(branch: str) -> None:
    tag = tag_of(branch)
    assert Reference.parse(f"a:{tag}").tag == tag


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_branches_have_two_tags(one: str, other: str) -> None:
    assert (tag_of(one) == tag_of(other)) == (one == other)


def test_names_that_differ_only_in_what_no_tag_can_hold() -> None:
    assert tag_of("feature/a") != tag_of("feature-a") == "feature-a"
    assert len(tag_of("x" * 300)) == 128
    assert tag_of("x" * 300) != tag_of("x" * 299)


RESULT = BuildResult(
    image_id=None,
    digest=None,
    config_digest=None,
    stages=(
        StageResult(name="toolchain", cached=False, seconds=1.0),
        StageResult(name="fetch", cached=False, seconds=1.0),
    ),
    timestamps_rewritten=False,
    seconds=2.0,
    caches_read=(f"{PLACE}:main",),
)


def test_a_cache_of_which_nothing_fits_is_told_with_what_this_build_begins_with() -> None:
    assert fits_nothing(RESULT)
    assert not fits_nothing(replace(RESULT, caches_read=()))
    used = replace(RESULT, stages=(*RESULT.stages, StageResult(name="x", cached=True, seconds=0)))
    assert not fits_nothing(used)
    plan = compose(project(), settings(), recipe())
    assert plan.stages[0].base.value in why_nothing_fits(plan)
