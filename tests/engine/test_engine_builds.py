"""Builds for real: results, causes, cancellation, and that nothing stays."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagekit.engine.builder import find_builder
from imagekit.engine.buildx import (
    BuildRequest,
    BuildResult,
    BuildSecret,
    EnvironmentVariable,
    LocalFolder,
    OciArchive,
    SecretText,
    build,
)
from imagekit.engine.client import Engine
from imagekit.engine.container import ContainerSpec
from imagekit.engine.events import BuildEvent, StepCached, StepOutput
from imagekit.engine.images import ImageStore
from imagekit.engine.probe import ItemState, doctor
from imagekit.engine.scope import RunScope
from imagekit.errors import (
    BaseImageNotFound,
    BuilderMissing,
    BuildFailed,
    DiskFull,
    EngineError,
    EngineMissing,
    RegistryUnanswered,
)

pytestmark = pytest.mark.engine

BASE = "debian:trixie-slim"
STAGES = f"""\
FROM {BASE} AS deps
RUN echo NONCE > /deps
FROM {BASE} AS assets
COPY asset /asset
FROM {BASE} AS unused
RUN exit 1
FROM deps AS release
COPY source /source
RUN cat /source /deps > /release
FROM scratch AS runtime
COPY --from=release /release /app/release
COPY --from=assets /asset /app/asset
CMD ["/app/release"]
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        connected = Engine.connect({**os.environ, "IMAGEKIT_TEST_TOKEN": "hunter2"})
        find_builder(connected)
    except EngineError as err:
        pytest.skip(f"{err.what} {err.found}")
    if not ImageStore(engine=connected).exists(BASE):
        pytest.skip(f"the engine has no {BASE}: run .ci/images")
    yield connected
    connected.close()


@pytest.fixture(autouse=True)
def _temporary(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("tmp")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "source").write_text("1\n")
    (folder / "asset").write_text("2\n")
    return folder


class Builds:
    """Builds, and removes what came into the engine at the end."""

    def __init__(self, engine: Engine, context: Path) -> None:
        self.engine, self.context = engine, context
        self.images: list[str] = []
        self.events: list[BuildEvent] = []

    def __call__(self, dockerfile: str, **request: Any) -> BuildResult:
        self.events = []
        options = {"network": "host", **request}
        asked = BuildRequest(context=self.context, dockerfile=dockerfile, **options)
        result = build(self.engine, asked, self.events.append)
        if result.image_id is not None:
            self.images.append(result.image_id)
        return result


@pytest.fixture
def built(engine: Engine, context: Path) -> Iterator[Builds]:
    builds = Builds(engine, context)
    yield builds
    for image in builds.images:
        ImageStore(engine=engine).discard(image)


def nonce(text: str) -> str:
    return text.replace("NONCE", uuid.uuid4().hex)


def cached(result: BuildResult) -> dict[str, bool]:
    return {stage.name: stage.cached for stage in result.stages}


def test_which_stages_ran(built: Builds, context: Path) -> None:
    dockerfile = nonce(STAGES)
    cold = built(dockerfile, no_cache=True)
    assert cached(cold) == dict.fromkeys(("assets", "deps", "release", "runtime"), False)
    assert all(stage.seconds > 0 for stage in cold.stages)
    again = built(dockerfile)
    assert cached(again) == dict.fromkeys(("assets", "deps", "release", "runtime"), True)
    assert sum(isinstance(event, StepCached) for event in built.events) >= 5
    (context / "source").write_text("changed\n")
    changed = built(dockerfile)
    assert cached(changed) == {"assets": True, "deps": True, "release": False, "runtime": False}
    assert changed.image_id != again.image_id


def test_an_untagged_image_runs_by_its_id(built: Builds, engine: Engine) -> None:
    result = built(f"FROM {BASE}\nRUN echo hello > /x\nCMD cat /x\n")
    assert result.image_id is not None
    assert engine.api.inspect_image(result.image_id)["RepoTags"] == []
    with RunScope(engine=engine, run_id=f"test-{uuid.uuid4().hex}") as scope:
        container = scope.start(ContainerSpec(image=result.image_id, network="none"))
        assert container.wait(20) == 0
        assert container.output() == "hello\n"


def test_one_stage_is_enough(built: Builds) -> None:
    result = built(nonce(f"FROM {BASE} AS only\nRUN echo NONCE\n"))
    assert [(stage.name, stage.cached) for stage in result.stages] == [("stage-0", False)]


def test_the_target_is_as_far_as_it_goes(built: Builds) -> None:
    assert set(cached(built(nonce(STAGES), target="release"))) == {"deps", "release"}


def test_the_ignore_file_is_ours(built: Builds, context: Path, tmp_path: Path) -> None:
    (context / ".dockerignore").write_text("source\n")
    for text, seen in {"": {".dockerignore", "asset", "source"}, "*\n!asset\n": {"asset"}}.items():
        out = LocalFolder(path=tmp_path / f"out{len(text)}")
        built("FROM scratch\nCOPY . /\n", dockerignore=text, output=out)
        assert {path.name for path in out.path.iterdir()} == seen


def test_a_build_context_replaces_a_stage(built: Builds, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "tool").touch()
    dockerfile = """\
FROM scratch AS imagekit
COPY .imagekit/ /
FROM scratch
COPY --from=imagekit / /tools/
"""
    out = LocalFolder(path=tmp_path / "out")
    result = built(dockerfile, build_contexts={"imagekit": scripts}, output=out)
    assert [path.name for path in (out.path / "tools").iterdir()] == ["tool"]
    assert result.image_id is None


def test_secrets_reach_the_step_and_nothing_else(
    built: Builds, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "file,with comma").write_text("from a file")
    dockerfile = nonce(f"""\
FROM {BASE}
RUN --mount=type=secret,id=text --mount=type=secret,id=file --mount=type=secret,id=env \\
    echo NONCE; for s in text file env; do test -s /run/secrets/$s || exit 1; done; \\
    md5sum /run/secrets/* | cut -c-32 > /sums
""")
    result = built(
        dockerfile,
        secrets=(
            BuildSecret(id="text", source=SecretText(text="s3cr3t-text")),
            BuildSecret(id="file", source=tmp_path / "file,with comma"),
            BuildSecret(id="env", source=EnvironmentVariable(name="IMAGEKIT_TEST_TOKEN")),
        ),
    )
    assert result.image_id is not None
    contents = ImageStore(engine=engine).contents(result.image_id, keep=lambda n: n == "sums")
    (sums,) = contents.files.values()
    assert len(sums.split()) == 3
    assert "s3cr3t" not in str(contents.image)
    assert not [e for e in contents.entries if e.name.startswith("run/secrets/")]


def test_a_failing_step(built: Builds) -> None:
    with pytest.raises(BuildFailed) as raised:
        built(nonce(f"FROM {BASE} AS a\nRUN true\nFROM a AS b\nRUN seq 30; echo NONCE; exit 3\n"))
    error = raised.value
    assert (error.stage, error.status, len(error.output)) == ("b", 3, 20)
    assert error.step.startswith("RUN seq 30;")
    assert error.output[-2] == "30"


def test_a_dockerfile_that_is_none(built: Builds) -> None:
    with pytest.raises(BuildFailed, match="Dockerfile") as raised:
        built(f"FROM {BASE}\nRUNN x\n")
    assert "unknown instruction: RUNN" in raised.value.found


def test_no_such_target(built: Builds) -> None:
    with pytest.raises(BuildFailed) as raised:
        built(STAGES, target="nope")
    assert "nope" in raised.value.found


def test_a_full_disk(built: Builds) -> None:
    with pytest.raises(DiskFull):
        built(nonce(f"FROM {BASE}\nRUN echo NONCE; cat /dev/zero > /dev/shm/full\n"))


def test_a_registry_that_refuses(built: Builds) -> None:
    with pytest.raises(RegistryUnanswered) as raised:
        built("FROM 127.0.0.1:1/a/b:c\nRUN true\n")
    assert "connection refused" in raised.value.found


def test_a_mirror_that_refuses(built: Builds) -> None:
    """The engine knows no apt: it hands on what was printed (`build/causes.py` reads it)."""
    with pytest.raises(BuildFailed) as raised:
        built(
            nonce(
                f"FROM {BASE}\nRUN echo NONCE; apt-get -o Acquire::Retries=0 "
                "-o Acquire::http::Proxy=http://127.0.0.1:1 -o APT::Update::Error-Mode=any update\n"
            )
        )
    assert "Could not connect" in raised.value.found


def test_a_base_that_is_not_there(built: Builds, engine: Engine) -> None:
    mirrors = engine.api.info().get("RegistryConfig", {}).get("Mirrors") or ()
    local = [m.removeprefix("http://").rstrip("/") for m in mirrors if "//127.0.0.1:" in m]
    if not local:
        pytest.skip("the engine has no registry on loopback: run .ci/images")
    with pytest.raises(BaseImageNotFound) as raised:
        built(f"FROM {local[0]}/library/debian:no-such-tag AS base\nRUN true\n")
    assert raised.value.reference == f"{local[0]}/library/debian:no-such-tag"


def test_no_such_builder(built: Builds) -> None:
    with pytest.raises(BuilderMissing, match="buildx"):
        built("FROM scratch\n", builder="imagekit-no-such-builder")


def test_an_archive(built: Builds, engine: Engine, tmp_path: Path) -> None:
    target = OciArchive(path=tmp_path / "image.tar")
    if find_builder(engine).driver == "docker" and not engine.info.containerd_store:
        with pytest.raises(BuilderMissing, match="buildx"):
            built("FROM scratch\nCOPY asset /\n", output=target)
        assert [path.name for path in tmp_path.iterdir()] == ["context"]
        return
    result = built("FROM scratch\nCOPY asset /\n", output=target)
    assert target.path.stat().st_size > 1000
    assert result.digest is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["context", "image.tar"]


def test_two_builds_at_an_epoch_are_the_same(built: Builds, engine: Engine, context: Path) -> None:
    if not find_builder(engine).rewrites_timestamps(engine.info):
        pytest.skip("this builder does not rewrite timestamps")
    dockerfile = (
        f"FROM {BASE} AS a\nRUN echo x > /x\nFROM scratch\nCOPY --from=a /x /x\nCOPY source /\n"
    )
    first = built(dockerfile, no_cache=True, source_date_epoch=1_000_000_000)
    (context / "source").touch()
    second = built(dockerfile, no_cache=True, source_date_epoch=1_000_000_000)
    assert first.timestamps_rewritten
    assert first.digest == second.digest == first.image_id
    archive = built(
        dockerfile,
        source_date_epoch=1_000_000_000,
        output=OciArchive(path=context / "image.tar"),
    )
    assert archive.digest == first.digest
    (context / "image.tar").unlink()


def test_ctrl_c_ends_the_step_and_leaves_nothing(built: Builds, engine: Engine) -> None:
    seconds = 4000 + uuid.uuid4().int % 1000
    before = {image["Id"] for image in engine.api.images(all=True)}

    def interrupt(event: BuildEvent) -> None:
        if isinstance(event, StepOutput):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    request = BuildRequest(
        context=built.context,
        dockerfile=nonce(f"FROM {BASE}\nRUN echo NONCE; sleep {seconds}\n"),
        network="host",
    )
    with pytest.raises(KeyboardInterrupt):
        build(engine, request, interrupt)
    assert engine.endpoint.local
    for _ in range(50):
        if not running("sleep", str(seconds)):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the step still runs")
    new = {image["Id"] for image in engine.api.images(all=True)} - before
    assert not [image for image in new if str(seconds) in json.dumps(engine.api.history(image))]


def running(*command: str) -> bool:
    wanted = "\0".join(command).encode()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if wanted in path.read_bytes():
                return True
        except OSError:
            continue
    return False


def test_an_error_of_the_caller_ends_the_build(built: Builds, engine: Engine) -> None:
    def fail(_: BuildEvent) -> None:
        raise ValueError("mine")

    request = BuildRequest(context=built.context, dockerfile=nonce(STAGES))
    with pytest.raises(ValueError, match="mine"):
        build(engine, request, fail)


def test_an_engine_that_is_not_there(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.sock")
    with pytest.raises(EngineMissing) as raised:
        Engine.connect({"DOCKER_HOST": f"unix://{gone}"})
    assert raised.value.host == f"unix://{gone}"
    assert raised.value.problem == f"No such file or directory: {gone}"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(gone)
    with pytest.raises(EngineMissing) as raised:
        Engine.connect({"DOCKER_HOST": f"unix://{gone}"})
    assert raised.value.problem == f"Connection refused: {gone}"
    with pytest.raises(EngineMissing) as raised:
        Engine.connect({"DOCKER_HOST": "tcp://127.0.0.1:1"})
    assert raised.value.problem == "Connection refused"


def test_what_answers_is_no_engine() -> None:
    def hang_up() -> None:
        server.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        with pytest.raises(EngineMissing):
            Engine.connect({"DOCKER_HOST": f"tcp://127.0.0.1:{server.getsockname()[1]}"})
        thread.join()


def test_doctor_finds_what_we_use(engine: Engine) -> None:
    items = {item.name: item for item in doctor(engine.environment)}
    assert items["engine"].state is ItemState.OK
    assert items["buildx"].state is ItemState.OK
    (missing,) = doctor({"DOCKER_HOST": "unix:///no/such/socket"})
    assert missing.state is ItemState.MISSING
    without = {**engine.environment, "PATH": "/no/such/folder"}
    assert {item.name: item.state for item in doctor(without)}["buildx"] is ItemState.MISSING
