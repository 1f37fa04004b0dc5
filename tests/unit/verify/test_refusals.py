"""What the engine refuses: it fails or skips what wanted it, and everything else is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagekit.engine.scope import RunScope
from imagekit.resolved import Resolved
from imagekit.verify.behind import look_behind
from imagekit.verify.boot import boot
from imagekit.verify.check import Skipped
from imagekit.verify.expectation import Expectation
from imagekit.verify.gather import Gathered
from imagekit.verify.model import Booting, NotReady, Outcome, VerificationReport, VerifyEvent
from imagekit.verify.prepare import prepare
from imagekit.verify.run import judge
from imagekit.verify.structure.commands import run_commands
from imagekit.verify.structure.model import StructureFile, StructureTests
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.model import AwaitEnd
from imagekit.verify.trial.together import together
from tests.unit.engine.fakes import FakeApi, api_error, engine

from .examples import EXPECTED, SERVICE, files, image, trial
from .test_boot import Time

NOTHING = image(entrypoint=(), command=())
SMALL = api_error(400, "Minimum memory limit allowed is 6MB")


def scope(**answers: object) -> RunScope:
    names = ("create_host_config", "create_endpoint_config", "create_networking_config")
    options = {name: dict[str, object]() for name in names}
    return RunScope(engine=engine(FakeApi(**{**options, **answers})), run_id="r")


def judged(facts: Gathered, expected: Expectation = EXPECTED) -> VerificationReport:
    return judge(facts, expected, lambda _: None)


def test_an_image_with_nothing_to_start_is_told_what_is_wrong_with_it() -> None:
    events: list[VerifyEvent] = []
    refused = scope(create_container=api_error(400, "No command specified"))
    found = boot(refused, "hello:dev", EXPECTED, events.append)
    assert [type(each) for each in events] == [Booting, NotReady]
    read = replace(files(), image=NOTHING)
    report = judged(Gathered(image=NOTHING, files=read, boot=found))
    assert report.failed == ("config.entry", "boot.ready")
    ready = next(each for each in report.results if each.id == "boot.ready")
    assert ready.detail == "The engine refused creating a container: No command specified."
    assert ready.problems == (ready.detail,)
    assert {each.outcome for each in report.results if each.id.startswith(("boot.", "stop."))} == {
        Outcome.FAILED,
        Outcome.SKIPPED,
    }


def test_a_look_into_the_image_that_is_refused_ends_nothing() -> None:
    refused = scope(create_container=SMALL)
    expected = replace(EXPECTED, program=None)
    assert look_behind(refused, "hello:dev", NOTHING, expected) == expected


def test_a_further_boot_that_is_refused_skips_its_check() -> None:
    wanted = {"a": (trial(act=AwaitEnd()),), "b": (trial(act=AwaitEnd()),)}
    told = together(scope(create_container=SMALL), "hello:dev", wanted, Time().clock(), Stopwatch())
    reason = "The engine refused creating a container: Minimum memory limit allowed is 6MB."
    assert told == dict.fromkeys("ab", Skipped(reason=reason))


@pytest.mark.parametrize("during", ["create_network", "create_container"])
def test_services_that_are_refused_fail_and_nothing_is_booted(during: str) -> None:
    answers = {"create_network": {}, "inspect_image": {"Id": "x"}, during: SMALL}
    expected = replace(EXPECTED, services=(SERVICE,))
    expected, prepared = prepare(
        scope(**answers), "hello:dev", expected, lambda _: None, Stopwatch()
    )
    report = judged(Gathered(image=image(), files=files(), prepared=prepared), expected)
    assert report.failed == ("service.ready",)
    ready = next(each for each in report.results if each.id == "service.ready")
    what = f"creating a {during.removeprefix('create_')}"
    assert f"was not started: The engine refused {what}: Minimum memory" in ready.detail


def test_a_migration_that_is_refused_fails() -> None:
    migrate = Resolved(value=("/app/bin/migrate",), source="x")
    expected = replace(EXPECTED, migrate=migrate)
    refused = scope(create_container=SMALL)
    expected, prepared = prepare(refused, "hello:dev", expected, lambda _: None, Stopwatch())
    report = judged(Gathered(image=image(), files=files(), prepared=prepared), expected)
    assert report.failed == ("commands.migrate",)
    assert len(prepared.migrations) == 1


def test_a_command_test_that_is_refused_has_a_problem() -> None:
    tests = {"schemaVersion": "2.0.0", "commandTests": [{"name": "runs", "command": "true"}]}
    file = StructureFile(name="x.yaml", tests=StructureTests.model_validate(tests))
    (told,) = run_commands(scope(create_container=SMALL), image(), (file,))
    assert told.problem.endswith("creating a container: Minimum memory limit allowed is 6MB.")
