"""`imagekit prove cache`: try the rules of `[cache]` with the real builder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from imagekit.build.epoch import source_date_epoch
from imagekit.build.secrets import network_access
from imagekit.cli.build_options import builder_options, read_build_options
from imagekit.cli.options import json_option, open_project, path_argument, plan_options
from imagekit.cli.plain import dump
from imagekit.cli.progress import progress
from imagekit.engine.builder import find_builder
from imagekit.engine.client import Engine
from imagekit.errors import CacheRuleBroken, ExitCode
from imagekit.prove.rules import Outcome
from imagekit.prove.run import Proof
from imagekit.ui import product, say


@click.command("prove")
@click.argument("what", type=click.Choice(["cache"]))
@path_argument
@plan_options
@builder_options
@json_option
def command(
    what: str,  # noqa: ARG001 - the one thing there is to prove so far
    path: Path,
    recipe: str | None,
    toolchain: str | None,
    release: str | None,
    *,
    as_json: bool,
    **flags: Any,
) -> int:
    """Try each [[cache.rule]] of the project in PATH: edit, build, and see what ran again.

    Works in a copy of the tree; the builder's cache is all that stays of it. For each rule one
    file of each kind that its pattern matches gets a comment that it never had.
    """
    decided = {
        "recipe": recipe,
        "toolchain": toolchain,
        "release": release,
        "build.network": flags.pop("network"),
    }
    opened = open_project(path, **decided)
    settings = opened.settings.values
    decided["release"] = opened.plan.release.value
    options = read_build_options(flags, settings.build.network)
    engine = Engine.connect(os.environ)
    epoch = source_date_epoch(engine.processes, os.environ, opened.root)
    proof = Proof(
        engine=engine,
        root=opened.root,
        project=opened.project,
        plan=opened.plan,
        access=network_access(opened.settings, opened.root),
        options=replace(
            options,
            source_date_epoch=epoch.value,
            told=find_builder(engine, options.builder),
        ),
        compose_at=lambda copy: open_project(copy, **decided).plan,
    )
    planned = proof.plan_of(settings.cache.rule)
    outcomes = []
    if not as_json:
        count = "1 rule" if len(planned) == 1 else f"{len(planned)} rules"
        say(f"{opened.plan.name}: {count}, tried in a copy of the tree")
    shows_all = flags["progress"] in ("plain", "tty")
    with progress("plain" if shows_all else "quiet") as shown:
        for each in proof.run(planned, shown.on_event):
            outcomes.append(each)
            if not as_json:
                product(_line(each))
    broken = tuple(each for each in outcomes if not each.held)
    if as_json:
        product(dump({"passed": not broken, "rules": [_plain(each) for each in outcomes]}))
        return ExitCode.FINDINGS if broken else ExitCode.FINE
    if broken:
        raise CacheRuleBroken(
            broken=tuple(f"{each.trial.rule.edit}: {', '.join(each.broken)}" for each in broken)
        )
    return ExitCode.FINE


def _line(outcome: Outcome) -> str:
    rule = outcome.trial.rule
    files = ", ".join(map(str, outcome.trial.files))
    ran = f"ran: {', '.join(outcome.ran)}" if outcome.ran else "nothing ran"
    if outcome.held:
        told = f"{', '.join(rule.must_reuse)} reused"
    else:
        told = f"{', '.join(outcome.broken)} not reused"
    return f"{'passed' if outcome.held else 'FAILED'}  {rule.edit}: {told} after {files} ({ran})"


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "edit": outcome.trial.rule.edit,
        "must_reuse": outcome.trial.rule.must_reuse,
        "outcome": "passed" if outcome.held else "failed",
        "edited": outcome.trial.files,
        "reused": outcome.reused,
        "ran": outcome.ran,
        "broken": outcome.broken,
    }
