"""A registry on loopback, and an engine beside the machine's own, for the time of a module.

The engine has a store and a bridge of its own: an engine whose cache was pruned still has the
layers it once had. The registry is Debian's `docker-registry`.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from imagekit.engine.client import Engine

TIMEOUT_SECONDS = 60
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NEEDED = ("dockerd", "docker-registry", "ip")


def ready(
    what: str, process: subprocess.Popen[bytes], log: Path, answers: Callable[[], bool]
) -> None:
    limit = time.monotonic() + TIMEOUT_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > limit:
            pytest.fail(f"{what} does not come up:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Registry:
    """A registry on loopback whose storage may be damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        storage = {"filesystem": {"rootdirectory": str(folder / "storage")}}
        (folder / "config.yml").write_text(
            json.dumps({"version": 0.1, "storage": storage, "http": {"addr": self.address}})
        )

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://{self.address}/v2/").status_code == 200
        except httpx.HTTPError:
            return False

    def tags(self, name: str) -> list[str]:
        return sorted(httpx.get(f"http://{self.address}/v2/{name}/tags/list").json()["tags"])

    def layers(self, name: str, tag: str) -> list[str]:
        manifest = httpx.get(
            f"http://{self.address}/v2/{name}/manifests/{tag}", headers={"Accept": MANIFEST}
        )
        return [layer["digest"] for layer in manifest.json()["layers"]]

    def lose_layers(self, name: str, tag: str) -> None:
        layers = self.layers(name, tag)
        assert layers
        for layer in layers:
            kind, digest = layer.split(":")
            blobs = self.folder / "storage/docker/registry/v2/blobs"
            shutil.rmtree(blobs / kind / digest[:2] / digest, ignore_errors=True)


@contextmanager
def serve_registry(folder: Path) -> Iterator[Registry]:
    """Serve an empty registry."""
    registry = Registry(folder)
    log = registry.folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["docker-registry", "serve", registry.folder / "config.yml"],
            stdout=written,
            stderr=written,
        )
    try:
        ready("the registry", process, log, registry.answers)
        yield registry
    finally:
        stop(process)


@contextmanager
def second_engine(engine: Engine) -> Iterator[str]:
    """Give the address of an engine that has nothing, not even base images."""
    # A socket's path is short.
    folder = Path(f"/tmp/imagekit-{uuid4().hex[:8]}")
    bridge = f"ik{uuid4().hex[:8]}"
    with engine.calls("asking for its mirrors") as api:
        mirrors = api.info()["RegistryConfig"]["Mirrors"] or []
    folder.mkdir(mode=0o700)
    config = {
        "features": {"containerd-snapshotter": True},
        "registry-mirrors": mirrors,
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "exec"),
        "pidfile": str(folder / "pid"),
        "hosts": [f"unix://{folder}/sock"],
        # Its own, and no other network's business: without a bridge an engine removes docker0.
        "bridge": bridge,
        "iptables": False,
        "ip-forward": False,
        "ip-masq": False,
    }
    (folder / "daemon.json").write_text(json.dumps(config))
    log = folder / "log"
    subprocess.run(["ip", "link", "add", bridge, "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "addr", "add", "192.0.2.1/24", "dev", bridge], check=True)
        with log.open("wb") as written:
            process = subprocess.Popen(
                ["dockerd", "--config-file", folder / "daemon.json"], stdout=written, stderr=written
            )
        try:
            ready("the engine", process, log, (folder / "sock").is_socket)
            yield f"unix://{folder}/sock"
        finally:
            stop(process)
    finally:
        subprocess.run(["ip", "link", "delete", bridge], check=True)
        mounts = Path("/proc/mounts").read_text().splitlines()
        for place in sorted((line.split()[1] for line in mounts), reverse=True):
            if Path(place).is_relative_to(folder):
                subprocess.run(["umount", place], check=True)
        shutil.rmtree(folder)
