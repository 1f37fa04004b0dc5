"""The faults of fixtures/apps/faults: how each is made of one image, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from elftools.elf.elffile import ELFFile

from tests.unit.elf.elves import elf

CRYPTO = "/app/lib/crypto-5.5.3/priv/lib/crypto.so"
NIF = "/app/lib/fast_sum-1.0.0/priv/fast_sum.so"
# push 34 (pause(2)); pop rax; syscall; and again.
_PAUSE = bytes.fromhex("6a 22 58 0f 05 eb f9")
_ALL = MappingProxyType({"LEDGER_KEY": "of-no-importance", "PHX_SERVER": "true"})


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to fail."""

    said: str
    """What `boot.ready` begins with."""
    caught_by: str = "boot.ready"
    """The first check that fails."""
    variant: str = "base"
    """The image, a stage of `dockerfile`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: str = "30s"

    @property
    def given(self) -> Mapping[str, str]:
        return {**_ALL, **self.environment}


def _by(fault: str, said: str) -> Fault:
    return Fault(said=said, environment={"FAULT": fault})


_WHOSE = "The NIF of the package fast_sum 1.0.0 cannot be loaded: "
_CRYPTO = "The NIF of OTP's crypto "

FAULTS = {
    "a variable that is missing": Fault(
        said="The environment variable LEDGER_KEY is missing.", environment={"LEDGER_KEY": ""}
    ),
    "no listener, as PHX_SERVER is not set": Fault(
        said="Port 4000 was never opened within 6",
        environment={"PHX_SERVER": "false"},
        patience="6s",
    ),
    "a NIF with a symbol of another OTP": Fault(
        said=f"{_WHOSE}it uses the symbol enif_schedule_now, which the VM does not have.",
        variant="symbol",
    ),
    "a NIF that lacks a library": Fault(
        said=f"{_WHOSE}the shared library libvips.so.42 is not in the image.",
        caught_by="files.elf",
        variant="library",
    ),
    "a NIF for another C library": Fault(
        said=f"{_WHOSE}it is linked with musl (libc.musl-x86_64.so.1), the VM with glibc.",
        caught_by="files.elf",
        variant="musl",
    ),
    "libcrypto is older": Fault(
        said=f"{_CRYPTO}5.5.3 cannot be loaded: it needs OPENSSL_3.9.0 of libcrypto.so.3; the "
        "image's has OPENSSL_3.",
        caught_by="files.elf",
        variant="older-libcrypto",
    ),
    "libcrypto is another": Fault(
        said=f"{_CRYPTO}5.5.3 cannot be loaded: it needs libcrypto.so.3, and the image has "
        "libcrypto.so.1.1.",
        caught_by="files.elf",
        variant="other-libcrypto",
    ),
    "a database that refuses": _by(
        "database_refused",
        "The database at 127.0.0.1:5432 refused the connection: nothing listens there.",
    ),
    "a release that its user may not read": Fault(
        said="The image's user may not use /app/lib/faults-0.1.0/ebin/Elixir.Faults.beam "
        "(permission denied).",
        variant="unreadable",
    ),
    "a path that its user may not write": _by(
        "writes_where_it_may_not",
        "The image's user may not write /dev/ledger (permission denied).",
    ),
    "a write below its root": _by(
        "writes_below_its_root",
        "It wants to write to the root file system (/app/lib/faults-0.1.0/ledger), which is "
        "read-only.",
    ),
    "a port that is taken": _by("port_taken", "Port 4000 is taken: two listeners in the release"),
    "out of memory": _by("memory", "It ran out of memory under the limit of"),
    "an allocation that the VM refuses": _by(
        "one_large_allocation",
        "The VM could not allocate 105553.1 GB at once (for a binary) and gave up",
    ),
    "a hang in code loading": Fault(
        said="The VM hangs while it loads code: the on_load function of the module Faults.Loading "
        "does not return",
        environment={"FAULT": "hangs_in_loading"},
        patience="6s",
    ),
    "a NIF that hangs while it is loaded": Fault(
        said="The VM hangs while it loads code: the on_load function of the module FastSum does "
        "not return",
        variant="hanging",
        patience="6s",
    ),
    "an end that nothing explains": _by(
        "dies_without_a_word", "Exit code, state and output do not tell why."
    ),
}


def write_context(folder: Path, image: str, nif: bytes, crypto: bytes) -> None:
    """Write a Dockerfile with a stage for each variant, and what it copies."""
    variants = {
        "symbol": (renamed(nif, "enif_schedule_nif", "enif_schedule_now"), NIF),
        "hanging": (hanging(nif), NIF),
        "library": (elf(needed=("libvips.so.42", "libc.so.6")), NIF),
        "musl": (elf(needed=("libc.musl-x86_64.so.1",)), NIF),
        "older-libcrypto": (renamed(crypto, "OPENSSL_3.0.0", "OPENSSL_3.9.0"), CRYPTO),
    }
    stages = [f"FROM {image} AS base"]
    for name, (content, path) in variants.items():
        (folder / f"{name}.so").write_bytes(content)
        stages.append(f"FROM base AS {name}\nCOPY {name}.so {path}")
    # The image has no shell to be changed with: it is changed as files of another.
    for name, command in {
        "other-libcrypto": "cd usr/lib/*-linux-gnu && mv libcrypto.so.3 libcrypto.so.1.1",
        "unreadable": "chmod -R go-rwx app/lib/faults-0.1.0",
    }.items():
        stages.append(
            f"FROM debian:trixie-slim AS {name}-files\nCOPY --from=base / /root-of/\n"
            f"RUN --network=none cd /root-of && {command}\n"
            f"FROM scratch AS {name}\nCOPY --from={name}-files /root-of/ /\n"
            "ENV LANG=C.UTF-8 RELEASE_TMP=/tmp PORT=4000\nEXPOSE 4000\nUSER 65532:65532\n"
            'STOPSIGNAL SIGTERM\nENTRYPOINT ["/app/bin/faults"]\nCMD ["start"]'
        )
    (folder / "Dockerfile").write_text("\n".join(stages) + "\n")


def renamed(library: bytes, old: str, new: str) -> bytes:
    """Rename a symbol, or a symbol version with its hash, that a library wants of others."""
    assert len(old) == len(new)
    assert _text(old) in library
    # A version is compared by its hash first: gABI's, as LSB 5.0 "Symbol Versioning" has it.
    return library.replace(_text(old), _text(new)).replace(_hash(old), _hash(new))


def hanging(nif: bytes) -> bytes:
    """Let a NIF library (x86-64) wait for ever as soon as the VM asks it what it has."""
    file = ELFFile(BytesIO(nif))
    (asked,) = file.get_section_by_name(".dynsym").get_symbol_by_name("nif_init")
    (at,) = file.address_offsets(asked["st_value"])
    return nif[:at] + _PAUSE + nif[at + len(_PAUSE) :]


def _text(name: str) -> bytes:
    return b"\0" + name.encode() + b"\0"


def _hash(name: str) -> bytes:
    value = 0
    for character in name.encode():
        value = (value << 4) + character
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high
    return value.to_bytes(4, "little")
