"""Effect: one trial, from the start of its container to its removal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, assert_never

from imagekit.engine.container import Container, ContainerSpec
from imagekit.plan.runtime import HttpReadiness
from imagekit.verify.boot import strict_spec
from imagekit.verify.facts import Answer, NoAnswer, Stop
from imagekit.verify.http import HttpClient
from imagekit.verify.port import examine
from imagekit.verify.readiness import Look, is_ready, patience
from imagekit.verify.secrets import scrub
from imagekit.verify.trial.connected import stop_connected
from imagekit.verify.trial.model import (
    Asked,
    AwaitEnd,
    AwaitReady,
    Crash,
    Execute,
    Load,
    StopAfter,
    StopConnected,
    StopDuring,
    Trial,
    TrialFacts,
)
from imagekit.verify.watch import Clock, Watch, scrubbed

IN_FLIGHT_AFTER: Final = 0.5
"""A request that was sent so long ago has reached the app."""
_SETTLED_AFTER: Final = 1.0
"""What a boot leaves behind is collected by then."""
_LOAD_SECONDS: Final = 60.0
"""All requests together. How quick they are is not what is measured: a busy machine is patient."""
_REQUEST_SECONDS: Final = 10.0
_COMMAND_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where trials take place."""

    reference: str
    start: Callable[[ContainerSpec], Container]
    remove: Callable[[Container], None]
    clock: Clock


def spec_of(reference: str, trial: Trial) -> ContainerSpec:
    """Say how the trial's container starts: strictly, but for what the trial changes."""
    strict = strict_spec(reference, trial.expected)
    entry: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    if trial.command is not None:
        entry, command = trial.command[:1], trial.command[1:]
    return replace(
        strict,
        entrypoint=entry,
        command=command,
        user=trial.user,
        cpus=trial.cpus,
        aliases=() if trial.alias is None else (trial.alias,),
        memory_bytes=trial.memory_bytes or strict.memory_bytes,
        read_only=strict.read_only and trial.read_only,
    )


def attempt(ground: Ground, trial: Trial) -> TrialFacts:
    """Try it.

    Raises:
        EngineLost: the engine stopped answering.
    """
    clock = ground.clock
    before = clock.monotonic()
    with HttpClient() as http:
        container, nofile = _start(ground, trial)
        watch = Watch(
            container=container,
            expected=trial.expected,
            http=http,
            examine=examine,
            clock=clock,
            before=before,
            after=clock.monotonic(),
        )
        try:
            facts = _act(trial, watch, container, http)
        finally:
            ground.remove(container)
    return replace(facts, seconds=clock.monotonic() - before, nofile=nofile)


def _start(ground: Ground, trial: Trial) -> tuple[Container, int | None]:
    """Start it, with the highest limit of open files that the kernel allows (`fs.nr_open`)."""
    spec = spec_of(ground.reference, trial)
    for limit in trial.nofile:
        container = ground.start(replace(spec, ulimits={"nofile": (limit, limit)}))
        if "rlimit" not in container.state().error:
            return container, limit
        ground.remove(container)
    return ground.start(spec), None


def _act(trial: Trial, watch: Watch, container: Container, http: HttpClient) -> TrialFacts:
    act = trial.act
    if isinstance(act, AwaitEnd):
        container.wait(act.seconds)
        return _facts(trial, watch, watch.look())
    if isinstance(act, StopAfter):
        watch.clock.sleep(act.seconds)
        processes = container.processes()
        stop = watch.stop()
        facts = _facts(trial, watch, watch.look())
        return replace(facts, boot=replace(facts.boot, processes=processes), stop=stop)
    look = watch.await_ready()
    if not is_ready(look, trial.expected):
        return _facts(trial, watch, look)
    match act:
        case AwaitReady():
            return _facts(trial, watch, look)
        case StopDuring(path=path):
            answer, early, stopped = _stop_during(
                watch, _nearest(watch, container, http), path, look
            )
            facts = _facts(trial, watch, look)
            return replace(
                facts,
                in_flight=_scrubbed(answer, trial.expected.hidden),
                early=early,
                stop=stopped,
            )
        case StopConnected(path=path):
            socket, stopped = stop_connected(
                watch,
                _nearest(watch, container, http),
                path,
                forwarded_https=_forwarded(look),
            )
            return replace(_facts(trial, watch, look), socket=socket, stop=stopped)
        case Load(path=path, requests=requests):
            watch.clock.sleep(_SETTLED_AFTER)
            rest = container.memory()
            asked = _ask_often(watch, path, requests, look) if path else None
            after = container.memory() if path else None
            memory = tuple(each for each in (rest, after) if each is not None)
            return replace(_facts(trial, watch, look), memory=memory, asked=asked)
        case Execute():
            return _execute(act, trial, watch, container, look)
        case Crash(signal=name):
            stop = watch.end(name, lambda: container.signal(name))
            facts = _facts(trial, watch, look)
            return replace(facts, boot=replace(facts.boot, changes=container.changes()), stop=stop)
        case _:
            assert_never(act)


def _execute(
    act: Execute, trial: Trial, watch: Watch, container: Container, look: Look
) -> TrialFacts:
    executed: list[tuple[int | None, str]] = []
    stop: Stop | None = None

    def run(argv: tuple[str, ...]) -> None:
        code, text = container.execute(argv, _COMMAND_SECONDS)
        executed.append((code, scrub(text, trial.expected.hidden)))

    *before, last = act.commands
    for argv in before:
        run(argv)
    told_at = watch.clock.wall()
    if act.ends:
        stop = watch.end(last[-1], lambda: run(last))
    else:
        run(last)
    facts = _facts(trial, watch, look)
    return replace(facts, executed=tuple(executed), told_at=told_at, stop=stop)


def _facts(trial: Trial, watch: Watch, look: Look) -> TrialFacts:
    return TrialFacts(trial=trial, seconds=0.0, boot=watch.tell(look))


def _scrubbed(told: Answer | NoAnswer | None, hidden: tuple[str, ...]) -> Answer | NoAnswer | None:
    return scrubbed(told, hidden) if isinstance(told, Answer) else told


def _forwarded(look: Look) -> bool:
    return look.answer is not None and look.answer.forwarded_https


def _nearest(watch: Watch, container: Container, http: HttpClient) -> tuple[str, int] | None:
    """Give its own address if it answers there, else the published one."""
    port = watch.expected.port
    own = None if port is None else container.own_address(port.value)
    ready = watch.expected.ready.value
    path = ready.path if isinstance(ready, HttpReadiness) else "/"
    if own is not None and isinstance(http.get(*own, path), Answer):
        return own
    return watch.address()


def _stop_during(
    watch: Watch, address: tuple[str, int] | None, path: str, look: Look
) -> tuple[Answer | NoAnswer | None, bool, Stop | None]:
    """Ask on a thread of its own, and stop the container meanwhile."""
    if address is None:
        return None, False, None
    told: list[Answer | NoAnswer] = []
    sent = threading.Event()

    def ask() -> None:
        with HttpClient(seconds=watch.expected.budget.stop + patience(watch.expected)) as client:
            told.append(
                client.get(*address, path, forwarded_https=_forwarded(look), on_sent=sent.set)
            )
        sent.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    # On a busy machine it takes its time until the request is on its way at all.
    sent.wait(watch.expected.budget.stop)
    asking.join(IN_FLIGHT_AFTER)
    early = not asking.is_alive()
    stop = watch.stop()
    # Its connection ends with the container, if that has ended.
    asking.join(watch.expected.budget.stop)
    return (told[0] if told else None), early, stop


def _ask_often(watch: Watch, path: str, requests: int, look: Look) -> Asked:
    """Ask so often, as long as time is left; keep the first answer of another status."""
    address = watch.address()
    end = watch.clock.monotonic() + _LOAD_SECONDS
    asked, answered, wrong = 0, 0, None
    with HttpClient(seconds=_REQUEST_SECONDS) as http:
        while address is not None and asked < requests and watch.clock.monotonic() < end:
            answer = http.get(*address, path, forwarded_https=_forwarded(look))
            asked += 1
            if isinstance(answer, Answer) and answer.status in watch.expected.answer.status:
                answered += 1
            else:
                wrong = wrong or _scrubbed(answer, watch.expected.hidden)
    return Asked(asked=asked, answered=answered, wrong=wrong)
