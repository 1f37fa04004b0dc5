"""What each stage of a plan depends on, and which stages a change may re-run. Pure.

A stage re-runs when its own steps change, when a file that it takes changes, when the
stage it starts from re-runs, or when what it takes from another stage changes. The last
goes by content: a stage that re-runs and gives the same result re-runs nothing that takes
from it. Which results stay the same is for the caller to say; it is what `manifest` is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import PurePosixPath

from imagekit.plan.context import read_by_a_build
from imagekit.plan.model import Plan, Stage
from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.steps import (
    ApplyContract,
    FindPackages,
    InstallFound,
    InstallPackages,
    MakeRootfs,
    Step,
    TakeFromContext,
    TakeFromStage,
    TakeLayers,
    TakeRootfs,
)
from imagekit.project.model import Project


@dataclass(frozen=True, kw_only=True)
class Result:
    """A folder that a stage made and another takes."""

    stage: str
    folder: PurePosixPath


@dataclass(frozen=True, kw_only=True)
class StageInputs:
    """All that decides whether a stage re-runs."""

    name: str
    follows: str | None
    """The stage it starts from; `None` where that is an image."""
    files: tuple[PurePosixPath, ...]
    """Files of the tree that it takes itself, sorted."""
    takes: tuple[Result, ...]
    steps: str
    """A digest of its base image, environment and steps."""
    words: tuple[tuple[str, str], ...] = ()
    """What of these can be told in a few words: names of things, and what they are."""


@dataclass(frozen=True, kw_only=True)
class FileChanged:
    """A file that the stage takes is new, gone or different."""

    path: PurePosixPath


@dataclass(frozen=True, kw_only=True)
class StepsChanged:
    """The stage itself is another: its base image, environment or steps."""


@dataclass(frozen=True, kw_only=True)
class StageReran:
    """The stage that this one starts from or takes from re-runs."""

    stage: str


Reason = FileChanged | StepsChanged | StageReran


def stage_inputs(plan: Plan, project: Project) -> tuple[StageInputs, ...]:
    """Give the inputs of every stage, in the order of the plan."""
    context = read_by_a_build(project)
    names = {stage.name for stage in plan.stages}
    return tuple(_inputs(stage, plan.contract, context, names) for stage in plan.stages)


def reruns(
    before: Sequence[StageInputs],
    after: Sequence[StageInputs],
    changed: AbstractSet[PurePosixPath],
    same: AbstractSet[Result] = frozenset(),
) -> dict[str, Reason]:
    """Give the stages that a change may re-run, each with the first reason.

    `changed` are the files whose content is not what it was; `same` are results that are
    what they were although their stage re-runs.
    """
    known = {each.name: each for each in before}
    found: dict[str, Reason] = {}
    for stage in after:
        reason = _reason(known.get(stage.name), stage, changed, found, same)
        if reason is not None:
            found[stage.name] = reason
    return found


def _reason(
    before: StageInputs | None,
    after: StageInputs,
    changed: AbstractSet[PurePosixPath],
    earlier: Mapping[str, Reason],
    same: AbstractSet[Result],
) -> Reason | None:
    """Give the nearest cause: what the stage reads itself before what happened ahead of it."""
    if before is None:
        return StepsChanged()
    files = {*before.files} ^ {*after.files} | ({*after.files} & changed)
    if files:
        return FileChanged(path=min(files))
    if before.steps != after.steps:
        return StepsChanged()
    if after.follows is not None and after.follows in earlier:
        return StageReran(stage=after.follows)
    for result in after.takes:
        if result.stage in earlier and result not in same:
            return StageReran(stage=result.stage)
    return None


def _inputs(
    stage: Stage,
    contract: RuntimeContract,
    context: AbstractSet[PurePosixPath],
    names: AbstractSet[str],
) -> StageInputs:
    base = stage.base.value
    taken = [step for step in stage.steps if isinstance(step, TakeFromContext)]
    others = [step for step in stage.steps if not isinstance(step, TakeFromContext)]
    # What was looked up comes last: it mostly is what it was, and then is the reason for nothing.
    results = sorted(others, key=lambda step: isinstance(step, InstallFound))
    whole = (base, stage.directory, stage.environment, *(_words(each, contract) for each in others))
    return StageInputs(
        name=stage.name,
        follows=base if base in names else None,
        files=tuple(sorted(path for path in context if any(_takes(step, path) for step in taken))),
        takes=tuple(result for step in results for result in _results(step)),
        steps=_digest(repr(whole)),
        words=tuple(_told(stage, contract)),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _told(stage: Stage, contract: RuntimeContract) -> Iterator[tuple[str, str]]:
    """Give what a person knows of a stage; of variables only the names, for these are kept."""
    yield "base", stage.base.value
    yield "directory", str(stage.directory)
    for name, value in stage.environment:
        yield f"variable {name}", _digest(value)
    for step in stage.steps:
        if isinstance(step, InstallPackages):
            yield from (("package", name) for name in step.packages)
        elif isinstance(step, ApplyContract):
            yield from ((f"label {name}", value) for name, value in step.labels)
            yield from _promised(contract)


def _promised(contract: RuntimeContract) -> Iterator[tuple[str, str]]:
    yield "root", str(contract.root)
    yield "user", f"{contract.user}:{contract.group}"
    if contract.port is not None:
        yield "port", str(contract.port.value)
    yield "entrypoint", " ".join(contract.entrypoint)
    yield "command", " ".join(contract.command)
    yield "stop signal", contract.stop_signal
    for name, value in contract.environment:
        yield f"variable {name}", _digest(value)


def _takes(step: TakeFromContext, path: PurePosixPath) -> bool:
    return path in step.files or any(path.is_relative_to(each) for each in step.directories)


def _results(step: Step) -> tuple[Result, ...]:
    match step:
        case TakeFromStage():
            return (Result(stage=step.stage, folder=step.source),)
        case TakeLayers():
            return tuple(
                Result(stage=step.stage, folder=PurePosixPath("/layers", group))
                for group in step.groups
            )
        case FindPackages() | MakeRootfs():
            return (Result(stage=step.stage, folder=PurePosixPath("/native")),)
        case InstallFound():
            return (Result(stage=step.stage, folder=PurePosixPath("/packages")),)
        case TakeRootfs():
            return (Result(stage=step.stage, folder=PurePosixPath("/rootfs")),)
        case _:
            return ()


def _words(step: Step, contract: RuntimeContract) -> object:
    if not isinstance(step, ApplyContract):
        return step
    # Not the whole contract: how readiness is told is no part of the image.
    return (
        step,
        contract.root,
        (contract.user, contract.group),
        contract.port and contract.port.value,
        (contract.entrypoint, contract.command, contract.stop_signal),
        contract.environment,
    )
