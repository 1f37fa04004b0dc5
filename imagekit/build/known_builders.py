"""Which builders have built a project before, in the user's cache folder.

What such a builder compiled is in its cache mounts: no registry need be asked. A fresh runner of a
CI has neither the builder nor this folder. Where the builder lost what it had (`docker builder
prune`), one build compiles what a seed might have saved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from imagekit.build.seed import SharedSeed
from imagekit.engine.builder import Builder
from imagekit.engine.client import Engine

KEPT: Final = 200
"""So many are remembered, those of the last builds."""


def note_of(
    engine: Engine, builder: Builder, seed: SharedSeed, environment: Mapping[str, str]
) -> Path | None:
    """Give the file that is there once a builder has built the project of a seed.

    `None` where the engine does not tell who it is: then it is a stranger each time.
    """
    with engine.calls("asking who it is") as api:
        identity = str(api.info().get("ID") or "")
    if not identity or not seed.names:
        return None
    cache = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    # By the main branch's seed: a branch is built on where the last one was.
    parts = (identity, builder.driver, builder.name, seed.names[-1])
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return Path(cache, "imagekit", "builders", name)


def note(file: Path | None) -> None:
    """Note that the builder has built it; a folder that cannot be written to fails no build."""
    if file is None:
        return
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        files = sorted(file.parent.iterdir(), key=lambda each: each.stat().st_mtime)
        for each in files[:-KEPT]:
            each.unlink(missing_ok=True)
