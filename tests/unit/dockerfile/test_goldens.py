"""Rendered files as a reader sees them: each folder of tests/golden/render is a case.

`input.py` makes DOCKERFILE, and DOCKERIGNORE where the case has one; the other
files are what must come out. `--refresh-goldens` writes them anew.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from imagekit.dockerfile import render, render_dockerignore

from .buildkit import parse

GOLDEN = Path(__file__).parents[2] / "golden/render"
CASES = sorted(path.name for path in GOLDEN.iterdir())


def rendered(case: Path) -> dict[str, str]:
    made = runpy.run_path(str(case / "input.py"))
    files = {"Dockerfile": render(made["DOCKERFILE"])}
    if "DOCKERIGNORE" in made:
        files[".dockerignore"] = render_dockerignore(made["DOCKERIGNORE"])
    return files


def check(case: Path, *, refresh: bool) -> None:
    files = rendered(case)
    if refresh:
        for name, text in files.items():
            (case / name).write_text(text, encoding="utf-8")
    present = {path.name for path in case.iterdir() if path.name != "__pycache__"}
    assert present == {"input.py", *files}
    assert {name: (case / name).read_text(encoding="utf-8") for name in files} == files


def test_there_are_cases() -> None:
    assert CASES


@pytest.mark.parametrize("case", CASES)
def test_the_output_is_as_expected(case: str, *, refresh_goldens: bool) -> None:
    check(GOLDEN / case, refresh=refresh_goldens)
    assert parse((GOLDEN / case / "Dockerfile").read_text(encoding="utf-8"))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    text = (GOLDEN / "smallest/input.py").read_text(encoding="utf-8")
    (tmp_path / "input.py").write_text(text, encoding="utf-8")
    check(tmp_path, refresh=True)
    return tmp_path


def test_a_refreshed_case_is_as_expected(case: Path) -> None:
    check(case, refresh=False)


def test_a_stale_output_fails(case: Path) -> None:
    (case / "Dockerfile").write_text("FROM debian\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        check(case, refresh=False)


def test_an_output_that_no_input_makes_fails_even_when_refreshed(case: Path) -> None:
    (case / ".dockerignore").write_text("", encoding="utf-8")
    with pytest.raises(AssertionError):
        check(case, refresh=True)


def test_a_missing_output_fails(case: Path) -> None:
    (case / "Dockerfile").unlink()
    with pytest.raises(AssertionError):
        check(case, refresh=False)
