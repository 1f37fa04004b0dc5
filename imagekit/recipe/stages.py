"""Whether the stages of a recipe fit together: what a step takes from must be there before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from imagekit.errors import InvalidValue
from imagekit.recipe.schema import Recipe, StepName

TAKES_FROM: Final[Mapping[StepName, str]] = {
    StepName.USE_MANIFEST: "manifest",
    StepName.USE_CONFIG: "manifest",
    StepName.INSTALL_NODE_MODULES: "fetch",
    StepName.TAKE_ASSETS: "assets",
    StepName.FIND_PACKAGES: "release",
    StepName.RUNTIME_PACKAGES: "packages",
    StepName.MAKE_ROOTFS: "release",
    StepName.TAKE_ROOTFS: "rootfs",
    StepName.TAKE_LAYERS: "release",
}
"""The stage whose result a step takes, by name."""

_MADE_BY: Final[Mapping[StepName, StepName]] = {
    StepName.USE_MANIFEST: StepName.REDUCE_MANIFEST,
    StepName.USE_CONFIG: StepName.REDUCE_MANIFEST,
    StepName.RUNTIME_PACKAGES: StepName.FIND_PACKAGES,
}
"""The step that a stage must have, so that what is taken from it is there."""

_LAST: Final = "runtime"
_STAGE: Final = "stage:"


def check_stages(recipe: Recipe) -> None:
    """Check the order and the names of the stages.

    Raises:
        InvalidValue: a name is given twice or taken from before it is made; a stage starts
            from one that falls away in a project without assets; the last is not the runtime.
    """
    earlier: dict[str, str] = {}
    steps: dict[str, tuple[StepName, ...]] = {}
    for stage in recipe.stage:
        if stage.name in earlier:
            raise _invalid(recipe, stage.name, "another stage has this name")
        base = stage.base.removeprefix(_STAGE)
        if stage.base.startswith(_STAGE) and base not in earlier:
            raise _invalid(recipe, stage.name, f"no earlier stage is called `{base}`")
        if earlier.get(base) == "node":
            raise _invalid(recipe, stage.name, f"`{base}` falls away in a project without assets")
        for step in stage.steps:
            needed = TAKES_FROM.get(step)
            if needed is not None and needed not in earlier:
                problem = f"its step `{step}` takes from a stage `{needed}`, which is not before it"
                raise _invalid(recipe, stage.name, problem)
            maker = _MADE_BY.get(step)
            if needed is not None and maker is not None and maker not in steps[needed]:
                problem = f"its step `{step}` needs the step `{maker}` in the stage `{needed}`"
                raise _invalid(recipe, stage.name, problem)
        earlier[stage.name], steps[stage.name] = stage.base, stage.steps
    if not recipe.stage or recipe.stage[-1].base != _LAST:
        name = recipe.stage[-1].name if recipe.stage else "stage"
        raise _invalid(recipe, name, f"the last stage has `base = {_LAST!r}`")


def _invalid(recipe: Recipe, stage: str, problem: str) -> InvalidValue:
    return InvalidValue(file=f"recipe {recipe.name}", key=f"stage.{stage}", problem=problem)
