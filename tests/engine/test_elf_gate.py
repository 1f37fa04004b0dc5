"""The ELF gate on real images: told from the layers, and true, as the boot shows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from imagekit.eject import SCRIPTS
from tests.engine.conftest import APPS, Ran
from tests.engine.test_ejected import docker_build
from tests.unit.elf.elves import AARCH64, elf

pytestmark = pytest.mark.engine

NIF = "/app/lib/fast_sum-1.0.0/priv/fast_sum.so"
SHORT = ("--log", "listening", "--env", "SECRET_KEY_BASE=of-no-importance", "--json")
REPLACED = {
    "another machine": (elf(machine=AARCH64), "is for aarch64, the image is for x86_64"),
    "a library that is not there": (
        elf(needed=("libvips.so.42",)),
        "needs libvips.so.42, which is not in the image",
    ),
    "a broken download": (elf(needed=("libc.so.6",))[:200], "begins as an ELF file and is none"),
}


# Calls a function that glibc has since 2.38, and musl always had.
NIF_SOURCE = """\
#include <stddef.h>
extern size_t strlcpy(char *to, const char *from, size_t size);
void *nif_init(void) { static char name[8]; strlcpy(name, "probe", sizeof name); return name; }
"""
# On Debian 13 and its compiler, which the toolchain of hello_web has: the NIF twice, and Debian
# 12's C library with its own VM. Both releases of the distribution are Debian's own packages.
COMPILED = """
FROM toolchain AS compiled
COPY nif.c /nif.c
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends musl-tools \\
 && mkdir /nifs \\
 && gcc -shared -fPIC -o /nifs/newer.so /nif.c \\
 && musl-gcc -shared -fPIC -o /nifs/musl.so /nif.c
RUN sed -i s/trixie/bookworm/g /etc/apt/sources.list.d/debian.sources \\
 && apt-get update \\
 && mkdir /packages /older && cd /packages \\
 && for each in erlang-base libc6 libgcc-s1 libstdc++6 libtinfo6 zlib1g; do \\
        apt-get download "$each/bookworm" || exit 1; \\
    done \\
 && for each in *.deb; do dpkg-deb --extract "$each" /older; done \\
 && cd /older/usr/lib/erlang && mv erts-*/bin/beam.smp / && rm -rf erts-*/bin/* lib/*/bin \\
 && mv /beam.smp erts-*/bin/
FROM scratch AS older
COPY --from=compiled /older /
COPY --from=compiled /nifs/newer.so /usr/lib/erlang/lib/probe-1.0.0/priv/probe.so
USER 65532:65532
ENTRYPOINT ["/usr/lib/erlang/erts/bin/erl"]
FROM scratch AS musl
COPY --from=compiled /nifs/musl.so /
CMD ["/none"]
"""


@pytest.fixture(scope="module")
def compiled(
    imagekit: Callable[..., Ran],
    settings: Mapping[str, str],
    names: Callable[[], str],
    hello_web: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, str]:
    """Images with NIFs of real compilers: one for a newer glibc on an older one, one of musl."""
    left_out = shutil.ignore_patterns("_build", "deps", "node_modules")
    app = shutil.copytree(APPS / "hello_web", tmp_path_factory.mktemp("c") / "app", ignore=left_out)
    assert imagekit("dockerfile", app, "--recipe", "minimal", "--write").exit_code == 0
    (app / ".dockerignore").write_text("")
    (app / "nif.c").write_text(NIF_SOURCE)
    dockerfile = app / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + COMPILED)
    tags = {target: names() for target in ("older", "musl")}
    for target, tag in tags.items():
        # The same scripts as `imagekit build`: its stage `toolchain` is in the builder.
        scripts = f"--build-context=imagekit={SCRIPTS}"
        docker_build(app, settings, scripts, "--target", target, "--tag", tag)
    return tags


def loaded(tag: str, path: str) -> str:
    """What the image's own loader says of a file."""
    loader = ("--entrypoint=/lib64/ld-linux-x86-64.so.2", tag, "--list", path)
    ran = subprocess.run(
        ("docker", "run", "--rm", *loader), capture_output=True, check=False, text=True
    )
    return ran.stdout + ran.stderr


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


def test_a_nif_of_a_newer_glibc_is_told_with_what_the_image_has(
    imagekit: Callable[..., Ran], compiled: Mapping[str, str]
) -> None:
    """Compiled on Debian 13, in an image with the C library and the VM of Debian 12."""
    tag, nif = compiled["older"], "/usr/lib/erlang/lib/probe-1.0.0/priv/probe.so"
    found = gate(imagekit("verify", tag, "--quick", *SHORT))
    assert found["outcome"] == "failed"
    told = str(found["detail"])
    assert told.startswith(f"{nif}, of the package probe 1.0.0: needs GLIBC_2.38 of /lib/")
    assert "GLIBC_2.36" in told
    assert "build and run on the same distribution" in str(found["problems"])
    assert len(found["problems"]) == 1, "all else is Debian 12's own"
    assert "version `GLIBC_2.38' not found" in loaded(tag, nif)


def test_a_nif_of_musl_on_debian_is_told_with_both_c_libraries(
    imagekit: Callable[..., Ran],
    names: Callable[[], str],
    hello_web: str,
    compiled: Mapping[str, str],
    tmp_path: Path,
) -> None:
    dockerfile = f"FROM {hello_web}\nCOPY --from={compiled['musl']} /musl.so {NIF}\n"
    tag = build(tmp_path, dockerfile, names())
    found = gate(imagekit("verify", tag, "--quick", *SHORT))
    assert found["outcome"] == "failed"
    begin = f"{NIF}, of the package fast_sum 1.0.0: is linked with musl, the VM that loads it with"
    assert str(found["detail"]).startswith(f"{begin} glibc")
    assert "libc.so: cannot open shared object file" in loaded(tag, NIF)


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
