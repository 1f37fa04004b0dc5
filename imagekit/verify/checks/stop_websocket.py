"""The stop signal with a WebSocket open: it is closed as RFC 6455 wants, and the VM ends."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient, serving
from imagekit.verify.trial.connected import OPEN_FOR
from imagekit.verify.trial.model import OpenedSocket, StopConnected, Subject, Trial, TrialFacts

_ABNORMAL = 1006


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    expected = subject.expected
    if expected.websocket is None:
        return Skipped(reason="no WebSocket is known: set `websocket` under [verify]")
    if serving(subject) is None:
        return Skipped(reason="no HTTP is expected of it")
    return (
        Trial(
            name=f"{expected.stop_with} with a WebSocket open on {expected.websocket}",
            expected=patient(expected),
            act=StopConnected(path=expected.websocket),
        ),
    )


def _run(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    if found.boot.ready_after is None:
        told = explain(found.boot, found.trial.expected)
        return verdict("", ("it did not become ready when a WebSocket was to be opened", *told))
    socket = found.socket
    if socket is None or socket.problem:
        why = "it was not opened" if socket is None else socket.problem
        return verdict("", (f"there is no WebSocket on {expected.websocket}: {why}",))
    problems = tuple(_problems(socket, found, expected))
    stop = found.stop
    if problems or stop is None or socket.closed is None:
        return verdict("", problems or ("it was not stopped",))
    after = wording.seconds(max(socket.closed_after or 0.0, 0.0))
    took = wording.seconds(stop.seconds)
    return verdict(
        f"closed with {socket.closed.code} {after} after {stop.signal}, exit code 0 after {took}",
        (),
        seconds=stop.seconds,
    )


def _problems(socket: OpenedSocket, found: TrialFacts, expected: Expectation) -> Iterator[str]:
    grace = wording.seconds(expected.budget.stop)
    name = found.trial.name
    closed = socket.closed
    if closed is None:
        yield f"{grace} after {expected.stop_with} the WebSocket is still open"
    elif (socket.closed_after or 0.0) < 0:
        yield (
            f"it was closed with {closed.code} before the signal, within "
            f"{wording.seconds(OPEN_FOR)}: name a path that keeps it open"
        )
    elif closed.code == _ABNORMAL:
        yield "the connection was dropped without a close frame (its clients see 1006)"
    if found.stop is not None and found.stop.exit_code is None:
        yield f"still running {grace} after {name}"
    elif found.stop is not None and found.stop.exit_code != 0:
        yield f"{name} led to exit code {found.stop.exit_code}"


CHECK = TrialCheck(
    id="stop.websocket", title="closes its WebSockets when it stops", trials=_trials, run=_run
)
