"""Judging facts: order, events, skips, and that no secret gets out."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.engine.container import Process
from imagekit.errors import EngineLost
from imagekit.settings.load import load
from imagekit.verify.checks import CHECKS
from imagekit.verify.expectation import Expectation, expect_from_plan
from imagekit.verify.facts import BootFacts, NoAnswer
from imagekit.verify.gather import Gathered
from imagekit.verify.model import Checked, Outcome, VerificationReport, VerifyEvent
from imagekit.verify.report import FORMATS
from imagekit.verify.run import judge

from .examples import (
    BOOTED,
    EXPECTED,
    IMAGE,
    OK,
    SERVED,
    SERVICE,
    booted,
    ended,
    files,
    image,
    not_ready,
    plan,
    prepared,
)


def report(boot: BootFacts | None = BOOTED, expected: Expectation = EXPECTED) -> VerificationReport:
    return judge(Gathered(image=IMAGE, files=files(), boot=boot), expected, lambda _: None)


def test_a_good_image_passes() -> None:
    found = report()
    assert found.passed
    assert found.image is IMAGE
    assert {each.outcome for each in found.results} == {Outcome.PASSED, Outcome.SKIPPED}


def test_results_stand_in_the_order_of_the_registry_and_are_told_as_they_come() -> None:
    events: list[VerifyEvent] = []
    found = judge(Gathered(image=IMAGE, files=files(), boot=BOOTED), EXPECTED, events.append)
    assert [each.id for each in found.results] == [check.id for check in CHECKS]
    assert events == [Checked(result=each) for each in found.results]


def test_without_a_boot_its_checks_are_skipped() -> None:
    found = report(None, replace(EXPECTED, boot=False))
    skipped = {each.id for each in found.results if each.detail == "no boot was asked for"}
    booting = {check.id for check in CHECKS if check.needs not in ("config", "files", "structure")}
    assert skipped == booting
    assert found.passed


def test_a_boot_that_was_wanted_and_did_not_happen_is_not_green() -> None:
    assert not report(None).passed


def test_services_that_are_not_ready_fail_it_and_nothing_is_booted() -> None:
    waiting = prepared(service=replace(SERVED, ready_after=None))
    expected = replace(EXPECTED, services=(SERVICE,))
    found = judge(
        Gathered(image=IMAGE, files=files(), boot=None, prepared=waiting), expected, lambda _: None
    )
    assert found.failed == ("service.ready",)
    ready = next(each for each in found.results if each.id == "boot.ready")
    assert ready.detail == "its services were not ready: see service.ready"
    assert not found.passed


def test_a_failed_boot_skips_what_needed_it() -> None:
    found = report(not_ready(state=ended(1), output="environment variable X_Y is missing"))
    outcomes = {each.id: each.outcome for each in found.results}
    assert found.failed == ("boot.ready",)
    assert {outcomes[f"boot.{name}"] for name in ("http", "stop", "clean", "output")} == {
        Outcome.SKIPPED
    }


def test_the_same_facts_give_the_same_report() -> None:
    def still() -> float:
        return 0.0

    facts = Gathered(image=IMAGE, files=files(), boot=BOOTED)
    first = judge(facts, EXPECTED, lambda _: None, monotonic=still)
    second = judge(facts, EXPECTED, lambda _: None, monotonic=still)
    assert first == second


@pytest.mark.parametrize("length", [8, 64])
@given(seed=st.integers(), place=st.sampled_from(["output", "body", "state", "command", "path"]))
def test_a_generated_secret_never_appears_in_a_report(length: int, seed: int, place: str) -> None:
    random = Random(seed)

    def secrets(count: int) -> str:
        return "".join(random.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(count))

    settings = load(f"[verify]\nenv = {{ SALT = {{ generate = {length} }} }}", {}, {})
    expected = expect_from_plan(plan("SECRET_KEY_BASE"), settings, secrets)
    told = " ".join(expected.environment.values())
    boot = {
        "output": not_ready(state=ended(1), output=f"** (RuntimeError) {told}\n{told}\n"),
        "body": not_ready(answer=replace(OK, status=500, body=told, headers=(("location", told),))),
        "state": not_ready(state=replace(ended(127), error=f"exec: {told}: not found")),
        "command": booted(processes=(Process(pid=1, parent=0, state="S", command=f"epmd {told}"),)),
        "path": not_ready(silence=NoAnswer(kind="not-http", problem=told)),
    }[place]
    facts = replace(files(), image=image(user=told, entrypoint=(told,), labels={"x": told}))
    events: list[VerifyEvent] = []
    found = judge(Gathered(image=facts.image, files=facts, boot=boot), expected, events.append)
    for secret in expected.hidden:
        assert secret not in repr(found.results)
        assert secret not in repr(found.to_json())
        assert secret not in repr(events)


LOST = EngineLost(during="starting a container", problem="connection refused")


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        (Gathered(image=IMAGE), set()),
        (Gathered(image=IMAGE, boot=BOOTED), {"boot"}),
        (Gathered(image=IMAGE, files=files(), boot=BOOTED), {"boot", "config", "files"}),
    ],
    ids=["nothing", "a boot", "a boot and the files"],
)
def test_an_engine_that_goes_away_leaves_what_was_known(facts: Gathered, known: set[str]) -> None:
    found = judge(facts, EXPECTED, lambda _: None, lost=LOST)
    assert not found.passed
    assert found.failed == ()
    ran = {
        check.needs
        for check, result in zip(CHECKS, found.results, strict=True)
        if result.outcome is not Outcome.SKIPPED
    }
    assert ran == known
    missing = [each for each in found.results if each.detail.startswith("not known: ")]
    assert missing
    assert {each.detail for each in missing} == {
        "not known: The engine stopped answering during starting a container."
    }


def test_a_report_of_an_engine_that_went_away_is_nowhere_green() -> None:
    found = judge(Gathered(image=IMAGE), EXPECTED, lambda _: None, lost=LOST)
    assert found.to_json()["incomplete"] == LOST.what
    assert "incomplete: The engine stopped answering" in FORMATS["markdown"](found, None)
    suite = ET.fromstring(FORMATS["junit"](found, None))
    assert suite.get("errors") == "1"
    assert [each.get("type") for each in suite.iter("error")] == ["engine-lost"]
    assert FORMATS["github"](found, None).startswith("::error")
