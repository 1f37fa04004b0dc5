"""JUnit XML, as CI servers read it: one test case a check."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from imagekit.errors import EngineLost
from imagekit.verify.model import CheckResult, Outcome, VerificationReport
from imagekit.verify.report.circumstances import circumstances
from imagekit.verify.sizes import Baseline

_SUITE: Final = "imagekit verify"


def write(report: VerificationReport, baseline: Baseline | None) -> str:
    """Write the suite."""
    del baseline
    results = report.results
    numbers = {
        "tests": str(len(results) + (report.lost is not None)),
        "failures": str(sum(each.outcome is Outcome.FAILED for each in results)),
        "errors": str(int(report.lost is not None)),
        "skipped": str(sum(each.outcome is Outcome.SKIPPED for each in results)),
        "time": f"{sum(each.seconds for each in results):.3f}",
    }
    root = Element("testsuites", {"name": _SUITE, **numbers})
    suite = SubElement(root, "testsuite", {"name": _clean(report.image.reference), **numbers})
    properties = SubElement(suite, "properties")
    for name, value in circumstances(report).items():
        SubElement(properties, "property", {"name": f"imagekit.{name}", "value": _clean(value)})
    for result in results:
        _case(suite, result)
    if report.lost is not None:
        _error(suite, report.lost)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, result: CheckResult) -> None:
    case = SubElement(
        suite,
        "testcase",
        {
            "classname": f"imagekit.{result.id.partition('.')[0]}",
            "name": result.id,
            "time": f"{result.seconds:.3f}",
        },
    )
    detail = _clean(result.detail)
    match result.outcome:
        case Outcome.FAILED:
            failure = SubElement(case, "failure", {"message": detail, "type": result.id})
            failure.text = _clean("\n".join(result.problems))
        case Outcome.SKIPPED:
            SubElement(case, "skipped", {"message": detail})
        case Outcome.PASSED:
            SubElement(case, "system-out").text = detail


def _error(suite: Element, lost: EngineLost) -> None:
    """Add a case that no server shows as green: skipped checks alone would be."""
    case = SubElement(suite, "testcase", {"classname": "imagekit.engine", "name": lost.page})
    error = SubElement(case, "error", {"message": _clean(lost.what), "type": lost.page})
    error.text = _clean(lost.found)


def _clean(text: str) -> str:
    """Leave out what XML 1.0 has no way to write: control characters and half characters."""
    return "".join(each if _allowed(ord(each)) else "\N{REPLACEMENT CHARACTER}" for each in text)


def _allowed(code: int) -> bool:
    return (
        code in (0x9, 0xA, 0xD)
        or 0x20 <= code <= 0xD7FF  # noqa: PLR2004 - the ranges of the XML recommendation
        or 0xE000 <= code <= 0xFFFD  # noqa: PLR2004
        or code >= 0x10000  # noqa: PLR2004
    )
