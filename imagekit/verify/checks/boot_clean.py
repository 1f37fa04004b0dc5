"""Nothing left behind: no zombies, no epmd, nothing written to the root file system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from imagekit.engine.container import Process
from imagekit.verify import wording
from imagekit.verify.check import BootCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_EPMD: Final = "epmd"
_SHOWN: Final = 10


def _run(boot: BootFacts, expected: Expectation) -> Verdict:
    if boot.stop is None:
        return Skipped(reason=wording.NEVER_READY)
    problems = []
    # Whoever turns distribution on for the boot wants epmd: it is how nodes find each other.
    # Started by a VM that is PID 1, it leaves one zombie (phoenixframework/phoenix#5342).
    distributed = _distributed(expected.environment)
    zombies = [name for name in boot.zombies or () if not (distributed and name == _EPMD)]
    if zombies:
        problems.append(f"zombies, ended and never reaped: {wording.some(zombies, _SHOWN)}")
    problems += [
        f"epmd runs beside it: {_shown(each)} (set RELEASE_DISTRIBUTION=none, or -start_epmd false)"
        for each in boot.processes
        if _program(each) == _EPMD and not distributed
    ]
    if boot.changes:
        paths = wording.some(boot.changes, _SHOWN)
        problems.append(f"written to the root file system: {paths}")
    seen = "zombies not looked for (no shell)" if boot.zombies is None else "no zombie"
    return verdict(f"{len(boot.processes)} processes, {seen}, nothing written", tuple(problems))


def _distributed(environment: Mapping[str, str]) -> bool:
    mode = environment.get("RELEASE_DISTRIBUTION")
    return mode != "none" if mode else "RELEASE_COOKIE" in environment


def _program(process: Process) -> str:
    words = process.command.split()
    return PurePosixPath(words[0]).name if words else ""


def _shown(process: Process) -> str:
    return f"`{wording.line(process.command, 80)}` (pid {process.pid})"


CHECK = BootCheck(id="boot.clean", title="leaves nothing behind", run=_run)
