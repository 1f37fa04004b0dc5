"""What is tried on an image beside the strict boot, and what that told. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from imagekit.image import Image
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, BootFacts, Closed, NoAnswer, Stop


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What decides which trials make sense: the image, what is expected, how it booted."""

    image: Image
    expected: Expectation
    boot: BootFacts
    unlimited: tuple[str, ...] = ()
    """Which of `cpus`, `memory` and `pids` the engine cannot limit."""
    network: str | None = None
    """A network of this run, in which names resolve; `None` where the engine makes none."""


@dataclass(frozen=True, kw_only=True)
class AwaitReady:
    """Wait until it is ready or has ended."""


@dataclass(frozen=True, kw_only=True)
class AwaitEnd:
    """Wait until its command has ended."""

    seconds: float = 30.0


@dataclass(frozen=True, kw_only=True)
class StopAfter:
    """Send the stop signal so many seconds after the start, ready or not."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class StopDuring:
    """Once ready, ask this path and send the stop signal while the answer is awaited."""

    path: str


@dataclass(frozen=True, kw_only=True)
class StopConnected:
    """Once ready, open a WebSocket on this path and send the stop signal while it is open."""

    path: str


@dataclass(frozen=True, kw_only=True)
class Load:
    """Once ready, measure memory; ask this path so often, if any; measure again."""

    path: str | None
    requests: int


@dataclass(frozen=True, kw_only=True)
class Execute:
    """Once ready, run commands in the container, one after the other."""

    commands: tuple[tuple[str, ...], ...]
    ends: bool = False
    """Whether the last one is to end the container."""


@dataclass(frozen=True, kw_only=True)
class Crash:
    """Once ready, send a signal that makes the program crash, and wait for its end."""

    signal: str


Act = AwaitReady | AwaitEnd | StopAfter | StopDuring | StopConnected | Load | Execute | Crash


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One more boot: the strict one with something changed, and what is done with it."""

    name: str
    """What is different, for people: `without SECRET_KEY_BASE`. Equal trials are one boot."""
    expected: Expectation
    """With the trial's own environment, port and patience."""
    act: Act
    command: tuple[str, ...] | None = None
    """Instead of the image's entry point and command."""
    user: str | None = None
    memory_bytes: int | None = None
    cpus: float | None = None
    alias: str | None = None
    """A name that it has in its network."""
    nofile: tuple[int, ...] = ()
    """Limits of open files: the first that the engine's machine lets it set, else its own."""
    read_only: bool = True
    alone: bool = False
    """Whether it has the machine for itself, because its time is measured."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What became of many requests."""

    asked: int
    """How many were sent before time ran out."""
    answered: int
    """How many of them got a status that is wanted."""
    wrong: Answer | NoAnswer | None = None
    """What the first one got that did not."""


@dataclass(frozen=True, kw_only=True)
class OpenedSocket:
    """What became of a WebSocket that was open when the stop signal was sent."""

    problem: str = ""
    """Why there is none; empty when it was open."""
    closed: Closed | None = None
    """How it was closed; `None` when it never was."""
    closed_after: float | None = None
    """Seconds after the signal; negative when it was closed before."""


@dataclass(frozen=True, kw_only=True)
class TrialFacts:
    """What a trial told. Secrets are out of every text already."""

    trial: Trial
    seconds: float
    """All of it, with the container's start and removal."""
    boot: BootFacts
    in_flight: Answer | NoAnswer | None = None
    """What came back for the request during the stop."""
    early: bool = False
    """Whether that came before the signal was sent."""
    socket: OpenedSocket | None = None
    """What became of the WebSocket."""
    memory: tuple[int, ...] = ()
    """Bytes in use: at rest, and after the requests."""
    asked: Asked | None = None
    """What became of the requests."""
    executed: tuple[tuple[int | None, str], ...] = ()
    """Exit code and output of each command."""
    nofile: int | None = None
    """The limit of open files that could be set."""
    told_at: float = 0.0
    """Seconds since 1970, on this machine's clock, after the last command."""
    stop: Stop | None = None
    """What the signal, or the last command, led to."""
