"""Which builder there is and what it can do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagekit.engine.builder import Builder, asking, find_builder
from imagekit.errors import BuilderMissing, EngineError, EngineTooOld

from .fakes import FakeProcesses, buildx, engine, finished

VERSION, INSPECT = ("docker", "buildx", "version"), ("docker", "buildx", "inspect")
CONTAINER_DRIVER = """\
Name:   ci
Driver: docker-container

Nodes:
Name:      ci0
Endpoint:  unix:///var/run/docker.sock
Status:    running
Buildkit:  v0.12.5
Platforms: linux/amd64*, linux/arm64

Name:      ci1
Buildkit:  v0.17.0
Platforms: linux/s390x
"""


def found(name: str | None = None, **ends: object) -> Builder:
    table = {**buildx(), **{(VERSION if k == "version" else INSPECT): v for k, v in ends.items()}}
    return find_builder(engine(processes=FakeProcesses(table)), name)  # type: ignore[arg-type]


def test_the_engine_s_own_builder() -> None:
    builder = found()
    assert (builder.buildx, builder.name, builder.driver) == ("0.13.1+ds1", "default", "docker")
    assert builder.buildkit == ""
    assert builder.platforms[0] == "linux/amd64"


def test_a_builder_of_its_own() -> None:
    builder = found(inspect=finished(CONTAINER_DRIVER))
    assert (builder.name, builder.driver, builder.buildkit) == ("ci", "docker-container", "v0.12.5")
    assert builder.platforms == ("linux/amd64", "linux/arm64")


def test_the_named_builder_is_asked_for() -> None:
    processes = FakeProcesses(buildx())
    find_builder(engine(processes=processes, environment={"A": "b"}), "ci")
    assert processes.commands[-1] == ("docker", "buildx", "inspect", "ci")
    assert processes.environments[-1] == {"A": "b"}


def test_both_are_asked_before_anybody_awaits_an_answer() -> None:
    processes = FakeProcesses({**buildx(), VERSION: finished(status=127, errors="no docker")})
    with asking(processes, {}) as builder:
        assert processes.commands == [VERSION, INSPECT]
        with pytest.raises(BuilderMissing):
            builder()


@pytest.mark.parametrize(
    ("end", "problem"),
    [
        (finished(status=127, errors="docker: command not found"), "docker: command not found"),
        (
            finished(
                status=1, errors="docker: 'buildx' is not a docker command.\nSee 'docker --help'"
            ),
            "docker: 'buildx' is not a docker command.",
        ),
        (finished("what?"), "what?"),
        (finished(), "it says no version"),
    ],
)
def test_no_buildx(end: object, problem: str) -> None:
    with pytest.raises(BuilderMissing) as raised:
        found(version=end)
    assert raised.value.problem == problem


def test_no_such_builder() -> None:
    with pytest.raises(BuilderMissing) as raised:
        found("nope", inspect=finished(status=1, errors='ERROR: no builder "nope" found'))
    assert raised.value.problem == 'ERROR: no builder "nope" found'


def test_an_old_buildx() -> None:
    with pytest.raises(EngineTooOld) as raised:
        found(
            version=finished(
                "github.com/docker/buildx v0.12.1 30feaa1a915b869ebc2eea6328624b49facd4bfb"
            )
        )
    assert (raised.value.component, raised.value.version) == ("buildx", "0.12.1")


def test_a_builder_whose_engine_is_gone() -> None:
    problem = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"
    gone = f"Name: default\nDriver: \nError: {problem}\n"
    for end in (finished(gone), finished(status=None, errors="docker: no end within 60.0 s")):
        with pytest.raises(EngineError):
            found(inspect=end)


def test_who_rewrites_timestamps() -> None:
    docker = engine().info
    own = found()
    assert own.rewrites_timestamps(docker)
    assert not own.rewrites_timestamps(replace(docker, containerd_store=False))
    assert not own.rewrites_timestamps(replace(docker, version="25.0.5"))
    container = found(inspect=finished(CONTAINER_DRIVER))
    assert not container.rewrites_timestamps(docker)
    assert replace(container, buildkit="v0.13.0").rewrites_timestamps(docker)
    assert replace(container, buildkit="").rewrites_timestamps(docker)
