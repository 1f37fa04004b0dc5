"""BuildKit's own checks on the same Dockerfiles, where the builder offers them.

`docker buildx build --call=check,format=json` gives them as JSON and builds nothing; buildx has it
from 0.15 on (docs.docker.com, "Checking your build configuration"). A check that did not run is
noted. Their names that a rule of ours covers are left out, and so is what hadolint says of the same
line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from imagekit.dockerfile.text import Span, Text
from imagekit.engine.process import NOT_EXECUTABLE, NOT_FOUND, Processes
from imagekit.engine.scratch import scratch
from imagekit.engine.version import at_least
from imagekit.lint.model import DockerfileFile, Finding, Severity
from imagekit.lint.outcome import Foreign, Ran
from imagekit.lint.rules import covered

LINTER: Final = "buildkit"
FLOOR: Final = "0.15"
_VERSION: Final = re.compile(r"\bv?(\d+\.\d+\.\d+\S*)")
_MOST: Final = 50
"""Files beyond which each one's question to the builder takes too long."""
_SECONDS: Final = 60.0
_SAME_IN_HADOLINT: Final[Mapping[str, frozenset[str]]] = {
    "DuplicateStageName": frozenset({"DL3024"}),
    "FromPlatformFlagConstDisallowed": frozenset({"DL3029"}),
    "MaintainerDeprecated": frozenset({"DL4000"}),
    "MultipleInstructionsDisallowed": frozenset({"DL3012", "DL4003", "DL4004"}),
    "WorkdirRelativePath": frozenset({"DL3000"}),
}


@dataclass(frozen=True, kw_only=True)
class _Answer:
    findings: tuple[Finding, ...] = ()
    problem: str = ""
    """Why it checked nothing."""
    is_unable: bool = False
    """Whether the reason is not the file's text: no front end answered, or not as it should."""


def buildkit(
    files: Sequence[DockerfileFile], *, processes: Processes, environment: Mapping[str, str]
) -> Ran:
    """Ask BuildKit about Dockerfiles that we could read ourselves.

    Args:
        files: the Dockerfiles; their context is taken for empty.
        processes: starts docker.
        environment: of the caller.
    """
    if not files:
        return Ran()
    if len(files) > _MOST:
        why = f"more than {_MOST} files: name fewer"
        return Ran(notes=(f"BuildKit's checks did not run: {why}",))
    foreign: list[Foreign] = []
    notes: list[str] = []
    with scratch("lint") as folder:
        for file in files:
            answer = _ask(file.text, folder, processes, environment)
            if answer.is_unable and not _brings_front_end(file):
                why = _missing(processes, environment) or answer.problem
                notes.append(f"BuildKit's checks did not run: {why}")
                break
            if answer.problem:
                # An image that cannot be had ends its checks where the image is named.
                notes.append(f"BuildKit did not check all of {file.text.file}: {answer.problem}")
            if answer.findings or not answer.problem:
                found = Foreign(file=file.text.file, linter=LINTER, findings=answer.findings)
                foreign.append(found)
    return Ran(foreign=tuple(foreign), notes=tuple(notes))


def without_said(ran: Ran, hadolint: Sequence[Foreign]) -> Ran:
    """Leave out what hadolint says of the same line."""
    said = {(f.file, x.rule, x.location.line) for f in hadolint for x in f.findings}
    foreign = tuple(
        replace(each, findings=tuple(x for x in each.findings if not _is_said(x, said)))
        for each in ran.foreign
    )
    return replace(ran, foreign=foreign)


def _brings_front_end(file: DockerfileFile) -> bool:
    """Tell whether a line `# syntax=` names the front end: what it cannot do, another may."""
    return any(each.name == "syntax" for each in file.parsed.directives)


def _missing(processes: Processes, environment: Mapping[str, str]) -> str:
    """Say what the checks need and is not there; nothing when all is.

    Asked only when there was no answer: a process that most lint runs need not start.
    """
    done = processes.run(
        ("docker", "buildx", "version"), environment=environment, timeout_seconds=_SECONDS
    )
    if done.status in (NOT_FOUND, NOT_EXECUTABLE):
        return "there is no docker command"
    match = _VERSION.search(done.output)
    if done.status != 0 or match is None:
        return "docker has no buildx"
    if not at_least(match[1], FLOOR):
        return f"buildx {match[1]} does not offer them, {FLOOR} or newer does"
    return ""


def _ask(text: Text, folder: Path, processes: Processes, environment: Mapping[str, str]) -> _Answer:
    file = folder / "Dockerfile"
    file.write_bytes(text.encode())
    argv = ("docker", "buildx", "build", "--call=check,format=json", "--file", str(file))
    context = folder / "context"
    context.mkdir(exist_ok=True)
    done = processes.run((*argv, str(context)), environment=environment, timeout_seconds=_SECONDS)
    try:
        document: Any = json.loads(done.output)
        error = document.get("buildError")
        findings = tuple(_findings(text, document.get("warnings") or ()))
        problem = str(error["message"]).splitlines()[0] if error else ""
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        lines = [each for each in done.errors.splitlines() if each.startswith("ERROR")]
        problem = (lines or done.errors.strip().splitlines() or [f"status {done.status}"])[0]
        return _Answer(problem=problem.removeprefix("ERROR: "), is_unable=True)
    return _Answer(findings=findings, problem=problem)


def _findings(text: Text, warnings: Sequence[Any]) -> Iterator[Finding]:
    known = covered()
    for warning in warnings:
        name = str(warning["ruleName"])
        if name in known:
            continue
        ranges = warning["location"]["ranges"]
        lines = [int(part["line"]) for each in ranges for part in (each["start"], each["end"])]
        yield Finding(
            rule=name,
            severity=Severity.WARNING,
            text=text,
            span=_span(text, min(lines), max(lines)),
            message=str(warning.get("detail") or warning["description"]).strip().rstrip("."),
        )


def _span(text: Text, first: int, last: int) -> Span:
    """Give whole lines, without the indent; a line that is not there counts as the last one."""
    lines = len(text.starts)
    start, end = (text.line_span(min(max(1, line), lines)) for line in (first, last))
    indent = len(text.of(start)) - len(text.of(start).lstrip())
    return Span(start.start + indent, max(end.end, start.start + indent))


def _is_said(finding: Finding, said: set[tuple[str, str, int]]) -> bool:
    same = _SAME_IN_HADOLINT.get(finding.rule, frozenset())
    return any((finding.file, code, finding.location.line) in said for code in same)
