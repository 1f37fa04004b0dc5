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
from datetime import datetime
from typing import Any, Final, Literal

from imagekit.engine.events import (
    BuildEvent,
    CacheFailed,
    Failure,
    StageResult,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
    StepStarted,
)
from imagekit.engine.steps import Vertex, cache_of, read_step, seconds_between, stages

_TEXT_LINES: Final = 60
_DOCUMENT_LINES: Final = 200_000
_STATUS: Final = re.compile(r"exit code: (\d{1,9})\s*$")
_CANCELLED: Final = re.compile(r"context canceled|code = Canceled", re.IGNORECASE)
_BASE: Final = re.compile(r"FROM (?:docker\.io/(?:library/)?)?(\S+@sha256:[0-9a-f]{64})")
"""How a step names the base image it took; the names of Docker Hub are shown in full."""


class Progress:
    """Takes the stream line by line."""

    def __init__(self) -> None:
        self._vertices: dict[str, Vertex] = {}
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
        return stages(self._vertices)

    @property
    def bases(self) -> tuple[str, ...]:
        """The base images with the digests they were taken by, as a Dockerfile names them."""
        found = (_BASE.fullmatch(vertex.step.text) for vertex in self._vertices.values())
        return tuple(sorted({match[1] for match in found if match is not None}))

    def _caches(self, during: Literal["read", "write"]) -> Iterator[str]:
        """Give the caches that were read or written without an error."""
        for vertex in self._vertices.values():
            found = cache_of(vertex.step)
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
        vertex = self._vertices.setdefault(digest, Vertex(step=read_step(name)))
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
            yield StepFinished(step=vertex.step, seconds=seconds_between(started, completed))

    def _failed(self, vertex: Vertex, error: str) -> Iterator[BuildEvent]:
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
        cache = cache_of(vertex.step)
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


def _flush(vertex: Vertex) -> Iterator[BuildEvent]:
    if vertex.partial:
        last, vertex.partial = vertex.partial, ""
        yield from _output(vertex, [last])


def _output(vertex: Vertex, lines: list[str]) -> Iterator[BuildEvent]:
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
