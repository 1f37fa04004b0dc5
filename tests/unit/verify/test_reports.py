"""Reports: each format as its reader reads it, whatever the texts hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagekit
from imagekit.engine.client import EngineInfo
from imagekit.errors import EngineLost, UnreadableConfiguration
from imagekit.image import LayerGroup
from imagekit.verify.boot import limits
from imagekit.verify.model import CheckResult, Outcome, Timing, Variables, VerificationReport
from imagekit.verify.report import FORMATS
from imagekit.verify.report.baseline import read_baseline
from imagekit.verify.report.markdown import growth
from imagekit.verify.report.schema import FILE, ReportDocument, json_schema
from imagekit.verify.sizes import changes

from .examples import EXPECTED, IMAGE, layer

SCHEMA = Path(imagekit.__file__).parent / "verify" / "report" / FILE
ENGINE = EngineInfo(
    name="docker",
    version="26.1.5",
    api="1.45",
    storage_driver="overlayfs",
    containerd_store=True,
    operating_system="linux",
    distribution="Debian",
    architecture="amd64",
    cpus=2,
    memory_bytes=8_000_000_000,
    security=(),
    cgroup_version="2",
    unlimited=(),
    root="/var/lib/docker",
)


def result(check: str, outcome: Outcome, detail: str, *problems: str) -> CheckResult:
    return CheckResult(id=check, outcome=outcome, seconds=1.25, detail=detail, problems=problems)


REPORT = VerificationReport(
    image=IMAGE,
    results=(
        result("config.user", Outcome.PASSED, "user 65532"),
        result("files.cookie", Outcome.FAILED, "a cookie", "a cookie\nin layer 1"),
        result("size.unpacked", Outcome.SKIPPED, "no budget"),
        result("boot.ready", Outcome.PASSED, "GET / answered 200"),
    ),
    engine=ENGINE,
    limits=limits(EXPECTED),
    variables=Variables(required=("SECRET_KEY_BASE",), optional=("APP_HOST", "PORT")),
    timings=(Timing(part="boot", begun=0.0, seconds=2.0),),
)
GOOD = replace(REPORT, results=REPORT.results[:1] + REPORT.results[3:])


def write(kind: str, report: VerificationReport = REPORT) -> str:
    return FORMATS[kind](report, None)


def saying(text: str) -> VerificationReport:
    """A report in which everything that an image decides is that text."""
    first, _, *rest = REPORT.results
    failed = replace(REPORT.results[1], detail=text, problems=(text,))
    return replace(
        REPORT,
        image=replace(IMAGE, reference=text),
        results=(replace(first, detail=text), failed, *rest),
    )


def test_the_shipped_schema_is_current(refresh_goldens: bool) -> None:
    if refresh_goldens:
        SCHEMA.write_text(json_schema(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize(
    "report",
    [REPORT, GOOD, replace(REPORT, engine=None, limits=None, timings=())],
    ids=["failed", "passed", "without a boot"],
)
def test_json_follows_its_schema(report: VerificationReport) -> None:
    written = json.loads(write("json", report))
    read = ReportDocument.model_validate(written)
    # Nothing is written that the schema does not describe.
    assert json.loads(read.model_dump_json(by_alias=True)) == written
    assert read.model_extra == {}


def test_json_keeps_the_names_of_the_design() -> None:
    written = json.loads(write("json"))
    assert written["schema"] == 1
    assert set(written["image"]) == {
        "reference",
        "digest",
        "platform",
        "unpacked_bytes",
        "compressed_bytes",
    }
    assert set(written["verification"]["checks"][0]) >= {"id", "outcome", "seconds", "detail"}


@pytest.mark.parametrize("kind", FORMATS)
def test_a_report_names_image_engine_and_limits(kind: str) -> None:
    text = write(kind).replace("\\", "")
    for words in ("sha256:1", "26.1.5", "1.45"):
        assert words in text
    assert "536.9 MB" in text or '"memory_bytes": 536870912' in text


class TestJunit:
    def test_numbers_and_cases(self) -> None:
        root = ET.fromstring(write("junit"))
        (suite,) = root
        assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == [
            "4",
            "1",
            "0",
            "1",
        ]
        cases = {case.get("name"): case for case in suite.findall("testcase")}
        assert list(cases) == [each.id for each in REPORT.results]
        failure = cases["files.cookie"].find("failure")
        assert failure is not None
        assert (failure.get("message"), failure.text) == ("a cookie", "a cookie\nin layer 1")
        assert cases["size.unpacked"].find("skipped") is not None

    @given(st.text())
    def test_any_text_is_xml(self, text: str) -> None:
        ET.fromstring(write("junit", saying(text)).encode("utf-8", "surrogatepass"))


class TestGithub:
    def test_an_error_a_failed_check(self) -> None:
        first, last = write("github").splitlines()
        assert first == "::error title=files.cookie failed::a cookie%0Ain layer 1"
        words, engine, allowed = last.split("%0A")
        about = "hello:dev (sha256:1): 2 passed, 1 failed, 1 skipped"
        assert words == f"::error title=imagekit verify::{about}"
        assert engine.startswith("engine: docker 26.1.5")
        assert allowed.startswith("limits: read-only root")

    def test_a_notice_when_all_is_well(self) -> None:
        assert write("github", GOOD).startswith("::notice title=imagekit verify::hello:dev")

    @given(st.text())
    def test_no_text_begins_a_command_of_its_own(self, text: str) -> None:
        written = write("github", saying(f"{text}\r\n::set-output name=x::{text}"))
        assert written.count("\n") == 2
        assert "\r" not in written

    def test_a_summary_ends_with_an_empty_line(self) -> None:
        text = write("github-summary")
        assert text.startswith("### hello:dev: verification failed\n")
        assert text.endswith("\n\n")


class TestGitlab:
    def test_one_issue_a_failed_check(self) -> None:
        (issue,) = json.loads(write("gitlab"))
        assert issue["check_name"] == "files.cookie"
        assert issue["severity"] == "blocker"
        assert issue["location"] == {"path": "imagekit.toml", "lines": {"begin": 1}}
        assert json.loads(write("gitlab", GOOD)) == []

    def test_what_is_missing_is_an_issue(self) -> None:
        lost = EngineLost(during="starting a container", problem="connection refused")
        (issue,) = json.loads(write("gitlab", replace(GOOD, lost=lost)))
        assert issue["check_name"] == lost.page
        assert "connection refused" in issue["content"]["body"]

    def test_a_finding_keeps_its_print_when_tag_and_digest_change(self) -> None:
        def fingerprint(reference: str) -> Any:
            moved = replace(IMAGE, reference=reference, digest=f"sha256:{reference}")
            (issue,) = json.loads(write("gitlab", replace(REPORT, image=moved)))
            return issue["fingerprint"]

        assert fingerprint("localhost:5000/a:1") == fingerprint("localhost:5000/a:2")
        assert fingerprint("localhost:5000/a") == fingerprint("localhost:5000/a@sha256:0")
        assert fingerprint("a:1") != fingerprint("b:1")


class TestMarkdown:
    def test_failures_first_then_sizes_then_all(self) -> None:
        text = write("markdown")
        assert text.startswith("<!-- imagekit verify -->\n### hello:dev: verification failed\n")
        assert "2 passed, 1 failed, 1 skipped." in text
        order = [text.index(part) for part in ("a cookie", "| layers |", "All checks", "Image, ")]
        assert order == sorted(order)
        assert "| app | 900 kB | 2 MB |" in text

    def test_growth_against_a_baseline(self) -> None:
        baseline = read_baseline(write("json"), "before.json")
        grown = replace(
            REPORT,
            image=replace(
                IMAGE,
                layers=(
                    IMAGE.layers[0],
                    layer(LayerGroup.DEPS, 4_000_000, 1_000_000),
                    layer(LayerGroup.APP, 1_000_000, 450_000),
                ),
            ),
        )
        text = FORMATS["markdown"](grown, baseline)
        assert "Against hello:dev (`sha256:1`):" in text
        assert "| os | 28 MB | 0 | 70 MB | 0 |" in text
        assert "| deps | 1 MB | +1 MB (new) | 4 MB | +4 MB (new) |" in text
        assert "| app | 450 kB | −450 kB (−50.0 %) | 1 MB | −1 MB (−50.0 %) |" in text  # noqa: RUF001
        assert "| image | 29.4 MB | +550 kB (+1.9 %) |" in text

    @given(st.text(alphabet="ab|`<>@#\n\\*_[]()!~&-", max_size=40))
    def test_no_text_is_markup(self, text: str) -> None:
        written = write("markdown", saying(text))
        assert len([line for line in written.splitlines() if line.startswith("| `")]) == 4
        outside = [line for line in written.splitlines() if not line.startswith("    ")]
        assert not any("@" in line for line in outside)
        assert sum(line.startswith("### ") for line in outside) == 1


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [(1, 1, "0"), (0, 5, "+5 B (new)"), (200, 100, "−100 B (−50.0 %)"), (0, 0, "0")],  # noqa: RUF001
)
def test_growth(before: int, after: int, words: str) -> None:
    assert growth(before, after) == words


def test_a_group_that_is_gone_has_its_row() -> None:
    baseline = read_baseline(write("json"), "before.json")
    rows = {each.name: each for each in changes(replace(IMAGE, layers=IMAGE.layers[:1]), baseline)}
    assert list(rows) == ["os", "app", "image"]
    assert rows["app"].after is None
    assert rows["app"].before is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is not JSON"),
        ("[]", "it is no JSON report of imagekit"),
        ("{}", "it is no JSON report of imagekit: schema"),
        ('{"schema": 2}', "it is no JSON report of imagekit: schema"),
        ("[" * 100_000, "it is not JSON"),
    ],
)
def test_a_baseline_that_is_none(text: str, problem: str) -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        read_baseline(text, "before.json")
    assert problem in raised.value.found or problem in raised.value.what
