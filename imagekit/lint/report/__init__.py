"""How findings look: one file a format, each a function from a report to text.

To add one: a file here, a line below, a case in `tests/unit/lint/test_reports.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from imagekit.lint.outcome import Report
from imagekit.lint.report import github, gitlab, junit, plain, sarif, terminal

FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "terminal": terminal.render,
    "json": plain.render,
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
}
