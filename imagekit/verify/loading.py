"""Effect: where a VM hangs that runs and has said nothing: one more boot, which talks about it.

Before its applications start, a release loads its modules and runs their on_load functions, in
which NIFs are loaded. No logger runs then and no signal is handled: one that does not return is
silent for ever. OTP's `init` writes what it does when it is told to: `-init_debug`
(`erts/preloaded/src/init.erl`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, Protocol

from imagekit.engine.container import ContainerSpec
from imagekit.verify.facts import BootFacts
from imagekit.verify.vm import runs_vm
from imagekit.verify.watch import Clock, RunningContainer

# Of the variables that erl(1) reads the one that an image hardly has a use for.
_VARIABLE: Final = "ERL_ZFLAGS"
_FLAG: Final = "-init_debug"
_HANDLER: Final = re.compile(r"\{running_on_load_handler,'?([^'}]+)'?\}")
_BOOTED: Final = "{progress,started}"
_SECONDS: Final = 20.0
_STANDS_STILL: Final = 2.0
_PAUSE: Final = 0.25


class Starter(Protocol):
    """What this needs of `RunScope`."""

    def start(self, spec: ContainerSpec) -> RunningContainer:
        """Start a container."""


def hangs_silently(facts: BootFacts) -> bool:
    """Tell whether it is a VM that runs and has not said a word."""
    silent = facts.ready_after is None and facts.state.running and not facts.output.strip()
    return silent and runs_vm(facts.processes)


def where_loading_hangs(scope: Starter, spec: ContainerSpec, clock: Clock) -> str | None:
    """Boot it once more, and give the module whose on_load function does not return.

    `None` when it comes further than that, or does not within 20 s.
    """
    flags = f"{spec.environment.get(_VARIABLE, '')} {_FLAG}".strip()
    talking = replace(spec, environment={**spec.environment, _VARIABLE: flags})
    container = scope.start(talking)
    began = clock.monotonic()
    still: tuple[str | None, float] = (None, began)
    while clock.monotonic() - began < _SECONDS and container.state().running:
        output = container.output()
        if _BOOTED in output:
            break
        module = last_handler(output)
        now = clock.monotonic()
        if module != still[0]:
            still = (module, now)
        elif module is not None and now - still[1] >= _STANDS_STILL:
            container.signal("SIGKILL")
            return module
        clock.sleep(_PAUSE)
    container.signal("SIGKILL")
    return None


def last_handler(output: str) -> str | None:
    """Give the module of the on_load function that was begun, when nothing came after that."""
    lines = output.splitlines()
    found = _HANDLER.fullmatch(lines[-1].strip()) if lines else None
    return None if found is None else found[1]
