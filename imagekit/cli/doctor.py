"""`imagekit doctor`: engine, builder, storage, their versions and what they lack."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import click

from imagekit.cli.options import json_option
from imagekit.cli.plain import dump
from imagekit.engine.client import Engine
from imagekit.engine.probe import Item, ItemState, doctor
from imagekit.engine.scratch import sweep_scratch
from imagekit.engine.sweep import sweep
from imagekit.errors import ExitCode
from imagekit.ui import product

_MARKS: Final = {ItemState.OK: "ok", ItemState.LACKING: "lacking", ItemState.MISSING: "missing"}


@click.command("doctor")
@click.option("--clean", is_flag=True, help="Remove what runs left whose process no longer lives.")
@json_option
def command(clean: bool, as_json: bool) -> int:
    """Report the engine, the builder and the storage, and what each lacks.

    Exits 5 when something that a build needs is missing.
    """
    if clean:
        folders = sweep_scratch()
        swept = sweep(Engine.connect(os.environ))
        removed = {**asdict(swept), "folders": folders}
        product(dump({"removed": removed}) if as_json else _swept(removed))
        return ExitCode.FINE
    items = doctor(os.environ)
    product(dump({"items": items}) if as_json else "\n".join(_text(item) for item in items))
    missing = any(item.state is ItemState.MISSING for item in items)
    return ExitCode.ENGINE if missing else ExitCode.FINE


def _text(item: Item) -> str:
    lines = [f"{_MARKS[item.state]:<8} {item.name} {item.version}".rstrip()]
    lines.extend(f"         lacks: {each}" for each in item.lacks)
    if item.advice:
        lines.append(f"         {item.advice}")
    return "\n".join(lines)


def _swept(removed: Mapping[str, tuple[str, ...]]) -> str:
    """Say how many of each kind went."""
    counts = [
        f"{len(names)} {kind if len(names) != 1 else kind.removesuffix('s')}"
        for kind, names in removed.items()
        if names
    ]
    return f"removed what earlier runs left: {', '.join(counts)}" if counts else "nothing to remove"
