"""The ELF gate on real images: told from the layers, and true, as the boot shows."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import APPS, Ran
from tests.unit.elf.elves import AARCH64, elf

pytestmark = pytest.mark.engine

NIF = "/app/lib/fast_sum-1.0.0/priv/fast_sum.so"
SHORT = ("--log", "listening", "--env", "SECRET_KEY_BASE=of-no-importance", "--json")
REPLACED = {
    "a newer glibc": (
        elf(needed=("libc.so.6",), required={"libc.so.6": ("GLIBC_2.99",)}),
        "needs GLIBC_2.99 of /lib/",
    ),
    "musl": (elf(needed=("libc.musl-x86_64.so.1",)), "is linked with musl, the VM"),
    "another machine": (elf(machine=AARCH64), "is for aarch64, the image is for x86_64"),
    "a library that is not there": (
        elf(needed=("libvips.so.42",)),
        "needs libvips.so.42, which is not in the image",
    ),
    "a broken download": (elf(needed=("libc.so.6",))[:200], "begins as an ELF file and is none"),
}


@pytest.fixture(scope="module")
def hello_web(imagekit: Callable[..., Ran], names: Callable[[], str]) -> str:
    tag = names()
    ran = imagekit("build", APPS / "hello_web", "--recipe", "minimal", "--tag", tag, "--no-verify")
    assert ran.exit_code == 0, ran.stderr
    return tag


def build(context: Path, dockerfile: str, tag: str) -> str:
    (context / "Dockerfile").write_text(dockerfile)
    subprocess.run(
        ("docker", "build", "--quiet", "--tag", tag, str(context)), check=True, capture_output=True
    )
    return tag


def gate(ran: Ran) -> dict[str, object]:
    checks = ran.document["verification"]["checks"]
    return next(each for each in checks if each["id"] == "files.elf")


def test_what_was_built_passes(imagekit: Callable[..., Ran], hello_web: str) -> None:
    found = gate(imagekit("verify", hello_web, *SHORT))
    assert found["outcome"] == "passed"
    assert "find their loader" in str(found["detail"])


@pytest.mark.parametrize(("content", "said"), REPLACED.values(), ids=REPLACED.keys())
def test_a_nif_that_cannot_be_loaded_is_named_with_its_package(
    imagekit: Callable[..., Ran],
    names: Callable[[], str],
    hello_web: str,
    tmp_path: Path,
    content: bytes,
    said: str,
) -> None:
    (tmp_path / "nif.so").write_bytes(content)
    tag = build(tmp_path, f"FROM {hello_web}\nCOPY nif.so {NIF}\n", names())
    ran = imagekit("verify", tag, *SHORT)
    assert ran.exit_code == 7
    found = gate(ran)
    assert found["outcome"] == "failed"
    assert str(found["detail"]).startswith(f"{NIF}, of the package fast_sum 1.0.0: {said}")
    assert "\nfix: " in str(found["problems"]).replace("\\n", "\n")


def test_a_library_that_was_lost_is_told_and_the_boot_agrees(
    imagekit: Callable[..., Ran], names: Callable[[], str], hello_web: str, tmp_path: Path
) -> None:
    dockerfile = f"""
FROM debian:trixie-slim AS strip
COPY --from={hello_web} / /rootfs
RUN --network=none rm /rootfs/usr/lib/*/libtinfo.so.6*
FROM {hello_web}
FROM scratch
COPY --from=strip /rootfs /
ENV LANG=C.UTF-8
USER 65532:65532
ENTRYPOINT ["/app/bin/hello_web"]
CMD ["start"]
"""
    tag = build(tmp_path, dockerfile, names())
    ran = imagekit("verify", tag, *SHORT)
    assert ran.exit_code == 7
    found = str(gate(ran)["detail"])
    assert found.startswith("/app/erts-")
    assert "beam.smp, of OTP: needs libtinfo.so.6, which is not in the image" in found
    checks = {each["id"]: each for each in ran.document["verification"]["checks"]}
    assert checks["boot.ready"]["outcome"] == "failed"
    assert "libtinfo.so.6" in str(checks["boot.ready"])
