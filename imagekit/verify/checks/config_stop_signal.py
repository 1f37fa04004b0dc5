"""The stop signal: one that a program can catch, and the one the plan says."""

from __future__ import annotations

from typing import Final

from imagekit.image import Image
from imagekit.verify.check import ConfigCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.signals import DEFAULT_SIGNAL, signal_name

_UNCATCHABLE: Final = frozenset({"SIGKILL", "SIGSTOP"})


def _run(image: Image, expected: Expectation) -> Verdict:
    said = image.config.stop_signal
    name = signal_name(said) if said else DEFAULT_SIGNAL
    problems: list[str] = []
    if name is None:
        problems.append(f"STOPSIGNAL {said} is no signal")
    elif name in _UNCATCHABLE:
        problems.append(f"STOPSIGNAL {name} cannot be caught: every stop is a crash")
    elif expected.stop_signal is not None and name != expected.stop_signal:
        problems.append(f"STOPSIGNAL is {name}, the plan says {expected.stop_signal}")
    return verdict(name or "" if said else f"{DEFAULT_SIGNAL}, the default", tuple(problems))


CHECK = ConfigCheck(id="config.stop-signal", title="is stopped by a signal it can catch", run=_run)
