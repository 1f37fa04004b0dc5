"""What is seen of a container."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from imagekit.engine.container import (
    OUTPUT_BYTES,
    Container,
    ContainerSpec,
    Process,
    may_be_cut,
    read_state,
)
from imagekit.errors import EngineError

from .fakes import FakeApi, api_error, engine

NOT_RUNNING = api_error(409, "container is not running")


def container(host: str = "unix:///x", *, host_network: bool = False, **answers: Any) -> Container:
    return Container(
        id="c", engine=engine(FakeApi(**answers), host=host), host_network=host_network
    )


def test_the_environment_is_not_shown() -> None:
    assert "hunter2" not in repr(ContainerSpec(image="i", environment={"TOKEN": "hunter2"}))
    assert "hunter2" not in repr(Container(id="c", engine=engine(), hide=("hunter2",)))


@pytest.mark.parametrize(
    ("output", "cut"),
    [
        ("", False),
        ("line\n" * 4999, False),
        ("line\n" * 5000, True),
        ("x" * (OUTPUT_BYTES - 5), False),
        # A character that was cut in two is left out.
        ("ä" * (OUTPUT_BYTES // 2 - 1), True),
        ("x" * OUTPUT_BYTES, True),
    ],
    ids=["nothing", "lines", "too many lines", "bytes", "too many, less a part", "too many bytes"],
)
def test_what_is_at_its_limit_may_be_cut(output: str, cut: bool) -> None:
    assert may_be_cut(output) is cut


def test_a_running_container_has_not_ended() -> None:
    state = read_state(
        {
            "Status": "running",
            "Running": True,
            "ExitCode": 0,
            "StartedAt": "2026-01-01T00:00:00Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
        }
    )
    assert (state.running, state.exit_code, state.finished_at) == (True, None, None)
    assert state.started_at == "2026-01-01T00:00:00Z"


def test_one_that_was_killed_for_its_memory() -> None:
    state = read_state({"Status": "exited", "Running": False, "ExitCode": 137, "OOMKilled": True})
    assert (state.exit_code, state.oom_killed) == (137, True)


def test_one_that_could_not_start() -> None:
    state = read_state({"Status": "created", "ExitCode": 127, "Error": "no such file"})
    assert (state.exit_code, state.error, state.started_at) == (127, "no such file", None)
    assert read_state({"Status": "created", "ExitCode": 0, "Error": ""}).exit_code is None


PORTS = {
    "NetworkSettings": {
        "Ports": {"4000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "32768"}], "5000/tcp": None}
    }
}


def test_the_address_of_a_port() -> None:
    assert container(inspect_container=PORTS).address(4000) == ("127.0.0.1", 32768)
    remote = container("tcp://docker:2375", inspect_container=PORTS)
    assert remote.address(4000) == ("docker", 32768)
    assert container(host_network=True).address(4000) == ("127.0.0.1", 4000)


@pytest.mark.parametrize("port", [5000, 6000])
def test_a_port_that_is_not_published(port: int) -> None:
    with pytest.raises(EngineError):
        container(inspect_container=PORTS).address(port)


def test_the_end_of_a_long_output() -> None:
    noisy = container(logs=lambda *_, **__: (b"%d\n" % n for n in range(100_000)))
    assert noisy.output(12) == "99998\n99999\n"


def test_waiting() -> None:
    assert container(wait={"StatusCode": 3}).wait(1) == 3
    assert container(wait=requests.ReadTimeout("x")).wait(1) is None
    body = requests.ConnectionError("HTTPConnectionPool: Read timed out.")
    assert container(wait=body).wait(1) is None
    with pytest.raises(EngineError):
        container(wait=requests.ConnectionError("Connection aborted.")).wait(1)


def test_one_that_does_not_run_takes_no_signal_and_has_no_processes() -> None:
    ended = container(kill=NOT_RUNNING, top=NOT_RUNNING, exec_create=NOT_RUNNING)
    ended.signal("TERM")
    assert ended.processes() == ()
    assert ended.execute(["true"], 1) == (None, "the container does not run")


def test_other_refusals_are_errors() -> None:
    gone = api_error(404, "No such container: c")
    asked = container(kill=gone, top=gone, exec_create=gone, inspect_container=gone)
    for call in (
        lambda: asked.signal("TERM"),
        asked.processes,
        asked.state,
        lambda: asked.execute((), 1),
    ):
        with pytest.raises(EngineError):
            call()


def test_processes() -> None:
    rows = {"Processes": [["7", "1", "Ss", "beam.smp -x"], ["9", "7", "Z", "[epmd]", "<defunct>"]]}
    assert container(top=rows).processes() == (
        Process(pid=7, parent=1, state="Ss", command="beam.smp -x"),
        Process(pid=9, parent=7, state="Z", command="[epmd] <defunct>"),
    )


def test_changes_are_sorted_and_may_be_none() -> None:
    found = [{"Path": "/tmp/b", "Kind": 1}, {"Path": "/tmp", "Kind": 0}]
    assert container(diff=found).changes() == ("/tmp", "/tmp/b")
    assert container(diff=None).changes() == ()


def frame(data: bytes) -> bytes:
    return b"\1\0\0\0" + len(data).to_bytes(4, "big") + data


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, io.RawIOBase]]:
    """The engine's end, and ours as the SDK gives it: a file over a socket."""
    theirs, ours = socket.socketpair()
    file = ours.makefile("rb", buffering=0)
    ours.close()
    with theirs, file:
        yield theirs, file


def executing(stream: io.RawIOBase, code: int | None) -> Container:
    return container(exec_create={"Id": "e"}, exec_start=stream, exec_inspect={"ExitCode": code})


def test_a_command_that_ends(connection: tuple[socket.socket, io.RawIOBase]) -> None:
    theirs, ours = connection
    theirs.sendall(frame(b"a") + frame(b"b"))
    theirs.close()
    assert executing(ours, 4).execute(["x"], 5) == (4, "ab")
    assert ours.closed


def test_a_command_that_does_not_end_in_time(
    connection: tuple[socket.socket, io.RawIOBase],
) -> None:
    theirs, ours = connection
    theirs.sendall(frame(b"so far"))
    before = set(threading.enumerate())
    assert executing(ours, None).execute(["x"], 0.2) == (None, "so far")
    assert ours.closed
    assert set(threading.enumerate()) <= before


def test_a_connection_that_breaks_during_a_command(
    connection: tuple[socket.socket, io.RawIOBase],
) -> None:
    theirs, ours = connection
    theirs.sendall(frame(b"so far")[:-3])
    theirs.close()
    lost = container(exec_create={"Id": "e"}, exec_start=ours, exec_inspect=api_error(500, "gone"))
    with pytest.raises(EngineError, match="running a command"):
        lost.execute(["x"], 5)
    assert ours.closed
