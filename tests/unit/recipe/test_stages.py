"""A recipe whose stages do not fit together is refused when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagekit.errors import InvalidValue
from imagekit.recipe.load import load_recipe

STAGE = '[[stage]]\nname = "{name}"\nbase = "{base}"\nsteps = [{steps}]\n'


def recipe(tmp_path: Path, *stages: tuple[str, str, str]) -> Path:
    text = "".join(STAGE.format(name=name, base=base, steps=steps) for name, base, steps in stages)
    (tmp_path / "mine.toml").write_text(f'extends = "debian"\n{text or "stage = []"}\n')
    return tmp_path


REFUSED = {
    "no stage": ((), "the last stage has"),
    "no runtime at the end": ((("toolchain", "toolchain", ""),), "the last stage has"),
    "a name twice": (
        (("toolchain", "toolchain", ""), ("toolchain", "runtime", "")),
        "another stage has this name",
    ),
    "a base that is no stage": ((("app", "stage:deps", ""),), "no earlier stage is called `deps`"),
    "a step before what it takes from": (
        (("fetch", "toolchain", '"use-manifest"'), ("runtime", "runtime", "")),
        "takes from a stage `manifest`",
    ),
    "a manifest that is not reduced": (
        (
            ("manifest", "toolchain", '"take-manifest"'),
            ("fetch", "toolchain", '"use-manifest"'),
            ("runtime", "runtime", ""),
        ),
        "needs the step `reduce-manifest` in the stage `manifest`",
    ),
    "a base that falls away": (
        (("assets", "node", ""), ("app", "stage:assets", ""), ("runtime", "runtime", "")),
        "falls away in a project without assets",
    ),
}


@pytest.mark.parametrize(("stages", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_it_says_which_stage_and_why(
    tmp_path: Path, stages: tuple[tuple[str, str, str], ...], problem: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        load_recipe("./mine.toml", recipe(tmp_path, *stages))
    assert problem in refused.value.problem
    assert refused.value.key.startswith("stage.")


def test_a_renamed_stage_that_nothing_takes_from_is_fine(tmp_path: Path) -> None:
    stages = (("builder", "toolchain", '"mix-tools"'), ("runtime", "runtime", '"contract"'))
    mine = load_recipe("./mine.toml", recipe(tmp_path, *stages))
    assert [stage.name for stage in mine.stage] == ["builder", "runtime"]
