"""The whole table, on what stages read: no engine, no clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from imagekit.plan.compose import compose
from imagekit.plan.inputs import (
    FileChanged,
    StageInputs,
    StageReran,
    StepsChanged,
    reruns,
    stage_inputs,
)
from imagekit.plan.model import Plan
from imagekit.project.model import Project
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.recipe.load import load_recipe
from imagekit.settings.load import load
from tests.cache.rows import ALL, APPS, TABLE, Row

CopyApp = Callable[[str], Path]


def opened(root: Path) -> tuple[Plan, Project]:
    project = read_project(SourceTree.read(root))
    flags = {"release": APPS[root.name]} if APPS[root.name] else {}
    settings = load((root / "imagekit.toml").read_text(), {}, flags)
    return compose(project, settings, load_recipe("debian", root)), project


def inputs(root: Path) -> tuple[StageInputs, ...]:
    return stage_inputs(*opened(root))


def contents(root: Path) -> dict[PurePosixPath, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {PurePosixPath(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_row(row: Row, copy_app: CopyApp) -> None:
    root = copy_app(row.app)
    if row.given is not None:
        row.given(root, "")
    before, old = inputs(root), contents(root)
    row.edit(root, "a1b2")
    after, new = inputs(root), contents(root)
    changed = {path for path in new if old.get(path) != new[path]}
    assert set(reruns(before, after, changed, row.same)) == row.may_rerun


@pytest.mark.parametrize("app", APPS)
def test_another_base_image_re_runs_all(app: str, copy_app: CopyApp) -> None:
    plan, project = opened(copy_app(app))
    names = {stage.name for stage in plan.stages}
    moved = replace(
        plan,
        stages=tuple(
            stage
            if stage.base.value in names
            else replace(stage, base=replace(stage.base, value=f"{stage.base.value}@sha256:0"))
            for stage in plan.stages
        ),
    )
    found = reruns(stage_inputs(plan, project), stage_inputs(moved, project), set())
    assert set(found) == ALL
    assert found["toolchain"] == StepsChanged()
    assert found["fetch"] == StageReran(stage="toolchain")


def test_without_knowing_what_stays_the_same_all_that_follows_may_re_run(
    copy_app: CopyApp,
) -> None:
    before = inputs(copy_app("hello_web"))
    found = reruns(before, before, {PurePosixPath("mix.exs")})
    assert found == {
        "manifest": FileChanged(path=PurePosixPath("mix.exs")),
        "fetch": StageReran(stage="manifest"),
        "deps": StageReran(stage="fetch"),
        "assets": StageReran(stage="fetch"),
        "app": FileChanged(path=PurePosixPath("mix.exs")),
        "release": StageReran(stage="app"),
        "packages": StageReran(stage="release"),
        "runtime": StageReran(stage="release"),
    }


def test_about_a_third_of_the_table_is_built_for_real() -> None:
    real = sum(row.for_real for row in TABLE)
    assert len(TABLE) / 3 - 1 <= real <= len(TABLE) / 2


def test_each_row_has_its_own_sentence() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE)
