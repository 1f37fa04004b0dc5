"""`imagekit plan`: stages, inputs, bases, contract, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_never

import click

from imagekit.cli.options import (
    json_option,
    locked_option,
    open_project,
    path_argument,
    plan_options,
)
from imagekit.cli.plain import dump, to_plain, with_kind
from imagekit.plan.model import Plan
from imagekit.plan.runtime import (
    AliveReadiness,
    HttpReadiness,
    LogReadiness,
    Readiness,
    RpcReadiness,
)
from imagekit.plan.steps import TakeFromContext
from imagekit.settings.load import Settings
from imagekit.ui import product


@click.command("plan")
@path_argument
@plan_options
@locked_option
@json_option
def command(
    path: Path,
    recipe: str | None,
    toolchain: str | None,
    release: str | None,
    locked: bool,
    as_json: bool,
) -> None:
    """Show what would be built from the project in PATH, and why."""
    opened = open_project(path, recipe=recipe, toolchain=toolchain, release=release, locked=locked)
    if as_json:
        document = plain_plan(opened.plan)
        product(dump({"plan": document, "settings": dict(opened.settings.sources)}))
    else:
        product("\n".join(_lines(opened.plan, opened.settings)))


def plain_plan(plan: Plan) -> dict[str, Any]:
    """Give the plan as JSON has it; steps and readiness say their kind."""
    document: dict[str, Any] = to_plain(plan)
    for stage, shown in zip(plan.stages, document["stages"], strict=True):
        shown["steps"] = [with_kind(step) for step in stage.steps]
    document["contract"]["ready"]["value"] = with_kind(plan.contract.ready.value)
    return document


def _lines(plan: Plan, settings: Settings) -> Iterator[str]:
    yield f"release    {plan.release.value}  ({plan.release.source})"
    yield f"recipe     {plan.recipe.value}  ({plan.recipe.source})"
    yield f"toolchain  {plan.toolchain.value}  ({plan.toolchain.source})"
    for name, version in plan.versions.items():
        yield f"{name:<10} {version.value}  ({version.source})"
    yield "\nstages"
    for stage in plan.stages:
        yield f"  {stage.name:<10} from {stage.base.value}  ({stage.base.source})"
        yield f"  {'':<10} {stage.why}"
        inputs = [
            str(path)
            for step in stage.steps
            if isinstance(step, TakeFromContext)
            for path in (*step.files, *(f"{each}/" for each in step.directories))
        ]
        if inputs:
            yield f"  {'':<10} reads {', '.join(inputs)}"
    contract = plan.contract
    yield "\ncontract"
    yield f"  user       {contract.user}:{contract.group}"
    yield f"  command    {' '.join((*contract.entrypoint, *contract.command))}"
    if contract.port is not None:
        yield f"  port       {contract.port.value}  ({contract.port.source})"
    yield f"  ready      {_readiness(contract.ready.value, settings)}  ({contract.ready.source})"
    for variable in contract.required:
        yield f"  requires   {variable.name}  ({variable.source})"
    for each in contract.optional:
        default = "" if each.default is None else f", {each.default!r} unless set"
        yield f"  reads      {each.name}{default}  ({each.source})"
    for name, value in contract.environment:
        yield f"  sets       {name}={value}"
    for term, said in plan.policy.items():
        yield f"  policy     {term} = {_as_toml(said.value)}  ({said.source})"
    yield f"  layers     {', '.join(('os', *contract.groups))}"
    if settings.sources:
        yield "\nsettings"
        for key, source in settings.sources.items():
            yield f"  {key}{_value(key, settings)}  ({source})"
    for note in plan.notes:
        yield f"\nnote: {note}"


def _value(key: str, settings: Settings) -> str:
    """Show a setting's value, but none that may hold a secret."""
    found = settings.resolved(key)
    private = key.startswith(("network.", "verify.env"))
    if found is None or private:
        return ""
    match found.value:
        case str() | int() | float():
            return f" = {_as_toml(found.value)}"
        case tuple() if all(isinstance(each, str) for each in found.value):
            return f" = {' '.join(found.value)}"
        case _:  # a table: the file has it
            return ""


def _as_toml(value: str | float) -> str:
    """Write a truth as the file has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _readiness(ready: Readiness, settings: Settings) -> str:
    match ready:
        case HttpReadiness(path=path):
            wanted = settings.values.verify.answer.status
            return f"GET {path} answers {' or '.join(map(str, wanted))}"
        case LogReadiness(text=text, regex=regex):
            return f"the output {'matches' if regex else 'has'} {text!r}"
        case RpcReadiness(expression=expression):
            return f"rpc succeeds with {expression!r}"
        case AliveReadiness(seconds=seconds):
            return f"alive for {seconds:g} s"
        case _:
            assert_never(ready)
