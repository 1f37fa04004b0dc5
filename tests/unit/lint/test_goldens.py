"""Golden cases: a folder of files in `tests/golden/lint/`, and the findings in them.

`ik301-computed-name` shows the findings of IK301 alone, `all-...` those of every rule. A folder
with a `mix.exs` is a project, and a Dockerfile or manifest in it one that somebody wrote.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imagekit.lint.collect import Collector
from imagekit.lint.model import Finding
from imagekit.lint.outcome import Report
from imagekit.lint.policy import Policy
from imagekit.lint.project import OpenedProject
from imagekit.lint.run import run
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.settings.load import Settings, load

from .checking import place

GOLDEN = Path(__file__).parents[2] / "golden" / "lint"
EXPECTED = "expected.txt"
CASES = sorted(path.name for path in GOLDEN.glob("*-*") if path.is_dir())


def settings(folder: Path) -> Settings:
    file = folder / "imagekit.toml"
    return load(file.read_text(encoding="utf-8") if file.exists() else None, {}, {})


def open_project(folder: Path) -> OpenedProject:
    tree = SourceTree.read(folder)
    return OpenedProject(
        tree=tree, project=read_project(tree), settings=settings(folder), dockerfile=None
    )


def load_policy(folder: Path) -> Policy:
    return Policy.of(settings(folder).values.lint, str(folder))


def lint(folder: Path) -> Report:
    collector = Collector(open_project=open_project, load_policy=load_policy)
    beside = [folder / "Dockerfile", *sorted(folder.glob("*.yaml")), folder]
    paths = [path for path in beside if path.exists()]
    found = collector.collect(paths if (folder / "mix.exs").exists() else [folder])
    return run(found.subjects, unreadable=found.unreadable, notes=found.notes)


def shown(folder: Path, finding: Finding) -> str:
    file = finding.file.removeprefix(f"{folder}/")
    where, severity = place(finding), finding.severity.value
    fixable = f" [{finding.fix.title}]" if finding.fix is not None else ""
    return f"{file}:{where} {severity} {finding.rule} {finding.message}{fixable}\n"


@pytest.mark.parametrize("case", CASES)
def test_what_is_found(case: str, refresh_goldens: bool) -> None:
    folder = GOLDEN / case
    wanted = case.split("-", 1)[0].upper()
    assert re.fullmatch(r"IK\d{3}|ALL", wanted)
    report = lint(folder)
    assert not report.unreadable
    found = [each for each in report.findings if wanted in ("ALL", each.rule)]
    text = "".join(shown(folder, each) for each in found)
    if refresh_goldens:
        (folder / EXPECTED).write_text(text, encoding="utf-8")
    assert (folder / EXPECTED).read_text(encoding="utf-8") == text
