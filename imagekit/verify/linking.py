"""Pure: what the dynamic loader would find in an image, told from headers alone."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.engine.images import Entry
from imagekit.verify.facts import FileFacts, Shipped
from imagekit.verify.files import LOADER_FILE

_LINKS: Final = 40  # as many as the kernel follows
_TRIPLETS: Final = {
    "aarch64": "aarch64-linux-gnu",
    "arm": "arm-linux-gnueabihf",
    "i686": "i386-linux-gnu",
    "ppc64le": "powerpc64le-linux-gnu",
    "riscv64": "riscv64-linux-gnu",
    "s390x": "s390x-linux-gnu",
    "x86_64": "x86_64-linux-gnu",
}
# glibc's and musl's own folders together: an image has the one or the other.
_FOLDERS: Final = ("lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib")
_SHARED: Final = re.compile(r"\.so(?:\.[\d.]+)?$")
_START: Final = "releases/start_erl.data"
_FILES: Final = ("file", "hardlink")
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What engines take where an image sets no PATH (moby/moby, `oci/defaults.go`)."""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """An ELF file of the image, by the path under which it was reached."""

    path: str
    """Without a leading `/`."""
    entry: Entry
    elf: ElfFile | DamagedElf


@dataclass(frozen=True, kw_only=True)
class Linking:
    """The final file system, as a loader walks it."""

    facts: FileFacts

    def entry(self, path: str) -> Entry | None:
        """Follow links, of folders and of the file, to what is there."""
        seen = self.facts.visible
        parts = list(PurePosixPath(path.lstrip("/")).parts)
        here = ""
        for _ in range(_LINKS):
            while parts:
                here = posixpath.normpath(posixpath.join(here, parts.pop(0)))
                found = seen.get(here)
                if found is not None and found.kind == "symlink":
                    target = posixpath.join("/", posixpath.dirname(here), found.target)
                    parts = [*PurePosixPath(posixpath.normpath(target)).parts[1:], *parts]
                    here = ""
                    break
            else:
                return seen.get(here)
        return None

    def at(self, path: str) -> Linked | None:
        """Give the ELF file at a path."""
        entry, place = self.entry(path), self.place(path)
        if entry is None or place is None:
            return None
        elf = self.facts.elf.get(place)
        return None if elf is None else Linked(path=path.lstrip("/"), entry=entry, elf=elf)

    def place(self, path: str) -> tuple[int, str] | None:
        """Give layer and name of the file that a path leads to, past links of both kinds."""
        entry = self.entry(path)
        if entry is None:
            return None
        name = entry.target if entry.kind == "hardlink" else entry.name
        return entry.layer, posixpath.normpath(name.lstrip("/"))

    def library(self, name: str, by: Linked, inherited: tuple[str, ...]) -> Linked | None:
        """Find a library as the loader of `by` does (ld.so(8)), past another machine's."""
        assert isinstance(by.elf, ElfFile)  # noqa: S101
        if "/" in name:
            return self.at(name)
        for folder in (*inherited, *self.folders(by.elf.machine)):
            found = self.at(posixpath.join(folder, name))
            if (
                found is not None
                and isinstance(found.elf, ElfFile)
                and (found.elf.machine, found.elf.bits) == (by.elf.machine, by.elf.bits)
            ):
                return found
        return None

    def folders(self, machine: str) -> Iterator[str]:
        """Give the folders of libraries: the environment's, the configured, the loader's own."""
        yield from self.facts.image.config.environment.get("LD_LIBRARY_PATH", "").split(":")
        for (_, name), content in sorted(self.facts.contents.items()):
            if LOADER_FILE.fullmatch(name):
                lines = content.decode("utf-8", "replace").replace(":", "\n").splitlines()
                yield from (line.strip() for line in lines if line.strip().startswith("/"))
        triplet = _TRIPLETS.get(machine)
        for folder in _FOLDERS:
            if triplet is not None:
                yield f"{folder}/{triplet}"
            yield folder

    def roots(self) -> tuple[str, ...]:
        """Give the folders of the Erlang releases, that of an installed OTP too."""
        found = (name for name in self.facts.visible if f"/{name}".endswith(f"/{_START}"))
        return tuple(sorted(name.removesuffix(_START).rstrip("/") for name in found))

    def starts(self) -> tuple[Linked, ...]:
        """Give the ELF files of the releases; without a release, that of the entry point."""
        below = tuple(f"{root}/" if root else "" for root in self.roots())
        if below:
            inside = (name for name in self.facts.visible if name.startswith(below))
            paths = sorted(path for path in inside if self._is_file(path))
        else:
            paths = [path for path in (self.started(),) if path is not None]
        found = (self.at(path) for path in paths)
        return tuple(each for each in found if each is not None)

    def started(self) -> str | None:
        """Give the path of the program that the image starts, found as `execvp` finds it.

        `None` when it starts nothing, or what is not there.
        """
        config = self.facts.image.config
        word = next(iter((*config.entrypoint, *config.command)), "")
        if "/" in word:
            tried = [posixpath.join(config.working_directory or "/", word)]
        else:
            folders = config.environment.get("PATH", _PATH).split(":")
            tried = [posixpath.join(folder, word) for folder in folders if word]
        found = (path for path in tried if (entry := self.entry(path)) and entry.kind in _FILES)
        return next(found, None)

    def _is_file(self, path: str) -> bool:
        entry = self.facts.visible.get(path.lstrip("/"))
        return entry is not None and entry.kind in _FILES


def shipped(facts: FileFacts) -> Shipped:
    """Give what of an image may explain a boot that failed."""
    linking = Linking(facts=facts)
    found = (linking.at(name) for name in facts.visible if _SHARED.search(name))
    return Shipped(
        libraries={
            f"/{each.path}": each.elf.offered
            for each in found
            if each is not None and isinstance(each.elf, ElfFile)
        },
        environment=facts.image.config.environment,
        user=facts.image.config.user,
    )


def search(linked: Linked) -> tuple[str, ...]:
    """Give the folders that a file itself names, `$ORIGIN` filled in."""
    assert isinstance(linked.elf, ElfFile)  # noqa: S101
    origin = "/" + posixpath.dirname(linked.path)
    return tuple(
        folder.replace("${ORIGIN}", origin).replace("$ORIGIN", origin)
        for folder in linked.elf.search
    )
