"""Effect: watches one container: waits until it is ready, stops it, and tells what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from imagekit.engine.container import ContainerState, Process, may_be_cut
from imagekit.errors import EngineError
from imagekit.plan.runtime import HttpReadiness, LogReadiness, RpcReadiness
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, BootFacts, NoAnswer, Rpc, Stop
from imagekit.verify.instant import parse_instant
from imagekit.verify.legible import legible
from imagekit.verify.model import NotReady, Ready, VerifyEvent
from imagekit.verify.readiness import (
    Look,
    forces_https,
    is_ready,
    patience,
    poll_pause,
    rpc_program,
)
from imagekit.verify.secrets import scrub
from imagekit.verify.zombies import LIST_PROCESSES, read_zombies

_REAPED_AFTER: Final = 0.5
_LISTING_SECONDS: Final = 5.0
_RPC_SECONDS: Final = 10.0
"""It starts a VM of its own. One that hangs stays until the container goes."""


Told = TypeVar("Told")


class RunningContainer(Protocol):
    """What a boot needs of `engine.container.Container`."""

    def state(self) -> ContainerState: ...  # noqa: D102 - the engine's module describes them
    def address(self, port: int) -> tuple[str, int]: ...  # noqa: D102
    def output(self) -> str: ...  # noqa: D102
    def signal(self, name: str) -> None: ...  # noqa: D102
    def wait(self, timeout_seconds: float) -> int | None: ...  # noqa: D102
    def processes(self) -> tuple[Process, ...]: ...  # noqa: D102
    def changes(self) -> tuple[str, ...]: ...  # noqa: D102
    def execute(  # noqa: D102
        self, argv: Iterable[str], timeout_seconds: float
    ) -> tuple[int | None, str]: ...


class Http(Protocol):
    """What a boot needs of `HttpClient`."""

    def get(  # noqa: D102
        self, host: str, port: int, path: str, *, forwarded_https: bool = False
    ) -> Answer | NoAnswer: ...


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The time, replaceable in tests."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Watches a container that was just started."""

    container: RunningContainer
    expected: Expectation
    http: Http
    examine: Callable[[str, int], NoAnswer]
    """Looks closer at a port that gave no HTTP answer."""
    clock: Clock
    before: float
    """The moment before the start, on the monotonic clock."""
    after: float
    """The moment after it."""

    def observe(self, on_event: Callable[[VerifyEvent], None]) -> BootFacts:
        """Wait, stop it if it became ready, and give everything that was seen."""
        look = self.await_ready()
        ready = is_ready(look, self.expected)
        on_event(Ready(seconds=look.age) if ready else NotReady(seconds=look.age))
        silence = look.silence if ready else self._closer_look(look)
        processes = self.container.processes()
        zombies = self._zombies() if ready else ()
        stop = self.stop() if ready else None
        facts = self.tell(replace(look, silence=silence))
        hidden = self.expected.hidden
        return replace(
            facts,
            processes=tuple(
                replace(each, command=scrub(each.command, hidden)) for each in processes
            ),
            zombies=zombies,
            changes=self.container.changes(),
            stop=stop,
        )

    def tell(self, look: Look) -> BootFacts:
        """Give what a look and the output tell, without secrets."""
        ready = is_ready(look, self.expected)
        hidden = self.expected.hidden
        output = self.container.output()
        return BootFacts(
            ready_after=look.age if ready else None,
            waited=look.age,
            state=look.state,
            answer=scrubbed(look.answer, hidden),
            silence=look.silence,
            rpc=look.rpc and replace(look.rpc, output=scrub(look.rpc.output, hidden)),
            output=self._shown(output),
            cut=may_be_cut(output),
        )

    def output(self) -> str:
        """Give the end of its output, without secrets."""
        return self._shown(self.container.output())

    def _shown(self, output: str) -> str:
        return scrub(legible(output), self.expected.hidden)

    def await_ready(self) -> Look:
        """Look again and again until it is ready, has ended, or time is up; give the last look."""
        previous: Look | None = None
        while True:
            look = self.look(previous)
            if is_ready(look, self.expected) or not look.state.running:
                return look
            if look.age >= patience(self.expected):
                return look
            previous = look
            if not _learns_https(look):
                self.clock.sleep(poll_pause(look.age))

    def look(self, previous: Look | None = None) -> Look:
        """Look once; `previous` tells what was answered before."""
        state = self.container.state()
        answer = previous.answer if previous else None
        silence: NoAnswer | None = None
        output = ""
        rpc: Rpc | None = None
        match self.expected.ready.value:
            case HttpReadiness(path=path) if state.running:
                asked = self._ask(path, answer)
                if isinstance(asked, Answer):
                    answer = asked
                else:
                    silence = asked
            case LogReadiness():
                output = self.container.output()
            case RpcReadiness(expression=expression) if state.running:
                rpc = self._rpc(expression)
            case _:
                pass
        return Look(
            state=state,
            age=self._age(state),
            answer=answer,
            silence=silence,
            output=output,
            rpc=rpc,
        )

    def _rpc(self, expression: str) -> Rpc | None:
        """Ask the running VM; the time that its command takes is part of what is measured."""
        if self.expected.script is None:
            return None
        argv = (self.expected.script, "rpc", rpc_program(expression))
        code, output = self.container.execute(argv, _RPC_SECONDS)
        return Rpc(code=code, output=output)

    def _ask(self, path: str, previous: Answer | None) -> Answer | NoAnswer | None:
        address = self.address()
        if address is None:
            return None
        https = previous is not None and (previous.forwarded_https or forces_https(previous))
        return self.http.get(*address, path, forwarded_https=https)

    def address(self) -> tuple[str, int] | None:
        """Give where HTTP is spoken with it; `None` when it has ended or serves nothing."""
        port = self.expected.port
        if port is None:
            return None
        return unless_ended(self.container, lambda: self.container.address(port.value))

    def _closer_look(self, look: Look) -> NoAnswer | None:
        if look.silence is None or look.silence.kind != "closed":
            return look.silence
        address = self.address()
        return look.silence if address is None else self.examine(*address)

    def _zombies(self) -> tuple[str, ...] | None:
        """List the zombies that stay: one that just ended may be reaped a moment later."""
        found = self._zombies_now()
        if found:
            self.clock.sleep(_REAPED_AFTER)
            later = self._zombies_now() or {}
            found = {pid: name for pid, name in found.items() if pid in later}
        return None if found is None else tuple(sorted(found.values()))

    def _zombies_now(self) -> dict[int, str] | None:
        code, listing = self.container.execute(LIST_PROCESSES, _LISTING_SECONDS)
        return read_zombies(listing) if code == 0 else None

    def _age(self, state: ContainerState) -> float:
        """Tell how old the container is, by the engine's own account of its start.

        The engine's clock may be another machine's. The start lies between the moments
        before and after the call that started it: no account can lead out of that.
        """
        now = self.clock.monotonic()
        least, most = now - self.after, now - self.before
        if state.started_at is None:
            return most
        told = self.clock.wall() - parse_instant(state.started_at)
        return min(max(told, least), most)

    def stop(self) -> Stop:
        """Send its stop signal and wait for its end, as long as the grace period is."""
        name = self.expected.stop_with
        return self.end(name, lambda: self.container.signal(name))

    def end(self, name: str, ask: Callable[[], object]) -> Stop:
        """Ask it to end, and wait for that as long as the grace period is."""
        begun = self.clock.monotonic()
        ask()
        code = self.container.wait(self.expected.budget.stop)
        return Stop(signal=name, seconds=self.clock.monotonic() - begun, exit_code=code)


def unless_ended(container: RunningContainer, ask: Callable[[], Told]) -> Told | None:
    """Ask a container for something; `None` when it has ended, and its ports with it.

    Raises:
        EngineError: it runs, and the engine does not tell.
    """
    try:
        return ask()
    except EngineError:
        if container.state().running:
            raise
        return None


def _learns_https(look: Look) -> bool:
    """Tell whether the next request will differ: the app just said that it wants https."""
    answer = look.answer
    if answer is None or look.silence is not None:
        return False
    return forces_https(answer) and not answer.forwarded_https


def scrubbed(answer: Answer | None, hidden: tuple[str, ...]) -> Answer | None:
    """Take secrets out of an answer."""
    if answer is None:
        return None
    return replace(
        answer,
        headers=tuple((name, scrub(value, hidden)) for name, value in answer.headers),
        body=scrub(answer.body, hidden),
    )
