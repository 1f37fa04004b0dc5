"""Fixes: edits applied to a text, and texts written back."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagekit.dockerfile.text import Span, Text
from imagekit.errors import ImagekitError, UnwritableFile
from imagekit.lint.kinds import Kind, read_target
from imagekit.lint.model import Edit, Finding
from imagekit.lint.outcome import Report

_MOST_ROUNDS: Final = 10
"""A fix may make room for another one; that ends soon, or somebody's fix is no fix."""


def fixed(content: str, findings: Iterable[Finding]) -> str:
    """Apply the fixes of findings of one text; of those that touch each other, the first.

    A fix is applied whole or not at all. Nothing outside of its edits changes.
    """
    taken: list[Edit] = []
    given = [(each.order, each.fix.edits) for each in findings if each.fix is not None]
    for _, edits in sorted(
        given, key=lambda each: (each[0], [(one.span, one.text) for one in each[1]])
    ):
        if edits and all(_fits(edit.span, len(content)) for edit in edits):
            spans = [edit.span for edit in edits]
            apart = not any(_touch(span, edit.span) for span in spans for edit in taken)
            within = not any(_touch(a, b) for at, a in enumerate(spans) for b in spans[:at])
            if apart and within:
                taken.extend(edits)
    for edit in sorted(taken, key=lambda each: each.span, reverse=True):
        content = content[: edit.span.start] + edit.text + content[edit.span.end :]
    return content


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """What became of the files."""

    files: tuple[str, ...] = ()
    """Those that were written."""
    notes: tuple[str, ...] = ()


def fix_files(
    lint: Callable[[], Report],
    paths: Mapping[str, Path],
    kind: Kind | None = None,
) -> Fixed:
    """Fix files on disk until nothing is left to fix.

    A file that would no longer parse, or is in no file (a composed Dockerfile), is left as it is.
    A rule of which a comment takes a finding away fixes its file in the first round alone: what was
    suppressed stays as it is, whatever the other fixes do to the lines around it.

    Args:
        lint: reads and lints all files.
        paths: where the files that may be written are.
        kind: what the files are, where that was said.

    Raises:
        UnwritableFile: a file cannot be written.
    """
    done: set[str] = set()
    notes: set[str] = set()
    held: set[tuple[str, str]] | None = None
    for _ in range(_MOST_ROUNDS):
        changed = False
        report = lint()
        free = [each for each in report.findings if (each.file, each.rule) not in (held or ())]
        if held is None:
            held = {(each.finding.file, each.finding.rule) for each in report.suppressed}
        for text, findings in _by_text(free):
            path = paths.get(text.file)
            new = Text(file=text.file, content=fixed(text.content, findings))
            if path is None or new.content == text.content:
                continue
            try:
                read_target(new, kind=kind)
            except ImagekitError as err:
                notes.add(f"{text.file} is not fixed, the result could not be read: {err.what}")
                continue
            write(path, new)
            done.add(text.file)
            changed = True
        if not changed:
            break
    return Fixed(files=tuple(sorted(done)), notes=tuple(sorted(notes)))


def _by_text(findings: Iterable[Finding]) -> list[tuple[Text, list[Finding]]]:
    found: dict[str, tuple[Text, list[Finding]]] = {}
    for finding in findings:
        found.setdefault(finding.file, (finding.text, []))[1].append(finding)
    return list(found.values())


def write(path: Path, text: Text) -> None:
    """Replace a file's content in one step, keeping mode and owner; a symbolic link stays one.

    Raises:
        UnwritableFile: the system refuses; the file is as it was.
    """
    target = path.resolve()
    try:
        before = target.stat()
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
            with contextlib.suppress(PermissionError):
                os.chown(name, before.st_uid, before.st_gid)
            Path(name).chmod(stat.S_IMODE(before.st_mode))
            Path(name).replace(target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
            raise
    except OSError as err:
        problem = err.strerror or "the system refuses"
        raise UnwritableFile(file=text.file, problem=problem) from err


def _fits(span: Span, length: int) -> bool:
    return 0 <= span.start <= span.end <= length


def _touch(one: Span, other: Span) -> bool:
    """Tell whether two edits meet: they share a character, or one inserts where the other is."""
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.overlaps(other)
