"""Effect: gathers the facts of a verification, step by step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final

from imagekit.engine.client import Engine
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineRefused
from imagekit.image import Image
from imagekit.verify.boot import boot
from imagekit.verify.check import ClusterCheck, Skipped, TrialCheck
from imagekit.verify.checks import CHECKS
from imagekit.verify.cluster.model import ClusterFacts
from imagekit.verify.cluster.replicas import try_cluster
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts, FileFacts, refusal
from imagekit.verify.linking import shipped
from imagekit.verify.model import Trying, VerifyEvent
from imagekit.verify.prepare import prepare
from imagekit.verify.select import left_out
from imagekit.verify.services.model import Preparation
from imagekit.verify.structure.commands import run_commands
from imagekit.verify.structure.facts import StructureFacts, wanted_files
from imagekit.verify.structure.find import Tree
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.model import Subject, Trial, TrialFacts
from imagekit.verify.trial.together import together
from imagekit.verify.watch import Clock

_CLUSTER_CHECKS: Final = tuple(check for check in CHECKS if isinstance(check, ClusterCheck))

Tried = Mapping[str, tuple[TrialFacts, ...] | Skipped]
"""What further boots told, by check; of a check that had nothing to try, why."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """The facts of one verification, as far as they are known."""

    image: Image
    """Without layers and config as long as its files are not read."""
    files: FileFacts | None = None
    boot: BootFacts | None = None
    """`None` when none was wanted, or the services were not ready."""
    prepared: Preparation = field(default_factory=Preparation)
    tried: Tried = field(default_factory=dict)
    cluster: ClusterFacts | Skipped | None = None
    """`None` when no replicas were started."""
    structure: StructureFacts | None = None
    """`None` when no container-structure-test file was given."""


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What is asked for facts."""

    engine: Engine
    scope: RunScope
    reference: str
    watch: Stopwatch
    read: Callable[[], FileFacts]
    """Gives what the image holds, from wherever it is being read."""
    contents: Callable[[frozenset[tuple[int, str]]], Mapping[tuple[int, str], bytes]]
    """Gives the bytes of files, by layer and name."""


def gather(
    asked: Subjects,
    expected: Expectation,
    facts: Gathered,
    heard: Callable[[VerifyEvent], None],
) -> Iterator[tuple[Expectation, Gathered]]:
    """Add to what is known, and give it again and again: an engine can go away between any two.

    Raises:
        EngineLost: the engine stopped answering; what was given before stays true.
    """
    scope, reference, watch = asked.scope, asked.reference, asked.watch
    if expected.boot:
        expected, prepared = prepare(scope, reference, expected, heard, watch)
        facts = replace(facts, prepared=prepared)
        yield expected, facts
    if expected.boot and facts.prepared.ready:
        with watch.part("boot"):
            facts = replace(facts, boot=boot(scope, reference, expected, heard))
        yield expected, facts
    files = asked.read()
    known = None if facts.boot is None else replace(facts.boot, shipped=shipped(files))
    facts = replace(facts, image=files.image, files=files, boot=known)
    yield expected, facts
    if facts.boot is not None:
        subject = Subject(
            image=facts.image,
            expected=expected,
            boot=facts.boot,
            unlimited=asked.engine.info.unlimited,
        )
        facts = replace(facts, tried=_try(scope, reference, subject, heard, watch))
        yield expected, facts
    if any(left_out(each, expected, facts.boot) is None for each in _CLUSTER_CHECKS):
        cluster: ClusterFacts | Skipped
        try:
            with watch.part("cluster"):
                cluster = try_cluster(scope, reference, expected, heard)
        except EngineRefused as err:
            cluster = Skipped(reason=refusal(err))
        facts = replace(facts, cluster=cluster)
        yield expected, facts
    if expected.structure:
        with watch.part("structure tests"):
            structure = _structure(asked, files, expected)
        yield expected, replace(facts, structure=structure)


def _structure(asked: Subjects, files: FileFacts, expected: Expectation) -> StructureFacts:
    """Read the files that structure tests ask for, and run their commands."""
    tree = Tree(files.visible)
    wanted = wanted_files(expected.structure, tree)
    return StructureFacts(
        image=files.image,
        tree=tree,
        contents=asked.contents(wanted) if wanted else {},
        commands=run_commands(asked.scope, files.image, expected.structure),
    )


def _try(
    scope: RunScope,
    reference: str,
    subject: Subject,
    on_event: Callable[[VerifyEvent], None],
    watch: Stopwatch,
) -> Tried:
    """Boot again for every check that wants it."""
    asked = subject.boot.ready_after is not None and subject.expected.program is not None
    if asked and not subject.expected.quick:
        subject = replace(subject, network=subject.expected.network or _network(scope))
    wanted = {
        check.id: check.trials(subject)
        for check in CHECKS
        if isinstance(check, TrialCheck) and left_out(check, subject.expected, subject.boot) is None
    }
    trials: dict[str, tuple[Trial, ...]] = {
        check: each for check, each in wanted.items() if not isinstance(each, Skipped)
    }
    skipped = {check: each for check, each in wanted.items() if isinstance(each, Skipped)}
    if not trials:
        return skipped
    names = dict.fromkeys(trial.name for each in trials.values() for trial in each)
    on_event(Trying(names=tuple(names)))
    with watch.part("further boots"):
        told = together(scope, reference, trials, Clock(), watch)
    return {**skipped, **told}


def _network(scope: RunScope) -> str | None:
    """Make a network for what is asked of names; an engine that has no range left makes none."""
    try:
        return scope.network("names")
    except EngineRefused:
        return None


class Later:
    """A call on a thread of its own, started later. A Ctrl-C does not wait for it."""

    def __init__(self, call: Callable[[], FileFacts]) -> None:
        self._future: Future[FileFacts] = Future()
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Start it, unless it has started."""
        if self._thread.ident is None:
            self._thread.start()

    def result(self) -> FileFacts:
        """Give its result, or raise what it raised."""
        self.start()
        return self._future.result()

    def _run(self) -> None:
        try:
            self._future.set_result(self._call())
        except BaseException as err:  # noqa: BLE001 - given to whoever asks for the result
            self._future.set_exception(err)
