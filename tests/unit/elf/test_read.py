"""Headers of ELF files, from bytes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.elf.read import read_elf

from .elves import AARCH64, RELOCATABLE, elf

NIF = elf(
    needed=("libvips.so.42", "libc.so.6"),
    soname="thumb.so",
    runpath="$ORIGIN/lib:/opt/lib",
    required={
        "libc.so.6": ("GLIBC_2.38", "GLIBC_2.2.5", "GLIBC_2.40?"),
        "libm.so.6": ("GLIBC_2.29",),
    },
)


def test_what_a_library_needs() -> None:
    assert read_elf(NIF) == ElfFile(
        machine="x86_64",
        bits=64,
        soname="thumb.so",
        needed=("libvips.so.42", "libc.so.6"),
        search=("$ORIGIN/lib", "/opt/lib"),
        required={"libc.so.6": ("GLIBC_2.2.5", "GLIBC_2.38"), "libm.so.6": ("GLIBC_2.29",)},
    )


def test_what_a_library_offers() -> None:
    found = read_elf(elf(soname="libc.so.6", offered=("libc.so.6", "GLIBC_2.2.5", "GLIBC_2.36")))
    assert isinstance(found, ElfFile)
    assert found.offered == ("libc.so.6", "GLIBC_2.2.5", "GLIBC_2.36")


@pytest.mark.parametrize(
    ("content", "libc"),
    [
        (elf(interpreter="/lib64/ld-linux-x86-64.so.2"), "glibc"),
        (elf(needed=("libc.so.6",)), "glibc"),
        (elf(interpreter="/lib/ld-musl-x86_64.so.1"), "musl"),
        (elf(needed=("libc.musl-x86_64.so.1",)), "musl"),
        (elf(needed=("libc.so",)), "musl"),
        (elf(), None),
    ],
)
def test_the_c_library(content: bytes, libc: str | None) -> None:
    found = read_elf(content)
    assert isinstance(found, ElfFile)
    assert found.libc == libc


def test_the_machine() -> None:
    found = read_elf(elf(machine=AARCH64))
    assert isinstance(found, ElfFile)
    assert found.machine == "aarch64"


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"\x7fEL", elf(kind=RELOCATABLE)], ids=repr
)
def test_what_no_loader_takes_is_nothing(content: bytes) -> None:
    assert read_elf(content) is None


@pytest.mark.parametrize("size", [4, 20, 64, 150, len(NIF) // 2])
def test_a_file_that_breaks_off_is_damaged(size: int) -> None:
    assert isinstance(read_elf(NIF[:size]), DamagedElf)


@given(st.integers(0, len(NIF) - 1), st.integers(0, 255))
def test_any_byte_may_be_wrong(at: int, value: int) -> None:
    """It says something, and does not fail, whatever a file holds."""
    content = bytearray(NIF)
    content[at] = value
    assert isinstance(read_elf(bytes(content)), ElfFile | DamagedElf | None)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has ELF files")
def test_a_real_one() -> None:
    found = read_elf(Path(sys.executable).read_bytes())
    assert isinstance(found, ElfFile)
    assert found.interpreter
    assert found.libc
