"""Bytes of an ELF file to what its headers say."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from imagekit.elf.model import DamagedElf, ElfFile

MAGIC: Final = b"\x7fELF"
_MACHINES: Final[Mapping[str, str]] = {
    "EM_386": "i686",
    "EM_AARCH64": "aarch64",
    "EM_ARM": "arm",
    "EM_LOONGARCH": "loongarch64",
    "EM_PPC64": "ppc64le",
    "EM_RISCV": "riscv64",
    "EM_S390": "s390x",
    "EM_X86_64": "x86_64",
}
_RUNS: Final = ("ET_EXEC", "ET_DYN")
_WEAK: Final = 2  # VER_FLG_WEAK: the loader only warns


def read_elf(content: bytes) -> ElfFile | DamagedElf | None:
    """Read the headers; `None` for what is no ELF file, or none that a loader takes (`*.o`)."""
    # Only who looks at images pays for the import.
    from elftools.common.exceptions import ELFError  # noqa: PLC0415
    from elftools.construct.core import ConstructError  # noqa: PLC0415

    if not content.startswith(MAGIC):
        return None
    try:
        return _read(content)
    except (ELFError, ConstructError, ValueError, KeyError, IndexError, UnicodeError) as err:
        return DamagedElf(problem=str(err) or type(err).__name__)
    except (AttributeError, TypeError, AssertionError, OverflowError, MemoryError) as err:
        # What pyelftools does with tables that point outside the file.
        return DamagedElf(problem=f"its tables lead nowhere ({err})")


def _read(content: bytes) -> ElfFile | None:
    from elftools.elf.elffile import ELFFile  # noqa: PLC0415

    elf = ELFFile(io.BytesIO(content))
    if elf.header["e_type"] not in _RUNS:
        return None
    interpreter: str | None = None
    tags: list[Any] = []
    segment: Any
    for segment in elf.iter_segments():
        kind = segment["p_type"]
        if kind == "PT_INTERP":
            interpreter = str(segment.get_interp_name())
        elif kind == "PT_DYNAMIC":
            tags = list(segment.iter_tags())
    machine = str(elf.header["e_machine"])
    search = (
        folder
        for tag in tags
        for folder in (getattr(tag, "rpath", None) or getattr(tag, "runpath", None) or "").split(
            ":"
        )
        if folder
    )
    return ElfFile(
        machine=_MACHINES.get(machine, machine.removeprefix("EM_").lower()),
        bits=int(elf.elfclass),
        interpreter=interpreter,
        soname=next((tag.soname for tag in tags if hasattr(tag, "soname")), None),
        needed=tuple(tag.needed for tag in tags if hasattr(tag, "needed")),
        search=tuple(search),
        required=dict(_required(elf)),
        offered=tuple(_offered(elf)),
    )


def _required(elf: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    section = elf.get_section_by_name(".gnu.version_r")
    if section is None:
        return
    for library, versions in section.iter_versions():
        strong = (each.name for each in versions if not each["vna_flags"] & _WEAK)
        yield library.name, tuple(sorted(set(strong)))


def _offered(elf: Any) -> Iterator[str]:
    section = elf.get_section_by_name(".gnu.version_d")
    if section is None:
        return
    for _, names in section.iter_versions():
        # The first name is the version's own, the others are those it builds on.
        first = next(iter(names), None)
        if first is not None:
            yield str(first.name)
