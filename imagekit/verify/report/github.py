"""GitHub annotations: workflow commands, to be printed by a step."""

from __future__ import annotations

from imagekit.verify.model import Outcome, VerificationReport
from imagekit.verify.report.circumstances import circumstances, summary
from imagekit.verify.sizes import Baseline


def write(report: VerificationReport, baseline: Baseline | None) -> str:
    """Write an error a failed check, and one notice with the numbers."""
    del baseline
    lines = [
        _command("error", f"{each.id} failed", "\n".join(each.problems) or each.detail)
        for each in report.results
        if each.outcome is Outcome.FAILED
    ]
    about = f"{report.image.reference} ({report.image.digest}): {summary(report)}"
    known = circumstances(report)
    about += "".join(f"\n{name}: {known[name]}" for name in ("engine", "limits") if name in known)
    lines.append(_command("notice" if report.passed else "error", "imagekit verify", about))
    return "".join(f"{line}\n" for line in lines)


def _command(kind: str, title: str, message: str) -> str:
    """Write one; the text cannot end it or begin another."""
    return f"::{kind} title={_property(title)}::{_text(message)}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
