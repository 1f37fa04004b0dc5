"""Recorded `rawjson` streams: each folder of fixtures/engine/streams with what is made of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from imagekit.engine.diagnosis import diagnose
from imagekit.engine.events import (
    BuildEvent,
    CacheFailed,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
    StepStarted,
)
from imagekit.engine.progress import Progress

STREAMS = Path(__file__).parents[3] / "fixtures" / "engine" / "streams"
CASES = sorted(path.name for path in STREAMS.iterdir() if path.is_dir())
WELL = {"cold", "all-cached", "one-file-changed", "cache-missing", "cache-unanswered"}


def lines_of(case: str) -> list[str]:
    return (STREAMS / case / "stream.jsonl").read_text(encoding="utf-8").splitlines()


def shown(event: BuildEvent) -> str:
    step = event.step
    place = f"{step.stage} {step.number}/{step.count}" if step.stage else "-"
    match event:
        case StepStarted():
            return f"{place} started: {step.text}"
        case StepCached():
            return f"{place} cached: {step.text}"
        case StepFinished(seconds=seconds):
            return f"{place} finished: {step.text} ({seconds:.1f} s)"
        case StepOutput(lines=lines):
            return f"{place} output: {list(lines)}"
        case StepFailed(problem=problem, status=status):
            return f"{place} failed: {step.text}: {problem} ({status})"
        case CacheFailed(during=during, cache=cache, problem=problem):
            return f"{place} cache failed: {during} {cache}: {problem}"


def result(lines: list[str], *, well: bool) -> dict[str, object]:
    progress = Progress()
    events = [shown(event) for line in lines for event in progress.feed(line)]
    error = None if well else diagnose(1, progress)
    return {
        "events": events,
        "stages": [asdict(stage) for stage in progress.stages] if well else [],
        "error": error and {"class": type(error).__name__, **facts(error)},
    }


def facts(error: object) -> dict[str, object]:
    return {key: list(v) if isinstance(v, tuple) else v for key, v in vars(error).items()}


@pytest.mark.parametrize("case", CASES)
def test_a_recorded_stream_is_understood(case: str, refresh_goldens: bool) -> None:
    found = result(lines_of(case), well=case in WELL)
    golden = STREAMS / case / "expected.json"
    if refresh_goldens:
        golden.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES)
def test_one_document_a_line_is_understood_the_same(case: str) -> None:
    """As buildx writes it from 0.14 on."""
    compact: list[str] = []
    document: list[str] = []
    for line in lines_of(case):
        if document or line == "{":
            document.append(line)
            if line == "}":
                compact.append(json.dumps(json.loads("\n".join(document))))
                document = []
        else:
            compact.append(line)
    well = case in WELL
    assert result(compact, well=well) == result(lines_of(case), well=well)
    assert len(compact) <= len(lines_of(case))


def test_there_are_streams_of_every_kind() -> None:
    assert set(CASES) >= {*WELL, "run-fails", "base-not-found", "registry-refuses", "disk-full"}
