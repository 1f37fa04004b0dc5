"""Which builders have built a project before, in the user's cache folder.

What such a builder compiled is in its cache mounts: no registry need be asked. A fresh runner of a
CI has neither the builder nor this folder, or has the folder alone: a builder is known by what it
is, not by its name. Where it lost what it had (`docker builder prune`), it is known still, and one
build compiles what a seed might have saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, get_args

from imagekit.build.seed import Known, SharedSeed
from imagekit.build.user_cache import user_cache
from imagekit.engine.builder import Builder
from imagekit.engine.client import Engine
from imagekit.errors import EngineError

KEPT: Final = 200
"""So many are remembered, those of the last builds."""


def note_of(
    engine: Engine,
    builder: Builder,
    seed: SharedSeed,
    environment: Mapping[str, str],
    *,
    mounts: str = "",
) -> Path | None:
    """Give the file that is there once a builder has built the project of a seed.

    `mounts` is the name space of its cache mounts. `None` where nothing tells which builder it is:
    then it is a stranger each time.
    """
    identity, cache = _identity(engine, builder), user_cache(environment)
    if not identity or not seed.names or cache is None:
        return None
    # By the main branch's seed: a branch is built on where the last one was.
    parts = (identity, builder.driver, builder.name, mounts, seed.names[-1])
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return cache / "builders" / name


def _identity(engine: Engine, builder: Builder) -> str | None:
    """Give what another builder of the same name has not, where the engine can tell it."""
    try:
        with engine.calls("asking which builder it is") as api:
            match builder.driver:
                case "docker":
                    found = api.info().get("ID")
                case "docker-container":
                    # Of its first node: buildx, driver/docker-container.
                    found = api.inspect_container(f"buildx_buildkit_{builder.name}0").get("Id")
                case _:
                    found = None
    except EngineError:
        # It is not started yet, or runs on another engine.
        return None
    return str(found) if found else None


def recall(file: Path | None) -> Known | None:
    """Give what is remembered; a folder that cannot be looked into tells nothing."""
    if file is None:
        return None
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, ValueError):
        return None
    return next((each for each in get_args(Known) if each == text), "built")


def note(file: Path | None, known: Known) -> None:
    """Note it of the builder; a folder that cannot be written to fails no build."""
    if file is None:
        return
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(known, encoding="ascii")
        files = sorted(file.parent.iterdir(), key=lambda each: each.stat().st_mtime)
        for each in files[:-KEPT]:
            each.unlink(missing_ok=True)
