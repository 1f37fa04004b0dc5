"""The ELF gate, on images made of headers: what is missing is named, with who brought it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.verify.check import Failed, Passed, Skipped, Verdict
from imagekit.verify.checks.files_elf import CHECK
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import visible

from .examples import EXPECTED, IMAGE, entry

LOADER = "/lib64/ld-linux-x86-64.so.2"
VM = "app/erts-15.2.7/bin/beam.smp"
NIF = "app/lib/thumb-1.2.0/priv/thumb.so"


def elf(**fields: Any) -> ElfFile:
    return ElfFile(**{"machine": "x86_64", "bits": 64, **fields})


BEAM = elf(interpreter=LOADER, needed=("libc.so.6",), required={"libc.so.6": ("GLIBC_2.34",)})
LIBC = elf(soname="libc.so.6", offered=("libc.so.6", "GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.36"))
DEBIAN: dict[str, ElfFile | DamagedElf] = {
    "usr/lib/x86_64-linux-gnu/libc.so.6": LIBC,
    "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": elf(),
}
LINKS = {
    "lib": "usr/lib",
    "lib64": "usr/lib64",
    "usr/lib64/ld-linux-x86-64.so.2": "../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
}
ALPINE: dict[str, ElfFile | DamagedElf] = {"lib/ld-musl-x86_64.so.1": elf()}
MUSL_BEAM = elf(interpreter="/lib/ld-musl-x86_64.so.1", needed=("libc.musl-x86_64.so.1",))


def facts(
    found: dict[str, ElfFile | DamagedElf],
    *,
    links: dict[str, str] | None = None,
    contents: dict[str, bytes] | None = None,
    **config: Any,
) -> FileFacts:
    entries = (
        *(entry(name, in_layer=0) for name in found),
        *(
            entry(name, in_layer=0, kind="symlink", target=target)
            for name, target in (LINKS if links is None else links).items()
        ),
        *(entry(name, in_layer=0) for name in contents or {}),
        entry("app/releases/start_erl.data"),
    )
    return FileFacts(
        image=replace(IMAGE, config=replace(IMAGE.config, **config)),
        visible=visible(tuple(sorted(entries, key=lambda each: each.layer))),
        entries=entries,
        contents={(0, name): content for name, content in (contents or {}).items()},
        elf={(0, name): value for name, value in found.items()},
    )


def run(found: dict[str, ElfFile | DamagedElf], **rest: Any) -> Verdict:
    return CHECK.run(facts(found, **rest), EXPECTED)


def nif(**fields: Any) -> Verdict:
    return run({**DEBIAN, VM: BEAM, NIF: elf(**fields)})


def test_a_good_release_passes() -> None:
    assert nif(needed=("libc.so.6",), required={"libc.so.6": ("GLIBC_2.36",)}) == Passed(
        detail="2 files find their loader, 1 libraries and their versions"
    )


FAILED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a missing library": (
        {"needed": ("libvips.so.42", "libc.so.6")},
        f"/{NIF}, of the package thumb 1.2.0: needs libvips.so.42, which is not in the image",
        "`libvips42`",
    ),
    "a newer glibc": (
        {
            "needed": ("libc.so.6",),
            "required": {"libc.so.6": ("GLIBC_2.34", "GLIBC_2.38", "GLIBC_2.39")},
        },
        f"/{NIF}, of the package thumb 1.2.0: needs GLIBC_2.39 of "
        "/usr/local/lib/x86_64-linux-gnu/libc.so.6, which has GLIBC_2.36 at most".replace(
            "/usr/local/lib", "/lib"
        ),
        "same distribution",
    ),
    "another machine": (
        {"machine": "aarch64"},
        f"/{NIF}, of the package thumb 1.2.0: is for aarch64, the image is for x86_64",
        "compile in the builder",
    ),
    "another libc": (
        {"needed": ("libc.musl-x86_64.so.1",)},
        f"/{NIF}, of the package thumb 1.2.0: is linked with musl, the VM that loads it with glibc",
        "compile in the builder",
    ),
}


@pytest.mark.parametrize(("fields", "said", "fix"), FAILED.values(), ids=FAILED.keys())
def test_what_is_wrong_is_named_with_its_package_and_a_fix(
    fields: dict[str, Any], said: str, fix: str
) -> None:
    told = nif(**fields)
    assert isinstance(told, Failed)
    (problem,) = told.problems
    what, way_out = problem.split("\n")
    assert what == said
    assert way_out.startswith("fix: ")
    assert fix in way_out


def test_a_glibc_release_on_alpine() -> None:
    told = run({**ALPINE, VM: BEAM}, links={})
    assert isinstance(told, Failed)
    assert told.detail == (
        f"/{VM}, of OTP: needs the loader {LOADER}, which is not there "
        "(is built for glibc; the image has musl) (and 1 more)"
    )


def test_a_glibc_nif_in_a_musl_release() -> None:
    told = run({**ALPINE, VM: MUSL_BEAM, NIF: elf(needed=("libc.so.6",))}, links={})
    assert isinstance(told, Failed)
    assert "is linked with glibc, the VM that loads it with musl" in told.detail


def test_musls_loader_is_its_library() -> None:
    good = run({**ALPINE, VM: MUSL_BEAM, NIF: elf(needed=("libc.so",))}, links={})
    assert isinstance(good, Passed)


def test_a_download_that_broke_off() -> None:
    told = run({**DEBIAN, VM: BEAM, NIF: DamagedElf(problem="it ends in the middle")})
    assert isinstance(told, Failed)
    assert "begins as an ELF file and is none: it ends in the middle" in told.detail


def test_files_with_one_problem_are_told_together() -> None:
    lib = elf(needed=("libvips.so.42",))
    told = run({**DEBIAN, VM: BEAM, **{f"{NIF}{n}": lib for n in range(5)}})
    assert isinstance(told, Failed)
    (problem,) = told.problems
    assert "thumb.so2 and 2 more, of the package thumb 1.2.0" in problem


def test_libraries_of_libraries_are_followed() -> None:
    vips = {"usr/lib/x86_64-linux-gnu/libvips.so.42": elf(needed=("libglib-2.0.so.0",))}
    told = run({**DEBIAN, **vips, VM: BEAM, NIF: elf(needed=("libvips.so.42",))})
    assert isinstance(told, Failed)
    assert "needs libglib-2.0.so.0" in told.detail


@pytest.mark.parametrize(
    ("place", "fields", "rest"),
    [
        ("app/lib/thumb-1.2.0/priv/lib/libx.so.1", {"search": ("$ORIGIN/lib",)}, {}),
        ("opt/x/libx.so.1", {}, {"environment": {"LD_LIBRARY_PATH": "/opt/y:/opt/x"}}),
        ("opt/x/libx.so.1", {}, {"contents": {"etc/ld.so.conf.d/x.conf": b"# x\n/opt/x\n"}}),
        ("usr/local/lib/libx.so.1", {}, {}),
    ],
    ids=["runpath", "environment", "ld.so.conf", "default"],
)
def test_where_a_library_may_be(place: str, fields: dict[str, Any], rest: dict[str, Any]) -> None:
    told = run(
        {**DEBIAN, VM: BEAM, place: elf(), NIF: elf(needed=("libx.so.1",), **fields)}, **rest
    )
    assert isinstance(told, Passed)


def test_another_machines_library_is_passed_over() -> None:
    other = {"usr/lib/libx.so.1": elf(machine="aarch64")}
    told = run({**DEBIAN, **other, VM: BEAM, NIF: elf(needed=("libx.so.1",))})
    assert isinstance(told, Failed)


def test_links_that_lead_in_a_circle_end() -> None:
    told = run({**DEBIAN, VM: BEAM, NIF: elf(needed=("libx.so.1",))}, links={
        **LINKS, "usr/lib/libx.so.1": "libx.so.1",
    })  # fmt: skip
    assert isinstance(told, Failed)


def test_a_static_program_of_another_libc_is_fine() -> None:
    assert isinstance(nif(interpreter=None), Passed)


def test_without_a_release_the_entry_point_counts_and_a_script_is_no_elf_file() -> None:
    found = facts({**DEBIAN, "srv/run": elf(interpreter="/lib/ld-nothing.so.1")})
    bare = {k: v for k, v in found.visible.items() if k != "app/releases/start_erl.data"}
    ours = replace(found, visible=bare)
    assert isinstance(CHECK.run(ours, EXPECTED), Skipped)
    config = replace(ours.image.config, entrypoint=("/srv/run",))
    told = CHECK.run(replace(ours, image=replace(ours.image, config=config)), EXPECTED)
    assert isinstance(told, Failed)
