"""Nothing in a stream can make its reader raise."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.engine.diagnosis import diagnose
from imagekit.engine.events import Step, StepCached, StepOutput
from imagekit.engine.progress import Progress
from imagekit.engine.steps import OUTPUT_LINES, read_step
from imagekit.errors import ImagekitError

STARTED, COMPLETED = "2026-01-01T00:00:01.123456789Z", "2026-01-01T00:00:03Z"


def feed(*documents: dict[str, Any]) -> tuple[Progress, list[Any]]:
    progress = Progress()
    return progress, [e for d in documents for e in progress.feed(json.dumps(d))]


def vertex(digest: str, name: str, **rest: Any) -> dict[str, Any]:
    return {"vertexes": [{"digest": digest, "name": name, **rest}]}


def log(digest: str, data: bytes) -> dict[str, Any]:
    return {"logs": [{"vertex": digest, "data": base64.b64encode(data).decode()}]}


NAMES = {
    "[deps 3/5] RUN make": Step(stage="deps", number=3, count=5, text="RUN make"),
    "[deps  3/12] RUN make": Step(stage="deps", number=3, count=12, text="RUN make"),
    "[1/2] FROM scratch": Step(stage="stage-0", number=1, count=2, text="FROM scratch"),
    "[ 1/12] FROM scratch": Step(stage="stage-0", number=1, count=12, text="FROM scratch"),
    "[linux/arm64 deps 1/2] RUN a": Step(
        stage="deps", number=1, count=2, text="RUN a", platform="linux/arm64"
    ),
    "[linux/amd64->arm64 deps 1/2] RUN a": Step(
        stage="deps", number=1, count=2, text="RUN a", platform="linux/amd64"
    ),
    "[a 2/2] RUN <<E (x\ny)": Step(stage="a", number=2, count=2, text="RUN <<E (x\ny)"),
    "[internal] load build context": Step(
        stage=None, number=0, count=0, text="[internal] load build context"
    ),
    "exporting to image": Step(stage=None, number=0, count=0, text="exporting to image"),
    "[context imagekit] load from client": Step(
        stage=None, number=0, count=0, text="[context imagekit] load from client"
    ),
}


@pytest.mark.parametrize(("name", "step"), NAMES.items(), ids=NAMES.keys())
def test_a_name_is_read(name: str, step: Step) -> None:
    assert read_step(name) == step


def test_output_comes_in_whole_lines_and_the_rest_when_the_step_ends() -> None:
    _, events = feed(
        vertex("a", "[s 1/1] RUN x", started=STARTED),
        log("a", b"one\ntw"),
        log("a", b"o\nthree"),
        vertex("a", "[s 1/1] RUN x", started=STARTED, completed=COMPLETED),
    )
    lines = [event.lines for event in events if isinstance(event, StepOutput)]
    assert lines == [("one",), ("two",), ("three",)]


def test_a_line_that_redraws_itself_is_shown_as_it_ends() -> None:
    _, events = feed(vertex("a", "[s 1/1] RUN x", started=STARTED), log("a", b"10%\r55%\r100%\r\n"))
    assert events[-1].lines == ("100%",)


def test_a_failure_keeps_the_last_lines() -> None:
    progress, _ = feed(
        vertex("a", "[s 1/1] RUN x", started=STARTED),
        log("a", b"".join(b"%d\n" % n for n in range(100))),
        vertex("a", "[s 1/1] RUN x", started=STARTED, completed=COMPLETED, error="exit code: 7"),
    )
    assert progress.failure is not None
    assert progress.failure.status == 7
    assert progress.failure.output == tuple(str(n) for n in range(100 - OUTPUT_LINES, 100))


def test_a_step_that_fell_with_another_is_not_the_failure() -> None:
    progress, events = feed(
        vertex(
            "a",
            "[a 1/1] RUN x",
            started=STARTED,
            error="process: exit code: 137: context canceled: context canceled",
        ),
        vertex("b", "[b 1/1] RUN y", started=STARTED, error="process: exit code: 2"),
    )
    assert progress.failure is not None
    assert progress.failure.step.stage == "b"
    assert [type(event).__name__ for event in events] == [
        "StepStarted",
        "StepStarted",
        "StepFailed",
    ]


def test_a_stage_is_cached_when_every_instruction_was_whatever_its_base() -> None:
    progress, events = feed(
        vertex("f", "[a 1/3] FROM x", started=STARTED, completed=COMPLETED),
        vertex("1", "[a 2/3] RUN x", started=STARTED, completed=STARTED, cached=True),
        vertex("2", "[a 3/3] RUN y", started=STARTED, completed=STARTED, cached=True),
        vertex("3", "[b 1/2] RUN x", started=STARTED, completed=STARTED, cached=True),
        vertex("4", "[b 2/2] RUN y", started=STARTED, completed=COMPLETED, inputs=["2"]),
        vertex("5", "[c 1/1] RUN z", inputs=["4"]),
        vertex("g", "[of-another-build 1/3] FROM y", started=STARTED, completed=COMPLETED),
    )
    assert [(s.name, s.cached, round(s.seconds, 3)) for s in progress.stages] == [
        ("a", True, 0.0),
        ("b", False, 1.877),
        ("c", True, 0.0),
    ]
    assert sum(isinstance(event, StepCached) for event in events) == 3


def test_stages_come_behind_what_they_need() -> None:
    progress, _ = feed(
        {
            "vertexes": [
                {"digest": "r", "name": "[runtime 1/1] COPY a", "inputs": ["z", "d"]},
                {"digest": "d", "name": "[deps 1/1] RUN a"},
                {"digest": "z", "name": "[assets 1/1] RUN a", "inputs": ["d", "unknown"]},
            ]
        }
    )
    assert [stage.name for stage in progress.stages] == ["deps", "assets", "runtime"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["digest", "name", "inputs", "vertex", "data"]), inner)
    ),
    max_leaves=8,
)
digests = st.sampled_from(["a", "b", "c"])
times = st.sampled_from([STARTED, COMPLETED, "", "2026", "2026-01-01", "yesterday", "9" * 30])
vertices = st.fixed_dictionaries(
    {},
    optional={
        "digest": digests | json_values,
        "name": st.sampled_from([*NAMES, "[s 1/1] RUN x"]) | json_values,
        "started": times | json_values,
        "completed": times | json_values,
        "cached": json_values,
        "error": st.sampled_from(["exit code: 3", "context canceled"]) | json_values,
        "inputs": st.lists(digests) | json_values,
    },
)
logs = st.fixed_dictionaries(
    {}, optional={"vertex": digests | json_values, "data": st.text() | json_values}
)
statuses = st.fixed_dictionaries(
    {},
    optional={
        "vertexes": st.lists(vertices, max_size=4) | json_values,
        "logs": st.lists(logs, max_size=4) | json_values,
    },
)
stream_lines = st.one_of(
    st.text(),
    st.sampled_from(["{", "}", "[", "{}", "null", "[" * 5000, '{"vertexes": ' * 2000]),
    statuses.map(json.dumps),
    statuses.map(json.dumps).flatmap(lambda t: st.integers(0, len(t)).map(lambda n: t[:n])),
    json_values.map(json.dumps),
)


@given(st.lists(stream_lines, max_size=12), st.integers(-64, 255))
def test_no_stream_makes_the_reader_raise(lines: list[str], status: int) -> None:
    progress = Progress()
    for line in lines:
        progress.feed(line)
    assert all(stage.seconds >= 0 for stage in progress.stages)
    assert isinstance(diagnose(status, progress), ImagekitError)
    assert diagnose(status, progress).what


@given(st.binary())
def test_any_output_is_text(data: bytes) -> None:
    progress, events = feed(
        vertex("a", "[s 1/1] RUN x", started=STARTED),
        log("a", data),
        vertex("a", "[s 1/1] RUN x", started=STARTED, completed=COMPLETED),
    )
    lines = [line for event in events if isinstance(event, StepOutput) for line in event.lines]
    assert not any("\n" in line for line in lines)
    assert progress.failure is None
