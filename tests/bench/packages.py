"""A Hex registry of one run, with versions of a package that no cache can have seen."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.sides import ROOT

HEAVY: Final = ROOT / "fixtures" / "heavy"


@dataclass(frozen=True, kw_only=True)
class HexOfRun:
    """Where packages come from in this run."""

    settings: Mapping[str, str]
    bumps: tuple[str, ...]
    """Lines of `mix.lock`, one a version of the package that is bumped."""


@contextmanager
def hex_of_run(folder: Path, run: int, count: int) -> Iterator[HexOfRun]:
    """Serve the packages of `heavy` and so many more versions of one; `run` makes them new."""
    more = folder / "packages"
    versions = [f"1.0.{run + number}" for number in range(count)]
    for version in versions:
        command = (sys.executable, str(HEAVY / "generate"), "--bumped", version, str(more))
        subprocess.run(command, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The script counts 100 ports up from the one it is given.
    place = {"IMAGEKIT_DEV_STATE": str(folder), "IMAGEKIT_DEV_HEX_PORT": str(port - 100)}
    made = subprocess.run(
        (str(ROOT / "fixtures" / "environment"), "heavy", str(more)),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **place},
    )
    try:
        lines = (line.partition("=") for line in made.stdout.splitlines())
        tarballs = folder / "hex-heavy" / "public" / "tarballs"
        yield HexOfRun(
            settings={name: value for name, _, value in lines},
            bumps=tuple(_lock_line(tarballs, version) for version in versions),
        )
    finally:
        os.kill(int((folder / "hex-heavy" / "server.pid").read_text()), signal.SIGTERM)


def bumped_package() -> str:
    """Name the package that is there in several versions."""
    return str(tomllib.loads((HEAVY / "shape.toml").read_text(encoding="utf-8"))["bumped"])


def _lock_line(tarballs: Path, version: str) -> str:
    """Write the line as Hex does: the inner checksum is in the tarball, the outer is the file's."""
    known = (HEAVY / "bumped.lock").read_text(encoding="utf-8").rstrip("\n")
    tarball = tarballs / f"{bumped_package()}-{version}.tar"
    with tarfile.open(tarball) as opened:
        file = opened.extractfile("CHECKSUM")
        inner = file.read().decode().strip().lower() if file else ""
    outer = hashlib.sha256(tarball.read_bytes()).hexdigest()
    old_version, old_inner, old_outer = re.findall(r'"(\d+\.\d+\.\d+|[0-9a-f]{64})"', known)
    return (
        known.replace(f'"{old_version}"', f'"{version}"')
        .replace(old_inner, inner)
        .replace(old_outer, outer)
    )
