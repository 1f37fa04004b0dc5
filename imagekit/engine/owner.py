"""Which process owns what a run started, and whether it still lives.

An owner is written `host/boot/namespace/pid/start`: a number alone may be another
process's by now, or one of another machine that uses the same engine. Containers that share
an engine's socket can have one host name and one kernel, and numbers of their own each.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Final

_UNKNOWN: Final = "-"
_START_FIELD: Final = 19
"""Index of `starttime` after the process's name: proc(5), /proc/pid/stat, field 22."""


def owner() -> str:
    """Name this process."""
    start = process_start(os.getpid()) or _UNKNOWN
    return "/".join((platform.node(), _boot(), pid_namespace(), str(os.getpid()), start))


def lives(text: str) -> bool:
    """Whether the named process lives, as far as can be told: in doubt it does."""
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not parts[3].isdecimal():  # noqa: PLR2004 - the five of `owner`
        return True
    host, boot, namespace, pid, start = parts
    if host != platform.node():
        return True
    if boot != _boot():
        return False
    if namespace != pid_namespace():
        # Its number means nothing here.
        return True
    return process_lives(int(pid), None if start == _UNKNOWN else start)


def process_lives(pid: int, start: str | None) -> bool:
    """Whether a process of this machine lives, and is the one that started then."""
    now = process_start(pid)
    if start is None or now is None:
        return _exists(pid)
    return start == now


def pid_namespace() -> str:
    """Name the namespace that process numbers are of: `-` where there is none to tell."""
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return _UNKNOWN


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return _UNKNOWN


def process_start(pid: int) -> str | None:
    """Give when a process started, in the kernel's ticks; `None` where that is not told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name is in parentheses and may hold spaces and parentheses itself.
    return stat.rpartition(")")[2].split()[_START_FIELD]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
