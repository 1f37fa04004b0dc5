"""Whole projects as folders: `tests/golden/detect/<case>/tree` and what is understood of it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from imagekit.errors import ImagekitError
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from tests.unit.project.trees import plain

CASES = Path(__file__).parents[2] / "golden" / "detect"


def understood(tree: Path) -> object:
    try:
        return plain(read_project(SourceTree.read(tree)))
    except ImagekitError as err:
        facts = {field.name: plain(getattr(err, field.name)) for field in fields(err)}
        return {"error": type(err).__name__, **facts}


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_project_is_understood(case: str, *, refresh_goldens: bool) -> None:
    text = json.dumps(understood(CASES / case / "tree"), indent=2, ensure_ascii=False) + "\n"
    expected = CASES / case / "expected.json"
    if refresh_goldens:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_every_case_was_found() -> None:
    assert len(list(CASES.iterdir())) >= 10
