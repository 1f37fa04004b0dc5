"""Who the engine is, and how its errors become ours."""

from __future__ import annotations

import json
from typing import Any

import docker
import pytest
import requests
import urllib3

from imagekit.engine.client import Engine
from imagekit.errors import EngineError, EngineMissing, EngineTooOld

from .fakes import FakeApi, FakeProcesses, answer, api_error, engine

CONTAINERD, CLASSIC = "docker-26-containerd", "docker-26-classic"


def connect(monkeypatch: pytest.MonkeyPatch, api: object) -> Engine:
    def client(**_: Any) -> object:
        if isinstance(api, BaseException):
            raise api
        return api

    monkeypatch.setattr(docker, "APIClient", client)
    return Engine.connect({"DOCKER_HOST": "tcp://x:2375"}, processes=FakeProcesses({}))


def recorded(kind: str, **version: Any) -> FakeApi:
    return FakeApi(
        close=None,
        version={**json.loads(answer(kind, "version.json")), **version},
        info=json.loads(answer(kind, "info.json")),
    )


def test_an_engine_with_the_containerd_image_store(monkeypatch: pytest.MonkeyPatch) -> None:
    info = connect(monkeypatch, recorded(CONTAINERD)).info
    assert (info.name, info.version, info.api) == ("docker", "26.1.5+dfsg1", "1.45")
    assert (info.storage_driver, info.containerd_store) == ("overlayfs", True)
    assert (info.platform, info.cpus, info.cgroup_version) == ("linux/amd64", 2, "1")
    assert info.distribution == "Debian GNU/Linux 12 (bookworm)"
    assert info.security == ("name=seccomp,profile=builtin",)
    assert info.unlimited == ()


def test_an_engine_with_the_classic_image_store(monkeypatch: pytest.MonkeyPatch) -> None:
    info = connect(monkeypatch, recorded(CLASSIC)).info
    assert (info.storage_driver, info.containerd_store) == ("overlay2", False)


def test_podman_is_told_by_its_components(monkeypatch: pytest.MonkeyPatch) -> None:
    api = recorded(
        CLASSIC, Version="4.9.3", ApiVersion="1.41", Components=[{"Name": "Podman Engine"}]
    )
    assert connect(monkeypatch, api).info.name == "podman"


@pytest.mark.parametrize(
    ("version", "api"), [("20.10.24+dfsg1", "1.41"), ("", ""), ("22.06.0-dev", "1.42")]
)
def test_an_engine_below_the_floor(monkeypatch: pytest.MonkeyPatch, version: str, api: str) -> None:
    with pytest.raises(EngineTooOld) as raised:
        connect(monkeypatch, recorded(CLASSIC, Version=version, ApiVersion=api))
    assert raised.value.floor == "23.0"
    assert raised.value.component == "Docker"


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = requests.ConnectionError(
        urllib3.exceptions.ProtocolError(
            "Connection aborted.", ConnectionRefusedError(111, "Connection refused")
        )
    )
    cause = docker.errors.DockerException(f"Error while fetching server API version: {refused}")
    cause.__cause__ = refused
    with pytest.raises(EngineMissing) as raised:
        connect(monkeypatch, cause)
    assert raised.value.host == "tcp://x:2375"
    assert raised.value.problem == "Connection refused"


@pytest.mark.parametrize(
    "error",
    [
        api_error(500, "the engine's own words"),
        requests.ConnectionError("the engine's own words"),
        urllib3.exceptions.ProtocolError("the engine's own words"),
        OSError("the engine's own words"),
    ],
)
def test_every_error_is_translated_once(error: Exception) -> None:
    with pytest.raises(EngineError) as raised, engine().calls("the test"):
        raise error
    assert (raised.value.during, raised.value.problem) == ("the test", "the engine's own words")


def test_our_own_errors_pass() -> None:
    with pytest.raises(KeyError), engine().calls("the test"):
        raise KeyError("a bug")


def test_no_secret_is_in_a_message_or_its_cause() -> None:
    error = api_error(400, "invalid environment variable: =hunter2")
    with pytest.raises(EngineError) as raised, engine().calls("the test", hide=("hunter2", "")):
        raise error
    assert raised.value.problem == "invalid environment variable: =***"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_the_environment_is_not_shown() -> None:
    assert "hunter2" not in repr(engine(environment={"TOKEN": "hunter2"}))
