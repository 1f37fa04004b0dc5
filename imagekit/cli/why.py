"""`imagekit why`: for each stage that will re-run, the first input that changed."""

from __future__ import annotations

import os
from pathlib import Path

import click

from imagekit.build.memory import look, memory_of, recall
from imagekit.cli.options import json_option, open_project, path_argument, plan_options
from imagekit.cli.plain import dump
from imagekit.plan.why import Why, why
from imagekit.ui import product, talk


@click.command("why")
@path_argument
@plan_options
@json_option
def command(
    path: Path, recipe: str | None, toolchain: str | None, release: str | None, as_json: bool
) -> None:
    """Show which stages of the project in PATH will re-run, and what changed first.

    Compared with the last build of this tree on this machine; nothing is built.
    """
    opened = open_project(path, recipe=recipe, toolchain=toolchain, release=release)
    now = look(opened.root, opened.plan, opened.project)
    before = recall(memory_of(opened.root, opened.plan.release.value, os.environ))
    told = why(before, now) if before is not None else ()
    if as_json:
        product(dump({"built_before": before is not None, "stages": told}))
    elif before is None:
        talk().print("No build of this tree is known here: there is nothing to compare with.")
    elif not told:
        product("Nothing changed since the last build.")
    else:
        product("\n".join(map(_line, told)))


def _line(told: Why) -> str:
    file = str(told.file) if told.file is not None else ""
    cause = ": ".join(part for part in (file, told.detail) if part)
    if not told.through:
        return f"{told.stage:<11} {cause}"
    nearest, *_ = told.through
    return f"{told.stage:<11} {cause} ({_how(told, nearest)})"


def _how(told: Why, nearest: str) -> str:
    if told.certain:
        return f"after {nearest}"
    if "manifest" in told.through:
        return "if dependencies see it"
    return f"if {nearest} gives another result"
