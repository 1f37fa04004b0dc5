"""The packages of a runtime, found in the builder: the script on both databases, and an image."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from imagekit.eject import SCRIPTS
from imagekit.engine.client import Engine
from tests.engine.conftest import Ran
from tests.unit.elf.elves import elf

pytestmark = pytest.mark.engine

BUILDER = "hexpm/elixir:1.18.3-erlang-27.3.4.3-debian-trixie-20250929-slim"
APK = """\
P:musl
V:1.2.5-r10
F:lib
R:ld-musl-x86_64.so.1

P:libvips
V:8.16-r0
F:usr/lib
R:libvips.so.42
F:usr/share/vips
"""


def look(native: Path, script: str, *packages: str) -> subprocess.CompletedProcess[str]:
    """Run the script in the builder, after a shell's lines that change the builder."""
    native.mkdir(exist_ok=True)
    words = " ".join(("/imagekit/needed-packages /native /packages /app", *packages))
    show = "cat /packages/names; echo --; cat /packages/runtime.tsv"
    command = (
        *("docker", "run", "--rm", "--network=none", "--entrypoint=sh"),
        *(f"--volume={SCRIPTS}:/imagekit:ro", f"--volume={native}:/native:ro"),
        *(BUILDER, "-euc", f"{script}\n{words}\n{show}"),
    )
    return subprocess.run(command, capture_output=True, text=True, check=False)


def place(native: Path, path: str, content: bytes) -> None:
    (native / path).parent.mkdir(parents=True, exist_ok=True)
    (native / path).write_bytes(content)


def test_libraries_become_packages_each_with_its_reason(engine: Engine, tmp_path: Path) -> None:
    nif = elf(needed=("libproc2.so.0", "libown.so.1"), runpath="$ORIGIN")
    place(tmp_path, "deps/app/lib/probe-1.2.0/priv/probe.so", nif)
    place(tmp_path, "deps/app/lib/probe-1.2.0/priv/libown.so.1", elf())
    place(tmp_path, "app/app/bin/probe", b"#!/usr/bin/env bash\n")
    ran = look(tmp_path, ":", "tzdata=zoneinfo", "imagemagick")
    assert ran.returncode == 0, ran.stderr
    names, _, rows = ran.stdout.partition("--\n")
    assert {"bash", "ca-certificates", "imagemagick", "libc6", "libproc2-0", "tzdata"} <= set(
        names.split()
    )
    assert names.split() == sorted(set(names.split()))
    found = [row.split("\t") for row in rows.splitlines()]
    assert ["", "tzdata", "", "dependency", "zoneinfo"] in found
    assert ["", "imagemagick", "", "package", "imagemagick"] in found
    (proc,) = (row for row in found if row[1] == "libproc2-0")
    assert proc[2:] == ["", "needs", "/app/lib/probe-*/priv/probe.so"]
    (bash,) = (row for row in found if row[1] == "bash")
    assert bash[3:] == ["runs", "/app/bin/probe"]


def test_a_library_of_no_package_ends_it_with_who_needs_it(engine: Engine, tmp_path: Path) -> None:
    place(tmp_path, "app/app/lib/a-1.0.0/priv/a.so", elf(needed=("libmine.so.1",)))
    place(tmp_path, "libmine", elf(soname="libmine.so.1"))
    ran = look(tmp_path, "cp /native/libmine /usr/local/lib/libmine.so.1")
    assert ran.returncode == 1
    said = "imagekit: library of no package: /usr/local/lib/libmine.so.1, which /app/lib/a-1.0.0/"
    assert said in ran.stderr


def test_on_alpine_the_database_of_apk_is_asked(engine: Engine, tmp_path: Path) -> None:
    """Its files at Alpine's places, under the Elixir of the builder at hand."""
    needed = ("libvips.so.42", "libc.so", "libc.musl-x86_64.so.1")
    loader = "/lib/ld-musl-x86_64.so.1"
    place(tmp_path, "app/app/lib/a-1.0.0/priv/a", elf(needed=needed, interpreter=loader))
    place(tmp_path, "library", elf())
    place(tmp_path, "installed", APK.encode())
    script = f"""
mkdir -p /lib/apk/db && cp /native/installed /lib/apk/db/installed
cp /native/library {loader} && ln -s {loader} /lib/libc.musl-x86_64.so.1
cp /native/library /usr/lib/libvips.so.42 && mv /etc/ld.so.conf /etc/ld.so.conf.away"""
    ran = look(tmp_path, script)
    assert ran.returncode == 0, ran.stderr
    names, _, rows = ran.stdout.partition("--\n")
    assert names.split() == ["ca-certificates", "libvips", "musl"]
    by = "/app/lib/a-*/priv/a"
    assert f"libvips.so.42\tlibvips\t\tneeds\t{by}\n" in rows
    assert f"{loader}\tmusl\t\tloads\t{by}\n" in rows


def test_an_image_has_what_its_files_need_and_says_why(
    imagekit: Callable[..., Ran], names: Callable[[], str], copy_app: Callable[[str], Path]
) -> None:
    app, tag = copy_app("worker"), names()
    (app / "priv").mkdir(exist_ok=True)
    # In the builder, and not in the runtime's base.
    (app / "priv" / "probe.so").write_bytes(elf(needed=("libproc2.so.0",)))
    ran = imagekit("build", app, "--recipe", "debian", "--tag", tag, "--no-verify")
    assert ran.exit_code == 0, ran.stderr
    document = imagekit("inspect", tag, "--json").document
    # The list of packages must name the new ones; dpkg's copy of the last one is the base's.
    wasted = {each["path"] for each in document["waste"]}
    assert "/var/lib/dpkg/status" in wasted
    assert not [path for path in wasted if path.endswith("-old")]
    reasons = document["reasons"]
    (proc,) = (each for each in reasons if each["package"] == "libproc2-0")
    assert (proc["how"], proc["by"]) == ("needs", ["/app/lib/worker-*/priv/probe.so"])
    assert {"libc6", "ca-certificates", "libstdc++6"} <= {each["package"] for each in reasons}
    listed = subprocess.run(
        ("docker", "run", "--rm", "--entrypoint=dpkg-query", tag, "--list", "libproc2-0"),
        capture_output=True,
        check=True,
        text=True,
    )
    assert "\nii  libproc2-0" in listed.stdout
    said = imagekit("inspect", tag).stdout
    assert "libproc2-0: needed by /app/lib/worker-*/priv/probe.so" in said
