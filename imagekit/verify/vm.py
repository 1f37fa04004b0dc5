"""The Erlang VM among the processes of a container. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from imagekit.engine.container import Process

_NAME: Final = "beam.smp"
_ALWAYS_GIVEN: Final = frozenset({"-root", "-bindir"})
"""What `erlexec` gives every VM (erts/etc/common/erlexec.c); Distillery renames the program."""


def runs_vm(processes: Iterable[Process]) -> bool:
    """Tell whether a VM is among them."""
    return any(is_vm(each) for each in processes)


def is_vm(process: Process) -> bool:
    """Tell a VM by its name, or by what it is always started with."""
    words = process.command.split()
    return bool(words) and (PurePosixPath(words[0]).name == _NAME or set(words) >= _ALWAYS_GIVEN)
