"""The time that a build calls "now": `SOURCE_DATE_EPOCH`, else the commit's, else 1970.

Specification of the variable: reproducible-builds.org/specs/source-date-epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from imagekit.engine.process import Processes
from imagekit.errors import InvalidValue
from imagekit.resolved import Resolved

VARIABLE: Final = "SOURCE_DATE_EPOCH"
NO_COMMIT: Final = "default: no commit to take it from"
_GIT_SECONDS: Final = 20.0
_LATEST: Final = 253402300799
"""The last second of the year 9999, the last that an image config can hold (RFC 3339)."""


def source_date_epoch(
    processes: Processes, environment: Mapping[str, str], root: Path
) -> Resolved[int]:
    """Settle the latest time that the image may carry, in seconds since 1970.

    Raises:
        InvalidValue: the variable is set and is no such number.
    """
    text = environment.get(VARIABLE, "")
    if text:
        if not (text.isascii() and text.isdigit() and int(text) <= _LATEST):
            raise InvalidValue(
                file="environment",
                key=VARIABLE,
                problem="it is a whole number of seconds since 1970",
                value=f"value: {text!r}",
            )
        return Resolved(value=int(text), source=VARIABLE)
    told = processes.run(
        ("git", "-C", str(root.resolve()), "log", "-1", "--format=%ct"),
        environment=environment,
        timeout_seconds=_GIT_SECONDS,
    )
    answer = told.output.strip()
    if told.status == 0 and answer.isdigit():
        return Resolved(value=int(answer), source="git: time of the last commit")
    return Resolved(value=0, source=NO_COMMIT)
