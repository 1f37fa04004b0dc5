"""`imagekit doctor`: engine, builder, storage, their versions and what they lack."""

from __future__ import annotations

import os
from typing import Final

import click

from imagekit.cli.options import json_option
from imagekit.cli.plain import dump
from imagekit.engine.client import Engine
from imagekit.engine.probe import Item, ItemState, doctor
from imagekit.engine.scope import sweep
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
        swept = sweep(Engine.connect(os.environ))
        product(dump({"removed": swept}) if as_json else _swept(len(swept.containers)))
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


def _swept(count: int) -> str:
    return f"removed {count} container(s) that earlier runs left" if count else "nothing to remove"
