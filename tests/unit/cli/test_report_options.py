"""The flags of reports: what is understood, what is refused, and where the text goes."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from imagekit.cli.report_options import read_reports
from imagekit.engine.images import ImageStore
from imagekit.errors import UnreadableConfiguration
from imagekit.image import Image, LayerGroup
from imagekit.verify.model import CheckResult, Outcome, VerificationReport
from tests.unit.engine.fakes import engine
from tests.unit.verify.examples import IMAGE

REPORT = VerificationReport(
    image=IMAGE,
    results=(CheckResult(id="boot.ready", outcome=Outcome.PASSED, seconds=1, detail="ready"),),
)


@pytest.mark.parametrize("text", ["junit", "junit=", "=x", "xml=x", ""])
def test_a_report_is_a_format_and_a_file(text: str) -> None:
    with pytest.raises(click.UsageError, match="it is FORMAT=FILE, with one of github"):
        read_reports((text,), None, as_json=False)


def test_one_document_on_stdout() -> None:
    with pytest.raises(click.UsageError, match="One document fits on stdout"):
        read_reports(("junit=-", "markdown=-"), None, as_json=False)
    with pytest.raises(click.UsageError, match="One document fits on stdout"):
        read_reports(("junit=-",), None, as_json=True)
    assert read_reports(("junit=-",), None, as_json=False).on_stdout


def test_as_many_as_asked(tmp_path: Path) -> None:
    json_file, junit = tmp_path / "made" / "report.json", tmp_path / "a=b.xml"
    wanted = read_reports((f"json={json_file}", f"junit={junit}"), None, as_json=True)
    wanted.write(REPORT)
    assert json.loads(json_file.read_text())["verification"]["passed"]
    assert junit.read_text().startswith("<?xml")
    again = read_reports(("markdown=-",), str(json_file), as_json=False)
    assert again.baseline is not None


def test_a_step_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    read_reports((f"github-summary={file}",), None, as_json=False).write(REPORT)
    assert file.read_text().startswith("before\n### hello:dev: verification passed\n")


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(click.FileError):
        read_reports((f"json={tmp_path}",), None, as_json=False).write(REPORT)


def test_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfiguration):
        read_reports((), str(tmp_path / "none.json"), as_json=False)


def test_a_baseline_may_be_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def inspect(_: object, reference: str) -> Image:
        asked.append(reference)
        return IMAGE

    monkeypatch.setattr(ImageStore, "inspect", inspect)
    wanted = read_reports((), "hello:1", as_json=False)
    assert (wanted.baseline, asked) == (None, [])
    found = wanted.compared(engine()).baseline
    assert found is not None
    assert asked == ["hello:1"]
    assert found.whole.compressed == IMAGE.compressed_bytes
    assert found.groups[LayerGroup.APP].compressed == 900_000
