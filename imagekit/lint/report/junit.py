"""JUnit XML: a suite a file, a case a finding; a file without findings is a case that passed.

The dialect that Jenkins, GitLab and GitHub's test reporters read.
"""

from __future__ import annotations

import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from imagekit.lint.model import Finding
from imagekit.lint.outcome import Report
from imagekit.lint.report.wording import error_file, more, place

# XML 1.0, 2.2: what no document may have, escaped or not.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """Give the document. A finding that does not fail the run is a case that passed, with words."""
    failing = set(map(id, report.failing))
    root = Element("testsuites", name="imagekit lint")
    total = failures = 0
    for file in report.files:
        found = [each for each in report.findings if each.file == file]
        suite = SubElement(root, "testsuite", name=_text(file))
        failed = sum(id(each) in failing for each in found)
        for each in found:
            _case(suite, each, fails=id(each) in failing)
        if not found:
            SubElement(suite, "testcase", classname=_text(file), name="lint")
        count = max(1, len(found))
        suite.set("tests", str(count))
        suite.set("failures", str(failed))
        total, failures = total + count, failures + failed
    for err in report.unreadable:
        suite = SubElement(root, "testsuite", name=_text(error_file(err)), tests="1", errors="1")
        case = SubElement(suite, "testcase", classname=_text(error_file(err)), name=err.page)
        problem = SubElement(case, "error", message=_text(err.what), type=err.page)
        problem.text = _text(f"{err.found}\n{err.advice}")
        total += 1
    root.set("tests", str(total))
    root.set("failures", str(failures))
    root.set("errors", str(len(report.unreadable)))
    indent(root)
    body = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _case(suite: Element, finding: Finding, *, fails: bool) -> None:
    name = f"{finding.rule} {place(finding)}"
    case = SubElement(suite, "testcase", classname=_text(finding.file), name=_text(name))
    words = f"{place(finding)}: {finding.severity.value}: {finding.message}\n{more(finding.rule)}"
    if fails:
        failure = SubElement(case, "failure", message=_text(finding.message), type=finding.rule)
        failure.text = _text(words)
    else:
        SubElement(case, "system-out").text = _text(words)


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
