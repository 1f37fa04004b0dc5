"""The summary of a GitHub step: the comment without its mark, after what the step said before."""

from __future__ import annotations

from imagekit.verify.model import VerificationReport
from imagekit.verify.report import markdown
from imagekit.verify.sizes import Baseline


def write(report: VerificationReport, baseline: Baseline | None) -> str:
    """Write the section; whoever writes it appends it to the file."""
    return "\n".join(markdown.lines(report, baseline)) + "\n\n"
