"""What is asked of the running release, as a node: one boot for all of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import Skipped, TrialCheck, Verdict, verdict
from imagekit.verify.diagnose import explain
from imagekit.verify.expectation import Expectation
from imagekit.verify.trial.compose import patient
from imagekit.verify.trial.model import AwaitReady, Subject, Trial, TrialFacts
from imagekit.verify.trial.node import NOFILE, as_node, pid, rpc, told

Judge = Callable[[TrialFacts, Expectation], Verdict]

_DEFAULT_PORTS: Final = 65536
_MOST_PORTS: Final = 2**27 - 1
"""More no OTP makes, whatever the limit."""
_CLOCK_SECONDS: Final = 60
_ZONE_LIMIT: Final = 14 * 3600
_NOT_ASKED: Final = "`rpc` did not answer: see commands.rpc"


def _trials(subject: Subject) -> tuple[Trial, ...] | Skipped:
    trial = as_node(subject)
    if trial is None:
        return Skipped(reason="it starts no release made by Mix or Distillery")
    return (trial,)


def _run(judge: Judge, tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    if found.boot.ready_after is None:
        why = explain(found.boot, found.trial.expected)
        return verdict("", ("with distribution on it does not become ready", *why))
    return judge(found, expected)


def _rpc(found: TrialFacts, expected: Expectation) -> Verdict:
    del expected
    code, output = rpc(found)
    if not told(found):
        return verdict("", (f"`rpc` led to {_code(code)}: {_last(output)}",))
    return verdict("`rpc` ran in the running VM", ())


def _pid(found: TrialFacts, expected: Expectation) -> Verdict:
    del expected
    code, output = pid(found)
    number = output.strip()
    if code != 0 or not number.isdecimal():
        return verdict("", (f"`pid` led to {_code(code)}: {_last(output)}",))
    return verdict(f"`pid` says {number}", ())


def _stop(found: TrialFacts, expected: Expectation) -> Verdict:
    grace = wording.seconds(expected.budget.stop)
    stop = found.stop
    if stop is None:
        return Skipped(reason="it was not stopped")
    if stop.exit_code is None:
        return verdict("", (f"still running {grace} after `stop`: {_last(found.executed[-1][1])}",))
    took = wording.seconds(stop.seconds)
    if stop.exit_code != 0:
        return verdict("", (f"`stop` led to exit code {stop.exit_code} after {took}",))
    return verdict(f"`stop` led to exit code 0 after {took}", (), seconds=stop.seconds)


def _nofile_trials(subject: Subject) -> tuple[Trial, ...]:
    """Boot what has nobody to ask under the limit all the same: a table so large shows."""
    name = "many open files"
    bare = Trial(name=name, expected=patient(subject.expected), act=AwaitReady(), nofile=NOFILE)
    return (as_node(subject) or bare,)


def _nofile(tried: tuple[TrialFacts, ...], expected: Expectation) -> Verdict:
    (found,) = tried
    if not isinstance(found.trial.act, AwaitReady):
        return _run(_ports, tried, expected)
    if found.boot.ready_after is None:
        why = explain(found.boot, found.trial.expected)
        return verdict("", (f"under nofile {found.nofile} it does not become ready", *why))
    if found.nofile is None:
        return Skipped(reason="the engine's machine allows no `nofile` of 2^20 to try it with")
    return verdict(f"ready under nofile {found.nofile}; no port table to ask for", ())


def _ports(found: TrialFacts, expected: Expectation) -> Verdict:
    del expected
    limit = told(found).get("ports", "")
    if not limit.isdecimal():
        return Skipped(reason=_NOT_ASKED)
    if found.nofile is None:
        return Skipped(
            reason=f"{limit} ports; the engine's machine allows no `nofile` of 2^20 to try it with"
        )
    nofile = f"nofile {found.nofile}"
    if int(limit) > _DEFAULT_PORTS and int(limit) >= min(found.nofile, _MOST_PORTS):
        sized = f"under {nofile} the port table has {limit} places: it is sized by the limit"
        fix = "ERL_AFLAGS=+Q 65536, or +Q in vm.args"
        return verdict("", (f"{sized}, and takes gigabytes where that is 2^30 ({fix})",))
    return verdict(f"{limit} ports under {nofile}", ())


def _clock(found: TrialFacts, expected: Expectation) -> Verdict:
    del expected
    answers = told(found)
    if not answers:
        return Skipped(reason=_NOT_ASKED)
    problems = []
    # It was asked at most the time of all commands before; what is off by more is wrong.
    away = abs(found.told_at - int(answers["now"]))
    if away > _CLOCK_SECONDS + found.seconds:
        problems.append(f"its clock is {wording.seconds(away)} off this machine's")
    zone, offset = answers["zone"], int(answers["offset"])
    if zone and answers["zone_file"] != "true":
        problems.append(
            f"TZ={zone}, and /usr/share/zoneinfo/{zone} is not in the image: local time is UTC "
            "without a word (install tzdata, or leave TZ out)"
        )
    if abs(offset) > _ZONE_LIMIT:
        problems.append(f"local time is {wording.seconds(abs(offset))} away from UTC")
    shown = "UTC" if offset == 0 else f"UTC{offset / 3600:+g} h"
    return verdict(f"the clock is right, local time is {shown}", tuple(problems))


def _code(code: int | None) -> str:
    return "no end in time" if code is None else f"exit code {code}"


def _last(output: str) -> str:
    return wording.line(output[-300:], 160) or "it said nothing"


def _check(name: str, title: str, judge: Judge) -> TrialCheck:
    return TrialCheck(id=name, title=title, trials=_trials, run=partial(_run, judge))


RPC: Final = _check("commands.rpc", "runs `rpc` in the running VM", _rpc)
PID: Final = _check("commands.pid", "tells its `pid`", _pid)
STOP: Final = _check("commands.stop", "ends on `stop` with exit code 0", _stop)
UNDER_NOFILE: Final = TrialCheck(
    id="boot.nofile",
    title="does not size its port table by `nofile`",
    trials=_nofile_trials,
    run=_nofile,
)
CLOCK: Final = _check("boot.clock", "has a sane clock and time zone", _clock)
