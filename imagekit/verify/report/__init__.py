"""Reports of a verification: one file a format, each a pure function from report to text.

To add one: a file here, a line in `FORMATS`, a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from imagekit.verify.model import VerificationReport
from imagekit.verify.report import (
    github,
    github_summary,
    gitlab,
    json_document,
    junit,
    markdown,
)
from imagekit.verify.sizes import Baseline

Write = Callable[[VerificationReport, Baseline | None], str]

FORMATS: Final[Mapping[str, Write]] = {
    "github": github.write,
    "github-summary": github_summary.write,
    "gitlab": gitlab.write,
    "json": json_document.write,
    "junit": junit.write,
    "markdown": markdown.write,
}
