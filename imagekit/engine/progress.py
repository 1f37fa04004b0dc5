"""Reads `docker buildx build --progress rawjson`: the events of a build, typed.

The stream is BuildKit's `SolveStatus` as JSON (moby/buildkit, `client/graph.go`).
buildx up to 0.13 indents it over many lines, later ones write one document a
line; text that is no JSON stands between and after (the failing place in the
Dockerfile, the closing `ERROR:` line). Nothing in the stream can make the
reader raise.
"""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

OUTPUT_LINES: Final = 20
"""How many of a step's last lines are kept for a failure."""
_TEXT_LINES: Final = 60
_DOCUMENT_LINES: Final = 200_000
_NAME: Final = re.compile(
    r"\[(?:(?P<platform>[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?)(?:->\S+)? )?"
    r"(?:(?P<stage>[^\s\]]+) +)? *(?P<number>\d{1,6})/(?P<count>\d{1,6})\] (?P<text>.*)",
    re.DOTALL,
)
_STATUS: Final = re.compile(r"exit code: (\d{1,9})\s*$")
_CANCELLED: Final = re.compile(r"context canceled|code = Canceled", re.IGNORECASE)
_BASE: Final = re.compile(r"FROM (?:docker\.io/(?:library/)?)?(\S+@sha256:[0-9a-f]{64})")
"""How a step names the base image it took; the names of Docker Hub are shown in full."""
_CACHE: Final = re.compile(
    r"importing cache manifest from (?P<read>.*)|exporting cache(?: to (?P<write>.*))?", re.DOTALL
)
"""BuildKit's names for reading and writing an external cache (`cache/remotecache` there)."""
_ONLY_STAGE: Final = "stage-0"
"""BuildKit's name for the first stage when it has none; of an only stage it shows no name."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the build.

    `stage` is `None` for the builder's own work (loading the context, exporting);
    then `number` and `count` are 0.
    """

    stage: str | None
    number: int
    count: int
    text: str
    """The instruction as the builder shows it: `RUN make`."""
    platform: str | None = None
    """Set when the build is for several platforms."""


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """A step began."""

    step: Step


@dataclass(frozen=True, kw_only=True)
class StepCached:
    """A step's result was there already."""

    step: Step


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """A step ended well."""

    step: Step
    seconds: float


@dataclass(frozen=True, kw_only=True)
class StepOutput:
    """Lines that a step wrote."""

    step: Step
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StepFailed:
    """A step ended badly. `status` is the command's exit status, if it was a command."""

    step: Step
    problem: str
    status: int | None


@dataclass(frozen=True, kw_only=True)
class CacheFailed:
    """An external cache could not be read or written. That alone fails no build."""

    step: Step
    during: Literal["read", "write"]
    cache: str
    """The cache's reference when it is read; its kind (`registry`) when it is written."""
    problem: str


BuildEvent: TypeAlias = (
    StepStarted | StepCached | StepFinished | StepOutput | StepFailed | CacheFailed
)


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """A stage that took part in a build: cached when every instruction of it was.

    One without instructions of its own but `FROM` and those that only set metadata is left out.
    `seconds` is what its own steps took that ran, without waiting for other stages.
    """

    name: str
    cached: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The step that a build broke on, with its last lines."""

    step: Step
    problem: str
    status: int | None
    output: tuple[str, ...]


@dataclass(kw_only=True)
class _Vertex:
    """What the stream has said of a step so far."""

    step: Step
    inputs: tuple[str, ...] = ()
    started: datetime | None = None
    completed: datetime | None = None
    running: bool = False
    cached: bool = False
    failed: bool = False
    partial: str = ""
    output: deque[str] = field(default_factory=lambda: deque(maxlen=OUTPUT_LINES))


class Progress:
    """Takes the stream line by line."""

    def __init__(self) -> None:
        self._vertices: dict[str, _Vertex] = {}
        self._document: list[str] = []
        self._text: deque[str] = deque(maxlen=_TEXT_LINES)
        self._failure: Failure | None = None
        self._unwritten: Failure | None = None
        self._cache_problems: list[CacheFailed] = []

    def feed(self, line: str) -> tuple[BuildEvent, ...]:
        """Take a line; give the events it completes."""
        return tuple(self._events(line))

    @property
    def failure(self) -> Failure | None:
        """The first step that failed by itself, not because another one had.

        A cache that could not be read is never it; one that could not be written is, where
        nothing else failed: whoever asked for it with `ignore-error=false` wants that.
        """
        return self._failure or self._unwritten

    @property
    def cache_problems(self) -> tuple[CacheFailed, ...]:
        """External caches that could not be read or written."""
        return tuple(self._cache_problems)

    @property
    def caches_read(self) -> tuple[str, ...]:
        """External caches that were read, sorted."""
        return tuple(sorted({name for name in self._caches("read") if name}))

    @property
    def cache_written(self) -> bool:
        """Whether an external cache was written."""
        return any(True for _ in self._caches("write"))

    @property
    def text(self) -> tuple[str, ...]:
        """The last lines of the stream that were no JSON."""
        return tuple(self._text)

    @property
    def stages(self) -> tuple[StageResult, ...]:
        """The stages, each behind those it needs; meant for a build that ended well."""
        by_name: dict[str, list[_Vertex]] = {}
        for vertex in self._vertices.values():
            if vertex.step.stage is not None:
                by_name.setdefault(vertex.step.stage, []).append(vertex)
        depths = _depths(self._vertices)
        last: dict[str, int] = {}
        for digest, vertex in self._vertices.items():
            name = vertex.step.stage or ""
            last[name] = max(last.get(name, 0), depths[digest])
        order = sorted(by_name, key=lambda name: (last[name], name))
        found = (_stage(name, by_name[name]) for name in order)
        return tuple(stage for stage in found if stage is not None)

    @property
    def bases(self) -> tuple[str, ...]:
        """The base images with the digests they were taken by, as a Dockerfile names them."""
        found = (_BASE.fullmatch(vertex.step.text) for vertex in self._vertices.values())
        return tuple(sorted({match[1] for match in found if match is not None}))

    def _caches(self, during: Literal["read", "write"]) -> Iterator[str]:
        """Give the caches that were read or written without an error."""
        for vertex in self._vertices.values():
            found = _cache_of(vertex.step)
            if found is not None and found[0] == during and vertex.completed and not vertex.failed:
                yield found[1]

    def _events(self, line: str) -> Iterator[BuildEvent]:
        if self._document:
            self._document.append(line)
            if line == "}":
                lines, self._document = self._document, []
                yield from self._read("\n".join(lines), lines)
            elif len(self._document) > _DOCUMENT_LINES:
                self._document = []
        elif line == "{":
            self._document = [line]
        else:
            yield from self._read(line, [line])

    def _read(self, document: str, lines: list[str]) -> Iterator[BuildEvent]:
        try:
            status = json.loads(document) if document.startswith("{") else None
        except (ValueError, RecursionError):
            status = None
        if not isinstance(status, dict):
            self._text.extend(line for line in lines if line.strip())
            return
        for raw in _objects(status, "vertexes"):
            yield from self._vertex(raw)
        for raw in _objects(status, "logs"):
            yield from self._log(raw)

    def _vertex(self, raw: Mapping[str, Any]) -> Iterator[BuildEvent]:
        digest, name = raw.get("digest"), raw.get("name")
        if not isinstance(digest, str) or not isinstance(name, str):
            return
        vertex = self._vertices.setdefault(digest, _Vertex(step=read_step(name)))
        if isinstance(inputs := raw.get("inputs"), list):
            vertex.inputs = tuple(map(str, inputs))
        started, completed = _time(raw.get("started")), _time(raw.get("completed"))
        error = raw.get("error")
        if raw.get("cached") is True:
            if not vertex.cached:
                vertex.cached = True
                yield StepCached(step=vertex.step)
            return
        if started is not None:
            vertex.started = min(vertex.started or started, started)
            if not vertex.running and not vertex.failed:
                vertex.running = True
                yield StepStarted(step=vertex.step)
        if completed is not None:
            vertex.completed = max(vertex.completed or completed, completed)
        if isinstance(error, str) and error:
            yield from self._failed(vertex, error)
        elif completed is not None and vertex.running:
            yield from _flush(vertex)
            vertex.running = False
            yield StepFinished(step=vertex.step, seconds=_seconds(started, completed))

    def _failed(self, vertex: _Vertex, error: str) -> Iterator[BuildEvent]:
        if vertex.failed:
            return
        yield from _flush(vertex)
        vertex.failed, vertex.running = True, False
        if _CANCELLED.search(error):
            return
        found = _STATUS.search(error)
        failure = Failure(
            step=vertex.step,
            problem=error,
            status=int(found[1]) if found else None,
            output=tuple(vertex.output),
        )
        cache = _cache_of(vertex.step)
        if cache is not None:
            during, name = cache
            told = CacheFailed(step=vertex.step, during=during, cache=name, problem=error)
            self._cache_problems.append(told)
            if during == "write":
                self._unwritten = self._unwritten or failure
            yield told
            return
        self._failure = self._failure or failure
        yield StepFailed(step=failure.step, problem=failure.problem, status=failure.status)

    def _log(self, raw: Mapping[str, Any]) -> Iterator[BuildEvent]:
        vertex = self._vertices.get(str(raw.get("vertex")))
        if vertex is None:
            return
        try:
            written = base64.b64decode(str(raw.get("data") or ""), validate=True)
        except ValueError:
            return
        # A chunk may end within a line.
        *lines, vertex.partial = (vertex.partial + written.decode("utf-8", errors="replace")).split(
            "\n"
        )
        yield from _output(vertex, lines)


def read_step(name: str) -> Step:
    """Read a vertex's name: `[linux/amd64 deps 3/5] RUN make`."""
    match = _NAME.fullmatch(name)
    if match is None:
        return Step(stage=None, number=0, count=0, text=name)
    return Step(
        stage=match["stage"] or _ONLY_STAGE,
        number=int(match["number"]),
        count=int(match["count"]),
        text=match["text"],
        platform=match["platform"],
    )


def _cache_of(step: Step) -> tuple[Literal["read", "write"], str] | None:
    """Tell which external cache a step of the builder's own reads or writes."""
    match = _CACHE.fullmatch(step.text) if step.stage is None else None
    if match is None:
        return None
    return ("write", match["write"] or "") if match["read"] is None else ("read", match["read"])


def _stage(name: str, vertices: list[_Vertex]) -> StageResult | None:
    # `FROM` is shown as done, not as cached, when the base is there, and it has the name of
    # whichever stage asked first: one of another build, if two run at the same time.
    own = [vertex for vertex in vertices if not vertex.step.text.startswith("FROM ")]
    if not own:
        return None
    # A step that never began in a build that ended well was not needed: what uses it was cached.
    ran = [vertex for vertex in own if vertex.started is not None and not vertex.cached]
    seconds = sum((_seconds(vertex.started, vertex.completed) for vertex in ran), 0.0)
    return StageResult(name=name, cached=not ran, seconds=round(seconds, 6))


def _depths(vertices: Mapping[str, _Vertex]) -> Mapping[str, int]:
    """Give each vertex the length of the longest way to it; a circle does not hang this."""
    depths = dict.fromkeys(vertices, 0)
    for _ in vertices:
        deeper = {
            digest: 1 + max((depths.get(one, -1) for one in vertex.inputs), default=-1)
            for digest, vertex in vertices.items()
        }
        if deeper == depths:
            break
        depths = deeper
    return depths


def _flush(vertex: _Vertex) -> Iterator[BuildEvent]:
    if vertex.partial:
        last, vertex.partial = vertex.partial, ""
        yield from _output(vertex, [last])


def _output(vertex: _Vertex, lines: list[str]) -> Iterator[BuildEvent]:
    # Only what a terminal would still show of a line that redraws itself.
    seen = [line.rstrip("\r").rpartition("\r")[2] for line in lines]
    vertex.output.extend(seen)
    if seen:
        yield StepOutput(step=vertex.step, lines=tuple(seen))


def _objects(status: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = status.get(key)
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, dict))


def _time(raw: object) -> datetime | None:
    if not isinstance(raw, str):
        return None
    try:
        time = datetime.fromisoformat(raw)
    except ValueError:
        return None
    # One without a zone cannot be compared with the others.
    return time if time.tzinfo is not None else None


def _seconds(started: datetime | None, completed: datetime | None) -> float:
    if started is None or completed is None:
        return 0.0
    return max(0.0, (completed - started).total_seconds())
