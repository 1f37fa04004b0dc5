"""Which engine is meant."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from imagekit.engine.endpoint import DEFAULT_HOST, Endpoint, find_endpoint
from imagekit.errors import EngineMissing


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"currentContext": "work"}')
    add_context(tmp_path, "work", "ssh://me@build.test")
    add_context(tmp_path, "away", "tcp://away.test:2376", tls=True)
    return tmp_path


def add_context(folder: Path, name: str, host: str, *, tls: bool = False) -> None:
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / key
    meta.mkdir(parents=True)
    document = {"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
    (meta / "meta.json").write_text(json.dumps(document))
    if tls:
        (folder / "contexts" / "tls" / key / "docker").mkdir(parents=True)


def test_docker_host_goes_before_contexts(config: Path) -> None:
    environment = {
        "DOCKER_HOST": "unix:///x",
        "DOCKER_CONTEXT": "away",
        "DOCKER_CONFIG": str(config),
    }
    assert find_endpoint(environment) == Endpoint(host="unix:///x", verify=False)


def test_the_current_context(config: Path) -> None:
    found = find_endpoint({"DOCKER_CONFIG": str(config)})
    assert (found.host, found.context) == ("ssh://me@build.test", "work")


def test_docker_context_goes_before_the_current_one(config: Path) -> None:
    found = find_endpoint({"DOCKER_CONFIG": str(config), "DOCKER_CONTEXT": "away"})
    assert found.host == "tcp://away.test:2376"
    assert found.certificates is not None
    assert found.certificates.is_dir()
    default = find_endpoint({"DOCKER_CONFIG": str(config), "DOCKER_CONTEXT": "default"})
    assert default.host == DEFAULT_HOST


def test_a_context_that_is_not_there(config: Path) -> None:
    with pytest.raises(EngineMissing) as raised:
        find_endpoint({"DOCKER_CONFIG": str(config), "DOCKER_CONTEXT": "gone"})
    assert "`gone`" in raised.value.what


@pytest.mark.parametrize("text", ["", "{", "[]", '{"currentContext": 3}', "{}"])
def test_a_configuration_that_names_no_context(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert find_endpoint({"DOCKER_CONFIG": str(tmp_path)}).host == DEFAULT_HOST


def test_home_is_where_the_configuration_is(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text('{"currentContext": "c"}')
    add_context(tmp_path / ".docker", "c", "unix:///c")
    assert find_endpoint({"HOME": str(tmp_path)}).host == "unix:///c"


def test_tls_as_the_cli_understands_it() -> None:
    host = {"DOCKER_HOST": "tcp://x:2376", "HOME": "/home/me"}
    assert find_endpoint(host).certificates is None
    secured = find_endpoint({**host, "DOCKER_TLS_VERIFY": "1"})
    assert (secured.certificates, secured.verify) == (Path("/home/me/.docker"), True)
    named = find_endpoint({**host, "DOCKER_CERT_PATH": "/certs"})
    assert (named.certificates, named.verify) == (Path("/certs"), False)


@pytest.mark.parametrize(
    ("host", "reach", "publish_on"),
    [
        ("unix:///var/run/docker.sock", "127.0.0.1", "127.0.0.1"),
        ("tcp://localhost:2375", "localhost", "127.0.0.1"),
        ("tcp://docker:2375", "docker", "0.0.0.0"),
        ("ssh://me@build.test", "build.test", "0.0.0.0"),
    ],
)
def test_where_published_ports_are(host: str, reach: str, publish_on: str) -> None:
    endpoint = Endpoint(host=host)
    assert (endpoint.reach, endpoint.publish_on) == (reach, publish_on)
    assert endpoint.local is host.startswith("unix")
