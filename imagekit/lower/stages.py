"""The plan's stages become a Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from imagekit.dockerfile import (
    Dockerfile,
    Env,
    From,
    Instruction,
    Run,
    Workdir,
)
from imagekit.dockerfile import Stage as DockerfileStage
from imagekit.lower.places import HEADER, SCRIPTS_OF_STEPS
from imagekit.lower.steps import lower_step
from imagekit.plan.model import Plan, Stage
from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.steps import (
    AssembleRelease,
    InstallFound,
    InstallPackages,
    SplitLayers,
    Step,
    TakeRootfs,
)


def lower(plan: Plan) -> Dockerfile:
    """Turn a plan into a Dockerfile."""
    stages = {stage.name: stage for stage in plan.stages}
    return Dockerfile(
        comment=HEADER,
        stages=(SCRIPTS_OF_STEPS, *(_stage(stage, stages, plan.contract) for stage in plan.stages)),
    )


def _stage(stage: Stage, stages: Mapping[str, Stage], contract: RuntimeContract) -> DockerfileStage:
    opening: list[Instruction] = []
    if stage.environment:
        opening.append(Env(values=stage.environment))
    on_nothing = stage.base.value == "scratch" and stage.directory == PurePosixPath("/")
    steps = stage.steps
    if stage.base.value not in stages and not on_nothing:
        if steps and isinstance(steps[0], InstallPackages | InstallFound | TakeRootfs):
            # The folder is made there: one that WORKDIR makes has the time of the build.
            opening.extend(lower_step(steps[0], stage, stages, contract))
            steps = steps[1:]
        opening.append(Workdir(path=stage.directory))
    body = _body(steps, stage, stages, contract)
    return DockerfileStage(
        base=From(image=stage.base.value, name=stage.name),
        instructions=(*opening, *body),
        comment=stage.why,
    )


def _body(
    steps: tuple[Step, ...],
    stage: Stage,
    stages: Mapping[str, Stage],
    contract: RuntimeContract,
) -> Iterator[Instruction]:
    """Lower the steps; a release is divided where it is made.

    In a layer of its own the division would first copy each file of the release that it moves:
    overlayfs renames no folder of a layer below.
    """
    making: Run | None = None
    for step in steps:
        for each in lower_step(step, stage, stages, contract):
            if isinstance(step, AssembleRelease) and isinstance(each, Run):
                making = each
            elif making is not None and isinstance(step, SplitLayers) and isinstance(each, Run):
                mounts = tuple(dict.fromkeys((*making.mounts, *each.mounts)))
                yield replace(making, commands=(*making.commands, *each.commands), mounts=mounts)
                making = None
            else:
                if making is not None:
                    yield making
                    making = None
                yield each
    if making is not None:
        yield making
