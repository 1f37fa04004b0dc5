"""Numbers of a benchmark: medians and spread, a table of targets, the machine they are of."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Some measurements of one thing."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({min(self.values):.2f} to {max(self.values):.2f})"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table: what was asked for and what came out."""

    name: str
    measured: str
    target: float | None = None
    value: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Whether the target was met; a row without a measurement met nothing."""
        if self.target is None:
            return ""
        if self.value is None:
            return "not measured"
        return "met" if self.value <= self.target else "missed"


def table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Write a Markdown table: name, target, measured, verdict, and the notes as further columns."""
    head = (*columns[:1], "at most", "measured", "", *columns[1:])
    lines = [head, ("---",) * len(head)]
    for row in rows:
        target = "" if row.target is None else f"{row.target:g}"
        notes = (*row.notes, *("",) * (len(columns) - 1 - len(row.notes)))
        lines.append((row.name, target, row.measured, row.verdict, *notes))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> dict[str, Any]:
    """Describe the machine by its size, and by how much else it has to do."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    asked = ("docker", "version", "--format", "{{.Server.Version}}")
    engine = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "architecture": platform.machine(),
        "engine": engine,
        "load": load(),
    }


def load() -> float:
    """Give how many processes wanted to run, averaged over the last minute."""
    return round(os.getloadavg()[0], 2)


def say_machine(described: Mapping[str, Any]) -> str:
    return (
        f"{described['cores']} cores, {described['memory_gib']} GiB, {described['architecture']}, "
        f"Docker {described['engine']}; load at the start {described['load']}"
    )


def save(path: Path | None, document: Mapping[str, Any]) -> None:
    """Write the raw results, where somebody wants them."""
    if path is not None:
        path.write_text(json.dumps(document, indent=1, default=asdict) + "\n", encoding="utf-8")
