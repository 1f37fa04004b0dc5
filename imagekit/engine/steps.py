"""The steps of a build as the stream tells them: their names, and the stages they make up. Pure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from imagekit.engine.events import StageResult, Step

OUTPUT_LINES: Final = 20
"""How many of a step's last lines are kept for a failure."""
_NAME: Final = re.compile(
    r"\[(?:(?P<platform>[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9]+)?)(?:->\S+)? )?"
    r"(?:(?P<stage>[^\s\]]+) +)? *(?P<number>\d{1,6})/(?P<count>\d{1,6})\] (?P<text>.*)",
    re.DOTALL,
)
_CACHE: Final = re.compile(
    r"importing cache manifest from (?P<read>.*)|exporting cache(?: to (?P<write>.*))?", re.DOTALL
)
"""BuildKit's names for reading and writing an external cache (`cache/remotecache` there)."""
_ONLY_STAGE: Final = "stage-0"
"""BuildKit's name for the first stage when it has none; of an only stage it shows no name."""


@dataclass(kw_only=True)
class Vertex:
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


def cache_of(step: Step) -> tuple[Literal["read", "write"], str] | None:
    """Tell which external cache a step of the builder's own reads or writes."""
    match = _CACHE.fullmatch(step.text) if step.stage is None else None
    if match is None:
        return None
    return ("write", match["write"] or "") if match["read"] is None else ("read", match["read"])


def stages(vertices: Mapping[str, Vertex]) -> tuple[StageResult, ...]:
    """Give the stages, each behind those it needs; meant for a build that ended well."""
    by_name: dict[str, list[Vertex]] = {}
    for vertex in vertices.values():
        if vertex.step.stage is not None:
            by_name.setdefault(vertex.step.stage, []).append(vertex)
    depths = _depths(vertices)
    last: dict[str, int] = {}
    for digest, vertex in vertices.items():
        name = vertex.step.stage or ""
        last[name] = max(last.get(name, 0), depths[digest])
    order = sorted(by_name, key=lambda name: (last[name], name))
    found = (_stage(name, by_name[name]) for name in order)
    return tuple(stage for stage in found if stage is not None)


def _stage(name: str, vertices: list[Vertex]) -> StageResult | None:
    # `FROM` is shown as done, not as cached, when the base is there, and it has the name of
    # whichever stage asked first: one of another build, if two run at the same time.
    own = [vertex for vertex in vertices if not vertex.step.text.startswith("FROM ")]
    if not own:
        return None
    # A step that never began in a build that ended well was not needed: what uses it was cached.
    ran = [vertex for vertex in own if vertex.started is not None and not vertex.cached]
    seconds = sum((seconds_between(vertex.started, vertex.completed) for vertex in ran), 0.0)
    return StageResult(name=name, cached=not ran, seconds=round(seconds, 6))


def _depths(vertices: Mapping[str, Vertex]) -> Mapping[str, int]:
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


def seconds_between(started: datetime | None, completed: datetime | None) -> float:
    """Give the time between two times of the stream; 0 where one is missing."""
    if started is None or completed is None:
        return 0.0
    return max(0.0, (completed - started).total_seconds())
