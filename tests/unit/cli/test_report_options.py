"""The flags of reports: what is understood, what is refused, and where the text goes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from imagekit.cli import verify
from imagekit.cli.report_options import read_reports
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.errors import UnreadableConfiguration, UnwritableFile
from imagekit.image import Image, LayerGroup
from imagekit.verify.model import CheckResult, Outcome, VerificationReport
from tests.unit.engine.fakes import engine
from tests.unit.verify.examples import IMAGE

from .conftest import Imagekit

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


def test_what_cannot_be_written_is_said_before_anything_runs(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    there, below, good = tmp_path, file / "report.xml", tmp_path / "deep/er/report.md"
    with pytest.raises(UnwritableFile) as refused:
        read_reports((f"json={there}", f"junit={below}", f"markdown={good}"), None, as_json=False)
    assert refused.value.found == f"{there}: Is a directory\n{below}: Not a directory"
    with pytest.raises(UnwritableFile, match=r"report\.xml cannot be written"):
        read_reports((f"junit={below}",), None, as_json=False)
    assert [*tmp_path.iterdir()] == [file]
    assert file.read_text() == "mine"


def test_the_attempt_leaves_the_disk_as_it_was(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("of before")
    os.utime(old, (1, 1))
    read_reports((f"json={old}", f"junit={tmp_path}/new/report.xml"), None, as_json=False)
    assert [*tmp_path.iterdir()] == [old]
    assert (old.read_text(), old.stat().st_mtime) == ("of before", 1)


def test_one_that_cannot_be_written_later_costs_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken, good = tmp_path / "report.json", tmp_path / "report.xml"
    wanted = read_reports((f"json={taken}", f"junit={good}"), None, as_json=False)
    taken.mkdir()
    unwritten = wanted.write(REPORT)
    assert unwritten is not None
    assert unwritten.found == "Is a directory"
    assert good.read_text().startswith("<?xml")
    assert "report.json cannot be written." in capsys.readouterr().err


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.PASSED, 2), (Outcome.FAILED, 7)])
def test_the_verification_decides_first_how_it_ends(
    imagekit: Imagekit,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
    code: int,
) -> None:
    taken, good = tmp_path / "report.json", tmp_path / "report.xml"

    def verified(*_: object, **__: object) -> VerificationReport:
        taken.mkdir()
        return replace(REPORT, results=(replace(REPORT.results[0], outcome=outcome),))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Engine, "connect", lambda _: engine())
    monkeypatch.setattr(verify, "run_verification", verified)
    ended = imagekit(
        "verify", "i", "--report", f"json={taken}", "--report", f"junit={good}", "--json"
    )
    assert ended.code == code
    assert ended.json["verification"]["passed"] is (outcome is Outcome.PASSED)
    assert "report.json cannot be written." in ended.err
    assert good.exists()


def test_a_variable_without_a_value_is_that_of_this_environment(
    imagekit: Imagekit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def verified(_: object, __: object, expect: Any, **___: object) -> VerificationReport:
        seen.append(expect(IMAGE).environment)
        return REPORT

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERE", "of the caller")
    monkeypatch.setattr(Engine, "connect", lambda _: engine())
    monkeypatch.setattr(verify, "run_verification", verified)
    ended = imagekit("verify", "i", "--env", "HERE", "--env", "EMPTY=", "--env", "A=b=c")
    assert ended.code == 0, ended.err
    assert seen[0].items() >= {"HERE": "of the caller", "EMPTY": "", "A": "b=c"}.items()


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
