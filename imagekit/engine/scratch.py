"""Folders for the time of one run, and the removal of those that a killed run left."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from imagekit.engine.owner import pid_namespace, process_lives, process_start

Purpose = Literal["build", "lint", "prove"]

_NAME: Final = re.compile(
    r"imagekit-[a-z]+-(?P<host>[0-9a-f]{8})-(?P<namespace>[0-9]*)"
    r"-(?P<pid>[0-9]+)-(?P<start>[0-9]*)-"
)


@contextmanager
def scratch(purpose: Purpose) -> Iterator[Path]:
    """Give a private folder, which goes when the block ends; its name says whose it is."""
    pid = os.getpid()
    parts = (purpose, _host(), _namespace(), str(pid), process_start(pid) or "")
    prefix = f"imagekit-{'-'.join(parts)}-"
    with tempfile.TemporaryDirectory(prefix=prefix) as name:
        yield Path(name)


def sweep_scratch() -> tuple[str, ...]:
    """Remove folders whose process no longer lives; give their names, sorted.

    Folders of another machine or PID namespace, where they share a temporary folder, are left
    alone: what their numbers mean cannot be told here.
    """
    removed = []
    for path in sorted(Path(tempfile.gettempdir()).glob("imagekit-*")):
        named = _NAME.match(path.name)
        if named is None or (named["host"], named["namespace"]) != (_host(), _namespace()):
            continue
        if process_lives(int(named["pid"]), named["start"] or None):
            continue
        # Somebody else's folder of the same machine is theirs to remove.
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            removed.append(path.name)
    return tuple(removed)


def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def _namespace() -> str:
    return pid_namespace().removeprefix("-")
