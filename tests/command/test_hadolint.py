"""The real hadolint finds nothing that the page of a golden case's recipe does not explain."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from imagekit.recipe.load import shipped

from .conftest import REPOSITORY

GOLDEN: Final = REPOSITORY / "tests" / "golden" / "compose"
CASES: Final = sorted(path.name for path in GOLDEN.iterdir())
HADOLINT: Final = Path(sysconfig.get_path("scripts")) / "hadolint"
RULE: Final = re.compile(r"\b(?:DL|SC)[0-9]{4}\b")


def recipe_of(case: str) -> str:
    plan = json.loads((GOLDEN / case / "plan.json").read_text(encoding="utf-8"))
    return str(plan["plan"]["recipe"]["value"])


def explained(recipe: str) -> set[str]:
    page = REPOSITORY / "recipes" / f"{recipe}.md"
    return set(RULE.findall(page.read_text(encoding="utf-8")))


@cache
def findings(case: str) -> dict[str, list[str]]:
    """Rule to the places where it fires, pragmas and configuration of this machine aside."""
    command = [str(HADOLINT), "--config", "/dev/null", "--disable-ignore-pragma", "--no-fail"]
    done = subprocess.run(
        [*command, "--format", "json", "Dockerfile"],
        cwd=GOLDEN / case,
        capture_output=True,
        check=True,
        encoding="utf-8",
        timeout=60,
    )
    found: dict[str, list[str]] = {}
    for each in json.loads(done.stdout):
        found.setdefault(each["code"], []).append(f"{case}:{each['line']}: {each['message']}")
    return found


@pytest.mark.parametrize("case", CASES)
def test_every_finding_is_explained(case: str) -> None:
    known = explained(recipe_of(case))
    assert {rule: places for rule, places in findings(case).items() if rule not in known} == {}


@pytest.mark.parametrize("recipe", shipped())
def test_every_explanation_is_of_a_finding(recipe: str) -> None:
    found = {rule for case in CASES if recipe_of(case) == recipe for rule in findings(case)}
    assert explained(recipe) == found
