"""What would fill memory, and an engine that goes away: one container each, made to do that."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.sweep import OWNER_LABEL, RUN_LABEL, sweep
from tests.engine.conftest import left_by
from tests.engine.engine_proxy import ENGINE, EngineProxy

pytestmark = pytest.mark.engine

MEGABYTES = 100
# In lines that are not tiny: the engine's log has sixty bytes more for each.
DOCKERFILE = f"""
FROM debian:trixie-slim AS mute
USER 65532:65532
CMD ["sleep", "60"]
FROM mute AS loud
CMD ["sh", "-c", "trap 'exit 0' TERM; head -c {MEGABYTES}000000 /dev/zero | tr '\\\\0' x | \
fold -w 999; echo; echo all is said; while :; do sleep 0.1; done"]
"""
# imagekit takes 82 MB, however much a container says (measured): half of the log would be too much.
MEMORY_MB = 130
# The most that the process had since it began this program: `ru_maxrss` counts its parent's too.
MEASURED = """
import os, pathlib, runpy
try:
    runpy.run_module("imagekit", run_name="__main__")
finally:
    pathlib.Path(os.environ["STATUS"]).write_text(pathlib.Path("/proc/self/status").read_text())
"""

Tag = Callable[[str], str]


@pytest.fixture(scope="module")
def tag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tag]:
    context = tmp_path_factory.mktemp("context")
    (context / "Dockerfile").write_text(DOCKERFILE)
    name = f"imagekit.test/{uuid4().hex[:12]}"
    made: list[str] = []

    def build(target: str) -> str:
        made.append(f"{name}:{target}")
        command = ("docker", "build", "-q", "--target", target, "-t", made[-1], str(context))
        subprocess.run(command, check=True, capture_output=True)
        return made[-1]

    yield build
    subprocess.run(("docker", "rmi", "-f", *made), check=True, capture_output=True)


def start(
    arguments: tuple[str, ...],
    output: Path,
    program: tuple[str, str] = ("-m", "imagekit"),
    **environment: str,
) -> subprocess.Popen[bytes]:
    with output.open("wb") as stdout, output.with_suffix(".err").open("wb") as stderr:
        return subprocess.Popen(
            (sys.executable, *program, "verify", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env={**os.environ, **environment},
        )


def test_a_log_of_100_mb_does_not_fill_memory(engine: Engine, tag: Tag, tmp_path: Path) -> None:
    output = tmp_path / "report.json"
    flags = ("--log", "all is said", "--quick", "--json")
    status = tmp_path / "status"
    given = {"IMAGEKIT_VERIFY_BUDGET_BOOT": "120s", "STATUS": str(status)}
    process = start((tag("loud"), *flags), output, ("-c", MEASURED), **given)
    process.wait()
    most = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    assert most is not None
    checks = {each["id"]: each for each in json.loads(output.read_text())["verification"]["checks"]}
    assert checks["boot.ready"]["outcome"] == "passed", checks["boot.ready"]
    assert "the output said 'all is said'" in checks["boot.ready"]["detail"]
    assert int(most[1]) / 1024 < MEMORY_MB, most[0]
    assert left_by(engine, process.pid) == []


@pytest.mark.skipif(not Path(ENGINE).is_socket(), reason="the engine is not behind a socket here")
def test_an_engine_that_goes_away_leaves_a_partial_report_and_ends_with_5(
    engine: Engine, tag: Tag, tmp_path: Path
) -> None:
    output, junit = tmp_path / "report.json", tmp_path / "junit.xml"
    # Not --quick, which boots before it reads anything.
    flags = ("--log", "never", "--json", "--report", f"junit={junit}")
    with EngineProxy(tmp_path / "engine.sock") as proxy:
        process = start((tag("mute"), *flags), output, DOCKER_HOST=proxy.host)
        try:
            booting = await_container(engine, process.pid)
            run = booting["Labels"][RUN_LABEL]
            proxy.cut()
            assert process.wait(30) == 5
        finally:
            process.kill()
    # It could remove nothing; this is what the next run does.
    assert sweep(engine, run).containers == (booting["Names"][0].removeprefix("/"),)
    assert left_by(engine, process.pid) == []
    document = json.loads(output.read_text())
    checks = {each["id"]: each for each in document["verification"]["checks"]}
    assert checks["config.user"]["outcome"] == "passed"
    assert checks["files.secrets"]["outcome"] == "passed"
    assert checks["boot.ready"]["outcome"] == "skipped"
    assert "The engine stopped answering during " in checks["boot.ready"]["detail"]
    assert not document["verification"]["passed"]
    assert "The engine stopped answering" in document["verification"]["incomplete"]
    assert "engine-lost" in junit.read_text()
    assert "imagekit explain engine-lost" in output.with_suffix(".err").read_text()


def await_container(engine: Engine, pid: int) -> Any:
    """Wait until a run has a container that runs, and give the engine's account of it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for each in engine.api.containers(filters={"label": OWNER_LABEL}):
            if each["Labels"][OWNER_LABEL].split("/")[-2] == str(pid):
                return each
        time.sleep(0.1)
    pytest.fail("it started nothing")
