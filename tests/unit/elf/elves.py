"""ELF files made by hand: 64-bit, little endian, with what a loader reads and nothing to run.

Everything is mapped at its own offset, so that addresses are offsets (gABI 4.1, chapters 4, 5;
LSB 5.0, "Symbol Versioning").
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

X86_64, AARCH64 = 62, 183
EXECUTABLE, SHARED, RELOCATABLE = 2, 3, 1
_HEADER, _SEGMENT, _SECTION = 64, 56, 64
_STACK = 0x6474E551


class Strings:
    """A string table."""

    def __init__(self) -> None:
        self.content = b"\0"

    def add(self, text: str) -> int:
        offset = len(self.content)
        self.content += text.encode() + b"\0"
        return offset


def elf(
    *,
    needed: tuple[str, ...] = (),
    interpreter: str | None = None,
    soname: str | None = None,
    runpath: str | None = None,
    required: Mapping[str, tuple[str, ...]] | None = None,
    offered: tuple[str, ...] = (),
    machine: int = X86_64,
    kind: int = SHARED,
) -> bytes:
    names = Strings()
    tags = [(1, names.add(each)) for each in needed]
    tags += [(14, names.add(soname))] if soname else []
    tags += [(29, names.add(runpath))] if runpath else []
    needs = _needs(required or {}, names)
    defines = _defines(offered, names)
    count = 3 + (interpreter is not None)
    at = _HEADER + count * _SEGMENT
    body = b""

    def place(content: bytes) -> int:
        nonlocal body
        body += b"\0" * (-len(body) % 8)
        offset = at + len(body)
        body += content
        return offset

    loader = (interpreter or "").encode() + b"\0"
    loader_at = place(loader)
    strings_at = place(names.content)
    needs_at, defines_at = place(needs), place(defines)
    dynamic = b"".join(
        struct.pack("<qQ", *tag)
        for tag in (*tags, (5, strings_at), (10, len(names.content)), (0, 0))
    )
    dynamic_at = place(dynamic)
    section_names = Strings()
    sections = [
        b"\0" * _SECTION,
        _section(section_names.add(".dynstr"), 3, strings_at, len(names.content), 0, 0),
        _section(section_names.add(".dynamic"), 6, dynamic_at, len(dynamic), 1, 16),
    ]
    for name, type_, offset, content, info in (
        (".gnu.version_r", 0x6FFFFFFE, needs_at, needs, len(required or {})),
        (".gnu.version_d", 0x6FFFFFFD, defines_at, defines, len(offered)),
    ):
        if content:
            size = len(content)
            sections.append(_section(section_names.add(name), type_, offset, size, 1, 0, info=info))
    names_at = place(section_names.content + b".shstrtab\0")
    own = len(section_names.content)
    size = own + len(b".shstrtab\0")
    sections.append(_section(own, 3, names_at, size, 0, 0))
    sections_at = place(b"".join(sections))
    # Writable, and a stack that is not executable: a real loader comes as far as what is needed.
    segments = [(1, 0, at + len(body)), (2, dynamic_at, len(dynamic)), (_STACK, 0, 0)]
    if interpreter is not None:
        segments.append((3, loader_at, len(loader)))
    header = b"\x7fELF\x02\x01\x01" + b"\0" * 9
    header += struct.pack(
        *("<HHIQQQIHHHHHH", kind, machine, 1, 0, _HEADER, sections_at, 0),
        *(_HEADER, _SEGMENT, count, _SECTION, len(sections), len(sections) - 1),
    )
    table = b"".join(
        struct.pack("<IIQQQQQQ", type_, 6, offset, offset, offset, size, size, 8)
        for type_, offset, size in segments
    )
    return header + table + body


def _section(*fields: int, info: int = 0) -> bytes:
    name, type_, offset, size, link, entry = fields
    return struct.pack("<IIQQQQIIQQ", name, type_, 2, offset, offset, size, link, info, 8, entry)


def _needs(required: Mapping[str, tuple[str, ...]], names: Strings) -> bytes:
    out = b""
    for number, (library, versions) in enumerate(required.items(), start=1):
        length = 16 * (1 + len(versions))
        following = length if number < len(required) else 0
        out += struct.pack("<HHIII", 1, len(versions), names.add(library), 16, following)
        for index, version in enumerate(versions, start=1):
            # `?` marks one that the loader only warns of.
            weak = 2 if version.endswith("?") else 0
            after = 16 if index < len(versions) else 0
            name = names.add(version.rstrip("?"))
            out += struct.pack("<IHHII", 0, weak, index + 1, name, after)
    return out


def _defines(offered: tuple[str, ...], names: Strings) -> bytes:
    out = b""
    for number, version in enumerate(offered, start=1):
        following = 28 if number < len(offered) else 0
        out += struct.pack("<HHHHIII", 1, 0, number, 1, 0, 20, following)
        out += struct.pack("<II", names.add(version), 0)
    return out
