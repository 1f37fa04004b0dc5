"""What is in an image, counted: by layer group, of what kind, and what is there for nothing."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final

from imagekit.elf.model import ElfFile
from imagekit.elf.read import read_elf
from imagekit.engine.described import ImageContents
from imagekit.engine.images import Entry, ImageStore

RELEASE: Final = "app/"
CERTIFICATES: Final = ("etc/ssl/", "usr/lib/ssl/", "usr/share/ca-certificates/")
_LARGEST: Final = 64 * 1024 * 1024
_MAGIC: Final = 4


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Bytes of one image."""

    compressed: int
    unpacked: int
    groups: Mapping[str, tuple[int, int]]
    """Compressed and unpacked, by layer group."""
    release: int
    libraries: int
    """Of the shared libraries and loaders that the release's ELF files need, by their headers."""
    certificates: int
    wasted: int
    """Of files that a later layer has again, or removes."""


def count(store: ImageStore, reference: str) -> Counted:
    """Read an image's layers and count."""
    contents = store.contents(reference, examine=_elf)
    groups: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for layer in contents.image.layers:
        packed, plain = groups[layer.group.value]
        groups[layer.group.value] = (packed + layer.compressed_bytes, plain + layer.unpacked_bytes)
    visible = {each.name: each for each in contents.entries if not each.whiteout}
    files = [each for each in visible.values() if each.kind == "file"]
    return Counted(
        compressed=contents.image.compressed_bytes,
        unpacked=contents.image.unpacked_bytes,
        groups=dict(groups),
        release=sum(each.size for each in files if each.name.startswith(RELEASE)),
        libraries=sum(each.size for each in _closure(contents, visible)),
        certificates=sum(each.size for each in files if each.name.startswith(CERTIFICATES)),
        wasted=_wasted(contents.entries),
    )


def _elf(entry: Entry, stream: IO[bytes]) -> ElfFile | None:
    start = stream.read(_MAGIC)
    if start != b"\x7fELF" or entry.size > _LARGEST:
        return None
    found = read_elf(start + stream.read())
    return found if isinstance(found, ElfFile) else None


def _closure(contents: ImageContents, visible: Mapping[str, Entry]) -> list[Entry]:
    """Follow DT_NEEDED and the loader from the release's files to the end, by file name."""
    by_name = {PurePosixPath(name).name: entry for name, entry in visible.items()}
    elves = {name: elf for (_, name), elf in contents.examined.items() if isinstance(elf, ElfFile)}
    waiting = [elf for name, elf in elves.items() if name.startswith(RELEASE)]
    found: dict[str, Entry] = {}
    while waiting:
        elf = waiting.pop()
        wanted = (*elf.needed, *((PurePosixPath(elf.interpreter).name,) if elf.interpreter else ()))
        for name in wanted:
            entry = _real(by_name.get(name), visible)
            if entry is None or entry.name in found or entry.name.startswith(RELEASE):
                continue
            found[entry.name] = entry
            if entry.name in elves:
                waiting.append(elves[entry.name])
    return list(found.values())


def _real(entry: Entry | None, visible: Mapping[str, Entry]) -> Entry | None:
    """Follow a library's links, which lead to its own folder."""
    while entry is not None and entry.kind in ("symlink", "hardlink"):
        folder = "" if entry.kind == "hardlink" else posixpath.dirname(entry.name)
        entry = visible.get(posixpath.normpath(posixpath.join(folder, entry.target)).lstrip("/"))
    return entry


def _wasted(entries: tuple[Entry, ...]) -> int:
    """Sum what a registry stores and no container sees."""
    seen: dict[str, int] = {}
    wasted = 0
    for entry in entries:
        if entry.whiteout:
            gone = [
                name for name in seen if name == entry.name or name.startswith(f"{entry.name}/")
            ]
        else:
            gone = [entry.name] if entry.name in seen and entry.kind != "directory" else []
        wasted += sum(seen.pop(name) for name in gone)
        if entry.kind == "file":
            seen[entry.name] = entry.size
    return wasted
