"""Effect: trials side by side, in as many threads as the engine's processors bear."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Final

from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineLost, EngineRefused
from imagekit.verify.check import Skipped
from imagekit.verify.facts import refusal
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.attempt import Ground, attempt
from imagekit.verify.trial.model import Trial, TrialFacts
from imagekit.verify.watch import Clock

Waiting = tuple[Trial, Future[TrialFacts]]

MOST: Final = 4
"""More boots at once than that tell more about the machine than about the image."""


def together(
    scope: RunScope,
    reference: str,
    trials: Mapping[str, Sequence[Trial]],
    clock: Clock,
    watch: Stopwatch,
) -> Mapping[str, tuple[TrialFacts, ...] | Skipped]:
    """Run all trials; give what they told, by the same keys and in the same order.

    Of a key for which the engine refused one, its words.

    Equal trials are one boot. Those that want the machine for themselves come first.

    A Ctrl-C, or an error of one of them, ends the start of further containers at once;
    those that run are removed by the scope.

    Raises:
        EngineLost: the engine stopped answering.
    """
    door = _Door(scope)
    ground = Ground(reference=reference, start=door.start, remove=scope.remove, clock=clock)
    alone: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
    others: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
    futures: dict[str, list[Future[TrialFacts]]] = {}
    known: list[Waiting] = []
    for check, each in trials.items():
        for trial in each:
            future = next((found for same, found in known if same == trial), None)
            if future is None:
                future = Future()
                known.append((trial, future))
                (alone if trial.alone else others).put((trial, future))
            futures.setdefault(check, []).append(future)

    def run(trial: Trial) -> TrialFacts:
        with watch.part(trial.name):
            return attempt(ground, trial)

    def work(waiting: queue.SimpleQueue[Waiting], workers: int) -> list[threading.Thread]:
        # Daemons: a Ctrl-C does not wait for what they wait for.
        started = [
            threading.Thread(target=_work, args=(waiting, run), daemon=True) for _ in range(workers)
        ]
        for thread in started:
            thread.start()
        return started

    try:
        for thread in work(alone, 1):
            thread.join()
        work(others, min(MOST, scope.engine.info.cpus + 1, others.qsize()))
        return {check: _told(found) for check, found in futures.items()}
    finally:
        door.close()


def _told(futures: Sequence[Future[TrialFacts]]) -> tuple[TrialFacts, ...] | Skipped:
    try:
        return tuple(future.result() for future in futures)
    except EngineRefused as err:
        return Skipped(reason=refusal(err))


def _work(
    waiting: queue.SimpleQueue[Waiting],
    run: Callable[[Trial], TrialFacts],
) -> None:
    while True:
        try:
            trial, future = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            future.set_result(run(trial))
        except BaseException as err:  # noqa: BLE001 - given to whoever asks for the result
            future.set_exception(err)


class _Door:
    """Starts containers until it is closed. Closing waits for a start under way.

    So nothing appears after the scope has removed what the run started.
    """

    def __init__(self, scope: RunScope) -> None:
        self._scope = scope
        self._lock = threading.Lock()
        self._open = True

    def start(self, spec: ContainerSpec) -> Container:
        with self._lock:
            if not self._open:
                raise EngineLost(during="starting a container", problem="the run has ended")
            return self._scope.start(spec)

    def close(self) -> None:
        with self._lock:
            self._open = False
