"""The root of the error catalogue and the exit codes."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every verb (DESIGN.md, "Exit codes"; 75 is EX_TEMPFAIL of sysexits.h)."""

    FINE = 0
    INTERNAL = 1
    USAGE = 2
    PROJECT = 3
    FINDINGS = 4
    ENGINE = 5
    BUILD = 6
    VERIFICATION = 7
    TRANSIENT = 75
    INTERRUPTED = 130


def closest(name: str, candidates: tuple[str, ...]) -> str | None:
    """Give the candidate a typist most likely meant, if one is near enough."""
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=0.6)), None)


@dataclass(kw_only=True, eq=False)
class ImagekitError(Exception):
    """Root of the catalogue. Not frozen: the interpreter sets `__traceback__` on it."""

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL
    page: ClassVar[str] = ""

    @property
    def what(self) -> str:
        """One sentence: what failed."""
        raise NotImplementedError

    @property
    def found(self) -> str:
        """What was found instead; empty when there is nothing to show."""
        return ""

    @property
    def advice(self) -> str:
        """One or two sentences: what to do."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.what
