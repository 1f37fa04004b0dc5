"""`imagekit lock`: pin the base images of the plan by digest."""

from __future__ import annotations

import os
from pathlib import Path

import click

from imagekit.build.pinning import Pinned, pin
from imagekit.cli.options import (
    bare_bases,
    json_option,
    open_releases,
    path_argument,
    plan_options,
    read_lock,
)
from imagekit.cli.plain import dump
from imagekit.engine.client import Engine
from imagekit.engine.registry import Registry
from imagekit.pins import LOCK_FILE, write_pins
from imagekit.ui import product, talk


@click.command("lock")
@path_argument
@plan_options
@click.option("--update", is_flag=True, help="Move the pins to what the registry has now.")
@json_option
def command(
    path: Path,
    recipe: str | None,
    toolchain: str | None,
    release: str | None,
    update: bool,
    as_json: bool,
) -> None:
    """Pin the base images of the project in PATH by digest, in imagekit.lock.

    Pins that are there stay, and what has none gets one; `--update` moves them all. Without
    --release the bases of every release are pinned.
    """
    names = (release,) if release else ()
    opened = open_releases(path, names, recipe=recipe, toolchain=toolchain)
    references = {
        base for each in opened for base in bare_bases(each.project, each.settings, each.recipe)
    }
    pins = read_lock(path)
    registry = Registry(engine=Engine.connect(os.environ))
    done = pin(registry, pins, tuple(sorted(references)), update=update)
    file = path / LOCK_FILE
    text = write_pins(done.pins)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
        talk().print(f"wrote {LOCK_FILE}")
    else:
        talk().print(f"{LOCK_FILE} is up to date")
    if as_json:
        product(dump(_document(done)))
        return
    for reference, digest in done.pins.digests.items():
        product(f"{reference}  {digest}  {_state(reference, done)}")


def _state(reference: str, done: Pinned) -> str:
    if reference in done.added:
        return "added"
    return "moved" if reference in done.moved else "kept"


def _document(done: Pinned) -> dict[str, object]:
    return {
        "file": LOCK_FILE,
        "pins": [
            {"reference": reference, "digest": digest, "state": _state(reference, done)}
            for reference, digest in done.pins.digests.items()
        ],
        "removed": done.removed,
    }
