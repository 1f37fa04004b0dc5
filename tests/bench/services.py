"""What a benchmark starts and stops: a registry on loopback, an engine without a past."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

TIMEOUT_SECONDS: Final = 120


class NotStarted(Exception):
    """A process that a benchmark needs does not answer."""


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Serve an empty registry, Debian's `docker-registry`; give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    folder.mkdir(parents=True)
    config = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
        "http": {"addr": address},
    }
    (folder / "config.yml").write_text(json.dumps(config))

    def answers() -> bool:
        host, port = address.split(":")
        with socket.socket() as asked:
            return asked.connect_ex((host, int(port))) == 0

    with _process(["docker-registry", "serve", str(folder / "config.yml")], folder, answers):
        yield address


def blobs(folder: Path) -> dict[str, int]:
    """Give what a registry that was served from a folder holds: each blob's digest and size."""
    found = (folder / "storage/docker/registry/v2/blobs").glob("*/*/*/data")
    return {f"{each.parts[-4]}:{each.parts[-2]}": each.stat().st_size for each in found}


@contextmanager
def fresh_engine() -> Iterator[str]:
    """Start an engine that has never built or pulled anything; give its address. Needs root.

    It has a bridge of its own: one that is told to have none takes `docker0` away from others.
    """
    folder = Path(f"/tmp/imagekit-{uuid4().hex[:8]}")  # a socket's path is short
    bridge = f"ik{uuid4().hex[:8]}"
    asked = ("docker", "info", "--format", "{{json .RegistryConfig.Mirrors}}")
    mirrors = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    address = f"unix://{folder}/sock"
    folder.mkdir(mode=0o700)
    config = {
        "features": {"containerd-snapshotter": True},
        "registry-mirrors": mirrors or [],
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "exec"),
        "pidfile": str(folder / "pid"),
        "hosts": [address],
        "bridge": bridge,
        # Steps use the machine's network.
        **dict.fromkeys(("iptables", "ip-forward", "ip-masq"), False),
    }
    (folder / "daemon.json").write_text(json.dumps(config))
    subprocess.run(("ip", "link", "add", bridge, "type", "bridge"), check=True)
    try:
        # The engine keeps to the bridge it finds, and so needs an address on it.
        subprocess.run(("ip", "address", "add", "172.31.254.1/24", "dev", bridge), check=True)
        subprocess.run(("ip", "link", "set", bridge, "up"), check=True)

        def answers() -> bool:
            asked = ("docker", "--host", address, "version")
            return subprocess.run(asked, check=False, capture_output=True).returncode == 0

        command = ["dockerd", "--config-file", str(folder / "daemon.json")]
        with _process(command, folder, answers):
            yield address
    finally:
        subprocess.run(("ip", "link", "delete", bridge), check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _process(command: Sequence[str], folder: Path, answers: Callable[[], bool]) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdout=written, stderr=written)
    try:
        limit = time.monotonic() + TIMEOUT_SECONDS
        while not answers():
            if process.poll() is not None or time.monotonic() > limit:
                raise NotStarted(f"{command[0]} does not answer:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_root() -> bool:
    return os.geteuid() == 0
