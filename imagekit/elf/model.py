"""What the headers of one ELF file say of where it can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Libc = Literal["glibc", "musl"]


@dataclass(frozen=True, kw_only=True)
class ElfFile:
    """An executable or a shared library."""

    machine: str
    """As `uname -m` writes it where that is known: `x86_64`, `aarch64`; else pyelftools' name."""
    bits: int
    interpreter: str | None = None
    """The loader (`PT_INTERP`), of an executable that is linked dynamically."""
    soname: str | None = None
    needed: tuple[str, ...] = ()
    """`DT_NEEDED`, in order."""
    search: tuple[str, ...] = ()
    """Folders of `DT_RPATH` and `DT_RUNPATH`, in order; `$ORIGIN` as it stands."""
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Versions without which it does not start, by the library that has them (`.gnu.version_r`)."""
    offered: tuple[str, ...] = ()
    """Versions that it defines (`.gnu.version_d`)."""

    @property
    def libc(self) -> Libc | None:
        """Which C library it is linked with; `None` when with none, or statically."""
        loader = self.interpreter or ""
        if "ld-musl" in loader or any(
            name == "libc.so" or name.startswith("libc.musl-") for name in self.needed
        ):
            return "musl"
        if "ld-linux" in loader or "libc.so.6" in self.needed:
            return "glibc"
        return None


@dataclass(frozen=True, kw_only=True)
class DamagedElf:
    """It begins as an ELF file and does not go on as one: a download that broke off, mostly."""

    problem: str
