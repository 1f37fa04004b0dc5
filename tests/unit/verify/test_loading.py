"""Where a silent VM hangs: what a second boot writes, and what is concluded from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest

from imagekit.engine.container import ContainerSpec, ContainerState
from imagekit.verify.loading import hangs_silently, last_handler, where_loading_hangs
from imagekit.verify.watch import Clock, RunningContainer

from .examples import BEAM, RUNNING, ended, not_ready

# As OTP 27 writes it, the lists of modules cut.
LOADED = """\
{primLoad,['Elixir.Faults','Elixir.Faults.Application','Elixir.Faults.Loading']}
{done_in_microseconds,11476}
{progress,applications_loaded}
{apply,{application,start_boot,[kernel,permanent]}}
{running_on_load_handler,prim_tty}
"""
HANDLER = "{running_on_load_handler,'Elixir.Faults.Loading'}\n"
STARTED = "{apply,{application,start_boot,[faults,permanent]}}\n{progress,started}\n"


@dataclass
class Booting:
    """A container whose output and end depend on the time."""

    says: Callable[[float], str]
    ends_at: float = 1000.0
    now: float = 0.0
    specs: list[ContainerSpec] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)

    def start(self, spec: ContainerSpec) -> RunningContainer:
        self.specs.append(spec)
        return cast("RunningContainer", self)

    def state(self) -> ContainerState:
        return RUNNING if self.now < self.ends_at else ended(1)

    def output(self) -> str:
        return self.says(self.now)

    def signal(self, name: str) -> None:
        self.signals.append(name)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def hangs_in(self, **environment: str) -> str | None:
        spec = ContainerSpec(image="x", environment=environment)
        clock = Clock(monotonic=lambda: self.now, sleep=self.sleep)
        return where_loading_hangs(self, spec, clock)


def test_a_handler_that_does_not_return_is_named() -> None:
    booting = Booting(says=lambda now: LOADED + HANDLER if now > 5 else LOADED[:200])
    assert booting.hangs_in() == "Elixir.Faults.Loading"
    assert 7 < booting.now < 8
    assert booting.signals == ["SIGKILL"]
    assert booting.specs[0].environment == {"ERL_ZFLAGS": "-init_debug"}


def test_flags_of_its_own_are_kept() -> None:
    booting = Booting(says=lambda _: STARTED)
    assert booting.hangs_in(ERL_ZFLAGS="+S 1", PORT="4000") is None
    assert booting.specs[0].environment == {"ERL_ZFLAGS": "+S 1 -init_debug", "PORT": "4000"}


@pytest.mark.parametrize(
    ("booting", "at_most"),
    [
        (Booting(says=lambda now: LOADED + HANDLER * (now > 1) + STARTED * (now > 2)), 3),
        (Booting(says=lambda _: "", ends_at=4), 5),
        (Booting(says=lambda _: "{done_in_microseconds,92}\n"), 21),
        (Booting(says=lambda now: f"{LOADED}{{running_on_load_handler,m{now:.0f}}}\n"), 21),
    ],
    ids=["comes further", "ends", "says no handler", "runs many handlers"],
)
def test_anything_else_is_not_a_hang_in_loading(booting: Booting, at_most: float) -> None:
    assert booting.hangs_in() is None
    assert booting.now < at_most
    assert booting.signals == ["SIGKILL"]


def test_only_a_handler_that_came_last_counts() -> None:
    assert last_handler(LOADED) == "prim_tty"
    assert last_handler(f"{HANDLER}{{done_in_microseconds,1}}\n") is None
    assert last_handler("") is None


def test_only_a_vm_that_runs_and_is_silent_is_booted_again() -> None:
    silent = not_ready(state=RUNNING, processes=(BEAM,), output="\n")
    assert hangs_silently(silent)
    assert not hangs_silently(not_ready(state=RUNNING, processes=(), output=""))
    assert not hangs_silently(not_ready(state=RUNNING, processes=(BEAM,), output="[info] up"))
    assert not hangs_silently(not_ready(state=ended(1), processes=(BEAM,), output=""))
