"""Why a boot failed, in one sentence and one fix. Pure: exit code, output, state and answer tell.

Rules stand in the order in which they are believed; the first that knows, speaks.
What none knows is said to be unknown: the last output and the state are always shown.
"""

from __future__ import annotations

from typing import Final

from imagekit.engine.container import ContainerState
from imagekit.verify import wording
from imagekit.verify.causes.ended import ENDED
from imagekit.verify.causes.model import Diagnosis
from imagekit.verify.causes.running import RUNNING
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts
from imagekit.verify.readiness import awaited

UNKNOWN: Final = "Exit code, state and output do not tell why."
LINES_SHOWN: Final = 20
PROCESSES_SHOWN: Final = 5
# The codes of ps(1), for someone who wonders whether it waits or works.
_STATES: Final = {
    "D": "waits for a disk",
    "R": "uses a processor",
    "S": "sleeps",
    "T": "stopped",
    "Z": "zombie",
}
_LINE_LENGTH: Final = 200


def diagnose(boot: BootFacts, expected: Expectation) -> Diagnosis:
    """Say why a boot did not become ready."""
    if boot.refused is not None:
        return Diagnosis(cause=boot.refused)
    rules = RUNNING if boot.state.running else ENDED
    for rule in rules:
        found = rule(boot, expected)
        if found is not None:
            return found
    return Diagnosis(cause=None)


def explain(boot: BootFacts, expected: Expectation) -> tuple[str, ...]:
    """Give everything a reader needs of a failed boot: cause and fix, state, last output."""
    found = diagnose(boot, expected)
    if boot.refused is not None:
        # There was no container to await, and none to tell of.
        return (boot.refused,)
    sentence = found.cause or UNKNOWN
    waited = f"Awaited for {wording.seconds(boot.waited)}: {awaited(expected)}."
    return (
        f"{sentence} {found.fix}".rstrip(),
        f"{waited} {state_words(boot.state)}{_processes(boot)}",
        last_output(boot.output),
    )


def state_words(state: ContainerState) -> str:
    """Say how a container is: `The container is exited, exit code 1.`."""
    if state.running:
        return "The container is still running."
    parts = [f"The container is {state.status}"]
    if state.exit_code is not None:
        parts.append(f"exit code {state.exit_code}")
    if state.oom_killed:
        parts.append("killed for want of memory")
    if state.error:
        parts.append(wording.line(state.error))
    return ", ".join(parts) + "."


def _processes(boot: BootFacts) -> str:
    """Say what those do that still run: ` Its processes: beam.smp (sleeps), cat (sleeps).`."""
    if not boot.state.running:
        return ""
    told = [
        f"{wording.line(_program(each.command), 40)} ({_STATES.get(each.state[:1], each.state)})"
        for each in boot.processes
    ]
    return f" Its processes: {wording.some(told, PROCESSES_SHOWN)}." if told else ""


def _program(command: str) -> str:
    return command.split(" ", 1)[0].rpartition("/")[2]


def last_output(output: str) -> str:
    """Give the last lines, indented under a heading."""
    lines = [wording.line(each, _LINE_LENGTH) for each in output.splitlines() if each.strip()]
    if not lines:
        return "It wrote nothing to stdout or stderr."
    return "\n".join(("Last output:", *(f"  {each}" for each in lines[-LINES_SHOWN:])))
