"""Each format: its golden file, and its own reader or schema.

SARIF is held against `sarif.schema.json`, the part of the official schema that we write. With
`IMAGEKIT_SARIF_SCHEMA=<file>`, as `make test` sets it, it is held against the official one as well,
which is not ours to ship: `.ci/sarif-schema` takes it from an npm package.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from imagekit.lint.report import FORMATS, terminal

from .reporting import DOCKERFILE, NOTHING, REPORT

GOLDEN = Path(__file__).parents[2] / "golden" / "lint" / "reports"
SUBSET = Path(__file__).parent / "sarif.schema.json"
ENDS = {
    "terminal": "txt",
    "json": "json",
    "sarif": "sarif",
    "github": "txt",
    "gitlab": "json",
    "junit": "xml",
}

each_format = pytest.mark.parametrize("name", FORMATS)
each_report = pytest.mark.parametrize("report", [REPORT, NOTHING], ids=["findings", "nothing"])


def schemas() -> list[Any]:
    official = os.environ.get("IMAGEKIT_SARIF_SCHEMA")
    files = [SUBSET, *([Path(official)] if official else [])]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


@each_format
def test_what_it_looks_like(name: str, refresh_goldens: bool) -> None:
    text = FORMATS[name](REPORT)
    golden = GOLDEN / f"{name}.{ENDS[name]}"
    if refresh_goldens:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


@each_format
@each_report
def test_nothing_in_it_steers_a_terminal_or_breaks_its_encoding(name: str, report: Any) -> None:
    text = FORMATS[name](report)
    text.encode("utf-8")
    assert "\x1b" not in text
    assert text == "" or text.endswith("\n")


def test_colour_changes_no_character() -> None:
    text = terminal.render(REPORT, colour=True)
    styles = ("\x1b[0m", "\x1b[1;31m", "\x1b[33m", "\x1b[36m", "\x1b[2m", "\x1b[1m")
    for style in styles:
        text = text.replace(style, "")
    assert text == terminal.render(REPORT)


def test_the_caret_stands_below_what_is_meant() -> None:
    lines = terminal.render(REPORT).splitlines()
    for number, marked in ((2, "mix  compile"), (3, "mix phx.server")):
        at = next(index for index, line in enumerate(lines) if line.startswith(f"{number} |"))
        start, width = lines[at + 1].index("^"), lines[at + 1].count("^")
        assert lines[at][start : start + width] == marked


@each_report
@pytest.mark.parametrize("schema", schemas(), ids=lambda schema: schema["$schema"])
def test_sarif_is_valid(report: Any, schema: Any) -> None:
    jsonschema.validate(json.loads(FORMATS["sarif"](report)), schema)


def test_sarif_names_each_rule_once_and_by_its_index() -> None:
    (run,) = json.loads(FORMATS["sarif"](REPORT))["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(ids) == len(set(ids))
    assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert len(run["results"]) == 8
    assert sum("suppressions" in result for result in run["results"]) == 2


def test_sarif_regions_are_what_was_found() -> None:
    (run,) = json.loads(FORMATS["sarif"](REPORT))["runs"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    line = DOCKERFILE.line(region["startLine"])
    assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == "mix  compile"


def test_github_has_one_line_a_finding() -> None:
    lines = FORMATS["github"](REPORT).splitlines()
    assert len(lines) == len(REPORT.findings) + len(REPORT.unreadable) + len(REPORT.notes)
    assert all(line.startswith(("::error ", "::warning ", "::notice")) for line in lines)


def test_gitlab_fingerprints_are_unique() -> None:
    issues = json.loads(FORMATS["gitlab"](REPORT))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 7
    assert {issue["severity"] for issue in issues} <= {"info", "major", "critical", "blocker"}


def test_junit_counts_what_it_has() -> None:
    root = ET.fromstring(FORMATS["junit"](REPORT))
    assert root.get("tests") == str(len(root.findall(".//testcase")))
    assert root.get("failures") == str(len(root.findall(".//failure"))) == "1"
    assert root.get("errors") == str(len(root.findall(".//error"))) == "1"
    quiet = ET.fromstring(FORMATS["junit"](NOTHING))
    assert (quiet.get("tests"), quiet.get("failures")) == ("1", "0")
