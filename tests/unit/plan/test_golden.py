"""Golden cases: a folder of `tests/golden/compose/` is a project and what is made of it.

`case.toml` may name `tree` (a folder of the repository; without it, `tree/` beside), `recipe`,
`toolchain`, `release`, and `settings` (in place of the tree's own `imagekit.toml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import tomli

from imagekit import eject
from imagekit.cli.plain import dump
from imagekit.cli.plan import plain_plan
from imagekit.plan.compose import compose
from imagekit.plan.model import Plan
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.recipe.load import load_recipe
from imagekit.settings.load import load

REPOSITORY: Final = Path(__file__).parents[3]
GOLDEN: Final = REPOSITORY / "tests" / "golden" / "compose"
CASES: Final = sorted(path.name for path in GOLDEN.iterdir())
GIVEN: Final = {"case.toml", "tree"}


def read_case(case: str) -> dict[str, Any]:
    given = tomli.loads((GOLDEN / case / "case.toml").read_text(encoding="utf-8"))
    assert given.keys() <= {"tree", "recipe", "toolchain", "release", "settings"}
    return given


def composed(case: str) -> Plan:
    given = read_case(case)
    root = REPOSITORY / given["tree"] if "tree" in given else GOLDEN / case / "tree"
    own = root / "imagekit.toml"
    text = given.get("settings", own.read_text(encoding="utf-8") if own.is_file() else None)
    flags = {name: given.get(name) for name in ("recipe", "toolchain", "release")}
    settings = load(text, {}, flags)
    recipe = load_recipe(settings.values.recipe or "debian", root)
    return compose(read_project(SourceTree.read(root)), settings, recipe)


def outputs(case: str) -> Mapping[str, str]:
    plan = composed(case)
    return {
        "Dockerfile": eject.dockerfile(plan),
        "dockerignore": eject.dockerignore(plan),
        "plan.json": dump({"plan": plain_plan(plan)}) + "\n",
    }


@pytest.mark.parametrize("case", CASES)
def test_what_is_composed(case: str, refresh_goldens: bool) -> None:
    folder = GOLDEN / case
    found = outputs(case)
    if refresh_goldens:
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
    for name, text in found.items():
        assert text == (folder / name).read_text(encoding="utf-8"), f"{name}: --refresh-goldens?"


@pytest.mark.parametrize("case", CASES)
def test_a_case_has_no_file_that_nothing_makes(case: str) -> None:
    present = {path.name for path in (GOLDEN / case).iterdir()}
    assert present - GIVEN == {"Dockerfile", "dockerignore", "plan.json"}
    assert ("tree" in present) is ("tree" not in read_case(case))


def test_every_shipped_recipe_has_a_case_with_either_toolchain() -> None:
    plans = [composed(case) for case in CASES]
    assert {(plan.recipe.value, plan.toolchain.value) for plan in plans} == {
        (recipe, toolchain)
        for recipe in ("alpine", "debian", "minimal")
        for toolchain in ("distribution", "image")
    }
