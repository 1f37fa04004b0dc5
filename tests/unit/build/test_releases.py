"""Several releases: common stages once, and all images or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from imagekit.build import releases
from imagekit.build.releases import OneRelease, build_releases
from imagekit.build.run import BuildOptions
from imagekit.build.secrets import network_access
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.events import BuildEvent
from imagekit.engine.images import ImageStore
from imagekit.errors import BuildFailed
from imagekit.plan.compose import compose
from imagekit.plan.model import Plan
from tests.unit.plan.projects import recipe, settings, umbrella

PLANS = tuple(
    compose(umbrella(), settings(release=name), recipe())
    for name in ("jobs_release", "web_release")
)
WANTED = tuple(OneRelease(plan=plan, access=network_access(settings(), Path())) for plan in PLANS)


@contextmanager
def showing(_: Plan) -> Iterator[Callable[[BuildEvent], None]]:
    yield lambda _: None


def run(
    monkeypatch: pytest.MonkeyPatch, options: BuildOptions, failing: str = ""
) -> list[BuildOptions]:
    asked: list[BuildOptions] = []

    def build(
        _: object, plan: Plan, __: object, ___: object, given: BuildOptions, ____: object
    ) -> BuildResult:
        asked.append(given)
        if plan.name == failing:
            raise BuildFailed(stage="app", step="RUN x", output=())
        return BuildResult(
            image_id=plan.name,
            digest=None,
            config_digest=None,
            stages=(),
            timestamps_rewritten=False,
            seconds=1.0,
        )

    monkeypatch.setattr(releases, "build", build)
    build_releases(cast("Engine", None), WANTED, Path(), options, showing)
    return asked


def test_a_build_without_a_cache_runs_common_stages_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = run(monkeypatch, BuildOptions(no_cache=True))
    assert (first.no_cache, first.no_cache_stages) == (True, ())
    assert (second.no_cache, second.no_cache_stages) == (False, ("assets", "release", "runtime"))


def test_with_a_cache_there_is_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in run(monkeypatch, BuildOptions()):
        assert (each.no_cache, each.no_cache_stages) == (False, ())


def test_when_one_fails_the_others_go(monkeypatch: pytest.MonkeyPatch) -> None:
    gone: list[str] = []
    monkeypatch.setattr(ImageStore, "discard", lambda _, image: gone.append(image))
    with pytest.raises(BuildFailed):
        run(monkeypatch, BuildOptions(), failing="web_release")
    assert gone == ["jobs_release"]
