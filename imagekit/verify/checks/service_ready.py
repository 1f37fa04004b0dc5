"""Services beside the app: each becomes ready within its time."""

from __future__ import annotations

from typing import assert_never

from imagekit.verify import wording
from imagekit.verify.check import PreparationCheck, Skipped, Verdict, verdict
from imagekit.verify.diagnose import last_output, state_words
from imagekit.verify.expectation import Expectation
from imagekit.verify.services.model import (
    CommandSucceeds,
    OutputSays,
    Preparation,
    Service,
    ServiceFacts,
    TakesConnections,
)


def _run(prepared: Preparation, expected: Expectation) -> Verdict:
    del expected
    if not prepared.services:
        return Skipped(
            reason="no service is configured ([[verify.service]]), and no dependency asks for one"
        )
    left_out = prepared.left_out
    problems = tuple(
        problem
        for each in prepared.services
        if each.ready_after is None and not each.left_out
        for problem in _problems(each)
    )
    if left_out is not None and not problems:
        return Skipped(
            reason=f"{left_out.service.image}, for {left_out.service.source}, cannot be had here: "
            f"{left_out.absent}"
        )
    ready = [
        f"{_named(each.service)} after {wording.seconds(each.ready_after)}"
        for each in prepared.services
        if each.ready_after is not None
    ]
    return verdict(f"ready: {', '.join(ready)}", problems)


def _named(service: Service) -> str:
    return f"{service.name} ({service.image})"


def _problems(found: ServiceFacts) -> tuple[str, ...]:
    service = found.service
    if found.refused is not None:
        return (
            f"{_named(service)} was not started: {found.refused}",
            f"It is of {service.source}.",
        )
    if found.state is None:
        return (f"the image of {_named(service)} cannot be had: {found.absent}",)
    within = f" within {wording.seconds(service.within)}" if found.state.running else ""
    return (
        f"{_named(service)} did not become ready{within}: {_awaited(service)}",
        f"{state_words(found.state)} It is of {service.source}.",
        last_output(found.output),
    )


def _awaited(service: Service) -> str:
    match service.ready:
        case TakesConnections(port=port):
            return f"port {port} takes no connection"
        case CommandSucceeds(argv=argv):
            return f"`{wording.line(' '.join(argv), 80)}` does not end with exit code 0"
        case OutputSays(text=text):
            return f"its output does not say {wording.line(text, 80)!r}"
        case _:
            assert_never(service.ready)


CHECK = PreparationCheck(id="service.ready", title="the services beside it are ready", run=_run)
