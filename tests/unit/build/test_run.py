"""What a build shows while it runs, and the error it ends with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from imagekit import eject
from imagekit.build.run import BuildOptions, build
from imagekit.build.secrets import network_access
from imagekit.engine import buildx
from imagekit.engine.buildx import BuildRequest, BuildResult, IntoEngine, SecretText
from imagekit.engine.client import Engine
from imagekit.engine.events import (
    BuildEvent,
    StageResult,
    Step,
    StepFailed,
    StepOutput,
    StepStarted,
)
from imagekit.errors import BuildFailed, LockOutOfStep, RegistryUnanswered
from imagekit.plan.compose import compose
from imagekit.settings.load import load
from tests.unit.plan.projects import project, recipe, settings

MIRROR = "https://hex.example.internal/repo"
STEP = Step(stage="fetch", number=1, count=2, text="RUN mix deps.get")
RESULT = BuildResult(
    image_id="sha256:0",
    digest=None,
    config_digest=None,
    stages=(),
    timestamps_rewritten=False,
    seconds=1.0,
)
PLAN = compose(project(), settings(), recipe())
Builder = Callable[[Engine, BuildRequest, Callable[[BuildEvent], None]], BuildResult]


def run(
    monkeypatch: pytest.MonkeyPatch, builder: Builder, options: BuildOptions | None = None
) -> list[BuildEvent]:
    """Run a build whose builder is a function; give the events it showed."""
    return ran(monkeypatch, builder, options)[1]


def ran(
    monkeypatch: pytest.MonkeyPatch, builder: Builder, options: BuildOptions | None = None
) -> tuple[BuildResult, list[BuildEvent]]:
    """Run it; give its result, too."""
    monkeypatch.setattr(buildx, "build", builder)
    shown: list[BuildEvent] = []
    access = network_access(load(None, {"IMAGEKIT_NETWORK_HEX_MIRROR": MIRROR}, {}), Path())
    options = options or BuildOptions()
    result = build(cast("Engine", None), PLAN, Path("/p"), access, options, shown.append)
    return result, shown


def test_the_builder_is_asked_for_what_was_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[BuildRequest] = []

    def builder(_: Engine, request: BuildRequest, *__: object) -> BuildResult:
        asked.append(request)
        return RESULT

    options = BuildOptions(target="deps", build_args={"A": "1"}, build_contexts={"x": "folder"})
    run(monkeypatch, builder, options)
    (request,) = asked
    assert request.dockerfile == eject.dockerfile(PLAN)
    assert request.dockerignore == eject.dockerignore(PLAN)
    assert request.output == IntoEngine(tag=None)
    assert request.build_contexts == {"x": "folder", "imagekit": eject.SCRIPTS}
    assert request.build_args == {"A": "1"}
    assert [secret.id for secret in request.secrets] == ["hex_mirror"]


@pytest.mark.parametrize(
    "options", [BuildOptions(no_cache=True), BuildOptions(no_cache_stages=("app",))]
)
def test_without_the_cache_the_steps_take_nothing_out_of_cache_mounts(
    monkeypatch: pytest.MonkeyPatch, options: BuildOptions
) -> None:
    asked: list[BuildRequest] = []

    def builder(_: Engine, request: BuildRequest, *__: object) -> BuildResult:
        asked.append(request)
        return RESULT

    run(monkeypatch, builder, options)
    assert told_to_scripts(asked[0]) == "cold"


def test_what_is_used_of_earlier_builds_is_noted_under_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[BuildRequest] = []

    def builder(_: Engine, request: BuildRequest, *__: object) -> BuildResult:
        asked.append(request)
        return RESULT

    run(monkeypatch, builder, BuildOptions(compiled_as=("a1",)))
    run(monkeypatch, builder, BuildOptions(compiled_as=("a1", "b2"), no_cache=True))
    assert [told_to_scripts(each) for each in asked] == ["name a1", "cold\nname a1\nname b2"]


def told_to_scripts(request: BuildRequest) -> str:
    mirror, secret = request.secrets
    assert (mirror.id, secret.id) == ("hex_mirror", "imagekit_compiled")
    assert isinstance(secret.source, SecretText)
    return secret.source.text


def test_no_event_shows_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    def builder(
        _: Engine, __: BuildRequest, on_event: Callable[[BuildEvent], None], ___: object
    ) -> BuildResult:
        on_event(StepStarted(step=STEP))
        on_event(StepOutput(step=STEP, lines=("from", f"GET {MIRROR}/x")))
        on_event(StepFailed(step=STEP, problem=f"no answer: {MIRROR}", status=1))
        return RESULT

    shown = run(monkeypatch, builder)
    assert shown == [
        StepStarted(step=STEP),
        StepOutput(step=STEP, lines=("from", "GET [hidden]/x")),
        StepFailed(step=STEP, problem="no answer: [hidden]", status=1),
    ]


def test_a_stage_of_a_build_beside_it_is_not_told_as_one_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    foreign = replace(STEP, stage="stage-1")
    results = tuple(
        StageResult(name=name, cached=False, seconds=1) for name in ("fetch", "stage-1")
    )

    def builder(
        _: Engine, __: BuildRequest, on_event: Callable[[BuildEvent], None], ___: object
    ) -> BuildResult:
        on_event(StepStarted(step=STEP))
        on_event(StepStarted(step=foreign))
        return replace(RESULT, stages=results)

    result, shown = ran(monkeypatch, builder)
    assert [event.step.stage for event in shown] == ["fetch", None]
    assert result.stages == results[:1]


def failing(error: Exception) -> Builder:
    def builder(_: Engine, __: BuildRequest, *___: object) -> BuildResult:
        raise error

    return builder


def test_an_error_names_the_cause_and_does_not_show_the_mirror(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = (f"GET {MIRROR}", "Your mix.lock is out of date")
    failed = BuildFailed(stage="fetch", step="RUN mix deps.get", output=output, status=1)
    with pytest.raises(LockOutOfStep) as raised:
        run(monkeypatch, failing(failed))
    assert raised.value.output == ("GET [hidden]", "Your mix.lock is out of date")


def test_nor_does_one_that_the_engine_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RegistryUnanswered) as raised:
        run(monkeypatch, failing(RegistryUnanswered(during="pull", output=(MIRROR,))))
    assert raised.value.output == ("[hidden]",)


def test_nothing_of_it_is_left_in_the_chain_of_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = BuildFailed(stage="app", step="RUN x", output=(MIRROR,))
    with pytest.raises(BuildFailed) as raised:
        run(monkeypatch, failing(failed))
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
