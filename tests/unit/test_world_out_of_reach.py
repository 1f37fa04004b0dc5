from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from subprocess import Popen
from urllib.request import urlopen

import pytest
from hypothesis import given
from hypothesis import strategies as st


def connect_to_the_engine() -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("/var/run/docker.sock")


def send_a_datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"", ("127.0.0.1", 9))


ATTEMPTS: dict[str, Callable[[], object]] = {
    "run": lambda: subprocess.run(["true"], check=False),
    "a name imported before": lambda: Popen(["true"]),
    "check_output": lambda: subprocess.check_output(["true"]),
    "system": lambda: os.system("true"),
    "popen": lambda: os.popen("true"),
    "posix_spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "fork": lambda: os.fork(),  # noqa: PLW0108 - looked up late, once it is patched
    "execv": lambda: os.execv(sys.executable, ["python", "-c", ""]),
    "spawnv": lambda: os.spawnv(os.P_WAIT, "/bin/true", ["true"]),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "a Unix socket": connect_to_the_engine,
    "a datagram": send_a_datagram,
    "a name lookup": lambda: socket.getaddrinfo("localhost", 80),
    "urllib": lambda: urlopen("http://127.0.0.1:9"),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_the_world_is_out_of_reach(attempt: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="a unit test reached the world"):
        attempt()


@given(st.integers())
def test_hypothesis_has_no_objection_to_the_fixture(number: int) -> None:
    with pytest.raises(AssertionError, match="reached the world"):
        subprocess.run(["true"], check=False)
