"""A unit test cannot start a process nor reach a socket: what would is an AssertionError."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest

PROCESS_STARTERS = (
    *(name for name in dir(os) if name.startswith(("exec", "spawn"))),
    "fork",
    "forkpty",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "system",
)
SOCKET_USES = ("bind", "connect", "connect_ex", "sendmsg", "sendto")
NAME_LOOKUPS = ("getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_ex")


def _refuse(what: str) -> Callable[..., NoReturn]:
    def refuse(*arguments: Any, **_: Any) -> NoReturn:
        # An object that was never made, or is closed soon, has no good repr.
        shown = [one for one in arguments if not isinstance(one, socket.socket | subprocess.Popen)]
        message = f"a unit test reached the world: {what}{tuple(shown)!r}"
        raise AssertionError(f"{message}. Pass in a fake, or move the test out of tests/unit.")

    return refuse


# For a module, not for a test: hypothesis refuses fixtures that it cannot renew for each example.
@pytest.fixture(autouse=True, scope="module")
def _world_out_of_reach() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        # On the class, so that a module which imported the name is held too.
        patch.setattr(subprocess.Popen, "__init__", _refuse("subprocess.Popen"))
        patch.setattr(subprocess.Popen, "__del__", lambda _: None)
        for name in PROCESS_STARTERS:
            patch.setattr(os, name, _refuse(f"os.{name}"), raising=False)
        for name in SOCKET_USES:
            patch.setattr(socket.socket, name, _refuse(f"socket.{name}"))
        for name in NAME_LOOKUPS:
            patch.setattr(socket, name, _refuse(f"socket.{name}"))
        yield
