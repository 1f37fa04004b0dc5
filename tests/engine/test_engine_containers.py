"""Containers for real: limits that hold, what is seen of them, and that nothing stays."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RunScope
from imagekit.engine.sweep import OWNER_LABEL, RUN_LABEL, sweep
from imagekit.errors import EngineError, ImageNotFound

pytestmark = pytest.mark.engine

IMAGE = "debian:trixie-slim"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        connected = Engine.connect(os.environ)
    except EngineError as err:
        pytest.skip(f"{err.what} {err.found}")
    if not ImageStore(engine=connected).exists(IMAGE):
        pytest.skip(f"the engine has no {IMAGE}: run .ci/images")
    yield connected
    connected.close()


@pytest.fixture
def run_id() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def scope(engine: Engine, run_id: str) -> Iterator[RunScope]:
    with RunScope(engine=engine, run_id=run_id) as opened:
        yield opened
    assert left(engine, run_id) == []


def left(engine: Engine, run_id: str) -> list[str]:
    filters = {"label": f"{RUN_LABEL}={run_id}"}
    api = engine.api
    ids = [item["Id"] for item in api.containers(all=True, filters=filters)]
    networks = [item["Name"] for item in api.networks(filters=filters)]
    return [*ids, *networks, *(v["Name"] for v in api.volumes(filters=filters)["Volumes"] or ())]


def shell(scope: RunScope, script: str, **options: object) -> Container:
    spec = ContainerSpec(image=IMAGE, command=("sh", "-c", script), **options)  # type: ignore[arg-type]
    return scope.start(spec)


def test_limits_hold(scope: RunScope) -> None:
    script = """
    id -u; hostname; ulimit -n
    touch /x 2>&1; touch /scratch/x && echo writable
    grep -E 'CapEff|NoNewPrivs' /proc/self/status
    cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null
    cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null; true
    """
    container = shell(
        scope,
        script,
        user="65532:65532",
        read_only=True,
        cap_drop=("ALL",),
        no_new_privileges=True,
        memory_bytes=64 * 1024**2,
        cpus=0.5,
        pids_limit=32,
        tmpfs={"/scratch": "size=1m,mode=1777"},
        ulimits={"nofile": (1024, 2048)},
        hostname="app",
    )
    assert container.wait(20) == 0
    assert container.output().split("\n") == [
        "65532",
        "app",
        "1024",
        "touch: cannot touch '/x': Read-only file system",
        "writable",
        "CapEff:\t0000000000000000",
        "NoNewPrivs:\t1",
        str(64 * 1024**2),
        "32",
        "",
    ]


def test_one_that_takes_too_much_memory(scope: RunScope) -> None:
    container = shell(scope, "head -c 200m /dev/zero | tail", memory_bytes=16 * 1024**2)
    assert container.wait(30) != 0
    assert container.state().oom_killed or "Killed" in container.output()


def test_from_start_to_end(scope: RunScope) -> None:
    script = "trap 'exit 3' TERM; mkdir /new; echo ready; while :; do sleep 0.1; done"
    container = shell(scope, script, environment={"TOKEN": "hunter2"})
    state = container.state()
    assert (state.status, state.running, state.exit_code) == ("running", True, None)
    assert state.started_at is not None
    assert container.wait(0.3) is None
    assert container.output() == "ready\n"
    assert container.changes() == ("/new",)
    first = container.processes()[0]
    assert first.command.startswith("sh -c")
    assert first.state.startswith("S")
    assert container.execute(["sh", "-c", "echo $TOKEN; exit 4"], 10) == (4, "hunter2\n")
    begin = time.monotonic()
    assert container.execute(["sleep", "60"], 0.3)[0] is None
    assert time.monotonic() - begin < 5
    container.signal("TERM")
    assert container.wait(10) == 3
    ended = container.state()
    assert (ended.running, ended.exit_code, ended.oom_killed) == (False, 3, False)
    assert ended.finished_at is not None
    assert container.processes() == ()
    container.signal("KILL")


def test_a_published_port_reaches_the_container(scope: RunScope) -> None:
    script = (
        "use IO::Socket::INET; "
        "$s = IO::Socket::INET->new(LocalPort => 4000, Listen => 1, ReuseAddr => 1); "
        'while ($c = $s->accept) { print $c "hello"; close $c }'
    )
    container = scope.start(
        ContainerSpec(image=IMAGE, command=("perl", "-e", script), publish=(4000,))
    )
    address = container.address(4000)
    for _ in range(50):
        with socket.create_connection(address, timeout=5) as connection:
            if connection.recv(10) == b"hello":
                break
        time.sleep(0.1)
    else:
        pytest.fail(f"nothing answers at {address}: {container.output()}")
    with pytest.raises(EngineError):
        container.address(5000)
    container.signal("KILL")
    container.wait(10)
    with pytest.raises(EngineError):
        container.address(4000)


def test_a_long_output_is_read_from_its_end(scope: RunScope) -> None:
    container = shell(scope, "head -c 50m /dev/zero | tr '\\0' x; echo; seq 100000; echo ä")
    assert container.wait(60) == 0
    output = container.output(1000)
    assert output.endswith("99999\n100000\nä\n")
    assert len(output.encode()) <= 1000


def test_one_that_cannot_start(scope: RunScope) -> None:
    container = scope.start(ContainerSpec(image=IMAGE, command=("/no/such/command",)))
    state = container.state()
    assert (state.status, state.exit_code, state.running) == ("created", 127, False)
    assert "/no/such/command" in state.error
    assert container.output() == ""


def test_an_image_that_is_not_there(scope: RunScope) -> None:
    with pytest.raises(ImageNotFound):
        scope.start(ContainerSpec(image="imagekit.test/no-such:image"))


def test_containers_of_a_network_know_each_other(scope: RunScope) -> None:
    network = scope.network("n")
    shell(scope, "sleep 60", network=network, hostname="db")
    asking = shell(scope, "getent hosts db", network=network)
    assert asking.wait(10) == 0
    assert "db" in asking.output()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_stays(engine: Engine, run_id: str, error: type[BaseException]) -> None:
    def fail() -> None:
        with RunScope(engine=engine, run_id=run_id) as scope:
            shell(scope, "sleep 60", network=scope.network("n"))
            scope.volume("v")
            assert len(left(engine, run_id)) == 3
            raise error

    with pytest.raises(error):
        fail()
    assert left(engine, run_id) == []


def test_a_killed_run_is_swept_and_a_living_one_is_not(engine: Engine, run_id: str) -> None:
    program = f"""
import os, signal
from imagekit.engine.client import Engine
from imagekit.engine.container import ContainerSpec
from imagekit.engine.scope import RunScope
with RunScope(engine=Engine.connect(os.environ), run_id={run_id!r}) as scope:
    scope.start(ContainerSpec(image={IMAGE!r}, command=("sleep", "60")))
    scope.volume("v")
    print("started", flush=True)
    signal.pause()
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        (sys.executable, "-c", program), stdout=subprocess.PIPE, text=True, env=environment
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "started\n"
            sweep(engine)
            assert len(left(engine, run_id)) == 2
        finally:
            child.kill()
    try:
        swept = sweep(engine)
        assert f"imagekit-{run_id}-v" in swept.volumes
        assert len(swept.containers) >= 1
        assert left(engine, run_id) == []
    finally:
        sweep(engine, run_id)


def test_labels_tell_whose_it_is(engine: Engine, scope: RunScope) -> None:
    container = shell(scope, "sleep 60", labels={"mine": "1"})
    labels = engine.api.inspect_container(container.id)["Config"]["Labels"]
    assert labels[RUN_LABEL] == scope.run_id
    assert f"/{os.getpid()}/" in labels[OWNER_LABEL]
    assert labels["mine"] == "1"


def test_threads_may_ask_at_the_same_time(scope: RunScope) -> None:
    """A verification waits for the end and reads the output meanwhile."""
    container = shell(scope, "sleep 1; exit 5")
    ends: list[int | None] = []
    waiting = threading.Thread(target=lambda: ends.append(container.wait(20)))
    waiting.start()
    for _ in range(5):
        assert container.state().status in {"running", "exited"}
    waiting.join()
    assert ends == [5]
