"""Effect: reads the layers of an image once; then the file system that a container sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import PurePosixPath
from typing import IO, Final

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.elf.read import MAGIC, read_elf
from imagekit.engine.images import Entry, ImageStore
from imagekit.verify.facts import FileFacts

KEY_FILE: Final = re.compile(r"\.(?:pem|key|crt|cer|p8|asc)$|(?:^|/)id_(?:rsa|dsa|ecdsa|ed25519)$")
"""Files that hold a private key or a public certificate: only the content tells which."""
ARGUMENTS_FILE: Final = re.compile(r"(?:^|/)vm\.args$")
"""Arguments of the VM: Distillery writes the cookie there."""
LOADER_FILE: Final = re.compile(r"etc/ld\.so\.conf(?:\.d/[^/]+\.conf)?|etc/ld-musl-[\w-]+\.path")
"""Where the dynamic loader is told of folders with libraries."""
LARGEST_ELF: Final = 256 * 1024 * 1024
# A distribution's own commands and plugins: hundreds of files that no release links with.
_NOT_LINKED: Final = re.compile(
    r"^(?:usr/)?s?bin/|^usr/libexec/"
    r"|^(?:usr/)?lib(?:64)?/(?:[^/]+/)?"
    r"(?:apt|coreutils|dpkg|gcc|gconv|git-core|perl|perl-base|python3[\d.]*|security|systemd)/"
)


def read_files(images: ImageStore, reference: str, platform: str | None = None) -> FileFacts:
    """Read what the layers hold.

    Raises:
        ImageNotFound: the engine does not have it.
        EngineLost: the engine did not give it.
    """
    found = images.contents(reference, platform=platform, keep=_keep, examine=_examine)
    return FileFacts(
        image=found.image,
        visible=visible(found.entries),
        entries=found.entries,
        contents=found.files,
        elf={
            place: seen
            for place, seen in found.examined.items()
            if isinstance(seen, ElfFile | DamagedElf)
        },
    )


def read_contents(
    images: ImageStore, reference: str, platform: str | None, wanted: frozenset[tuple[int, str]]
) -> Mapping[tuple[int, str], bytes]:
    """Give the bytes of files, by layer and name; those above 1 MiB are left out.

    Raises:
        EngineLost: the engine did not give them.
    """
    names = {name for _, name in wanted}
    found = images.contents(reference, platform=platform, keep=names.__contains__)
    return {place: content for place, content in found.files.items() if place in wanted}


def _keep(name: str) -> bool:
    return bool(KEY_FILE.search(name) or ARGUMENTS_FILE.search(name) or LOADER_FILE.fullmatch(name))


def passed_over(name: str) -> bool:
    """Tell whether the ELF headers of a file are left unread, for no release links with it."""
    return bool(_NOT_LINKED.search(name))


def _examine(entry: Entry, content: IO[bytes]) -> ElfFile | DamagedElf | None:
    return None if entry.size > LARGEST_ELF or passed_over(entry.name) else elf_file(content)


def elf_file(content: IO[bytes]) -> ElfFile | DamagedElf | None:
    """Read the headers; `None` for what is no ELF file."""
    start = content.read(len(MAGIC))
    return read_elf(start + content.read()) if start == MAGIC else None


def visible(entries: Iterable[Entry]) -> Mapping[str, Entry]:
    """Lay the layers over each other (OCI image specification, `layer.md`, "Whiteouts")."""
    seen: dict[str, Entry] = {}
    for _, group in groupby(entries, key=lambda entry: entry.layer):
        layer = tuple(group)
        # A whiteout is about the layers below only, wherever it stands in its own.
        gone = {entry.name for entry in layer if entry.whiteout}
        emptied = {entry.name for entry in layer if entry.opaque}
        added = [entry for entry in layer if not entry.whiteout and not entry.opaque]
        emptied |= {
            entry.name
            for entry in added
            if entry.kind != "directory"
            and entry.name in seen
            and seen[entry.name].kind == "directory"
        }
        if gone or emptied:
            seen = {
                name: entry
                for name, entry in seen.items()
                if name not in gone and not _below(name, gone | emptied)
            }
        seen.update((entry.name, entry) for entry in added)
    return seen


def _below(name: str, folders: set[str]) -> bool:
    if "" in folders or "." in folders:
        return True
    return any(str(parent) in folders for parent in PurePosixPath(name).parents)
