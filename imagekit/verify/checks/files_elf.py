"""ELF: what the VM loads can be loaded here, told from headers and before any boot.

Looks at the ELF files of the release and at every library they lead to. The rest of a
distribution's files is the distribution's business.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from imagekit.elf.model import DamagedElf, ElfFile, Libc
from imagekit.elf.names import debian_package, newest, origin
from imagekit.verify import wording
from imagekit.verify.check import FilesCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.linking import Linked, Linking, search

_MACHINES: Final = {
    "386": "i686",
    "amd64": "x86_64",
    "arm": "arm",
    "arm64": "aarch64",
    "loong64": "loongarch64",
    "ppc64le": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
_SHOWN: Final = 3
_VM: Final = "/bin/beam.smp"

_COMPILE: Final = (
    "let the package compile in the builder instead of taking a precompiled file, "
    "or take one that is made for this"
)
_SAME: Final = "build and run on the same distribution: change both bases together"

_Problem = tuple[str, str]
"""What is wrong, and the fix; files with the same are reported together."""


def _no_elf(linking: Linking) -> str:
    config = linking.facts.image.config
    word = next(iter((*config.entrypoint, *config.command)), None)
    if word is None:
        return "nothing to start"
    path = linking.started()
    return f"{word}, which it starts, is not there" if path is None else f"{path} is a script"


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    linking = Linking(facts=facts)
    starts = linking.starts()
    if not starts:
        return Skipped(reason=f"no Erlang release, and {_no_elf(linking)}")
    found: dict[_Problem, list[Linked]] = defaultdict(list)
    libraries = 0
    libc = _libc(starts)
    machine = _MACHINES.get(facts.image.platform.split("/")[1])
    seen = {each.entry.name for each in starts}
    walk: list[tuple[Linked, tuple[str, ...]]] = [(each, ()) for each in starts]
    while walk:
        each, inherited = walk.pop(0)
        if isinstance(each.elf, DamagedElf):
            damage = f"begins as an ELF file and is none: {each.elf.problem}"
            found[damage, "fetch or build it again"].append(each)
            continue
        foreign = _foreign(each.elf, machine, libc)
        if foreign is not None:
            found[foreign].append(each)
            continue
        folders = (*search(each), *inherited)
        for problem in _loader(each.elf, linking):
            found[problem].append(each)
        for name in each.elf.needed:
            library = linking.library(name, each, folders)
            if library is None:
                if not _is_loaders_own(name, each.elf, linking):
                    found[_missing(name)].append(each)
                continue
            for problem in _versions(name, each.elf, library):
                found[problem].append(each)
            if library.entry.name not in seen:
                seen.add(library.entry.name)
                libraries += 1
                walk.append((library, folders))
    return verdict(
        f"{len(starts)} files find their loader, {libraries} libraries and their versions",
        tuple(_told(problem, files) for problem, files in found.items()),
    )


def _libc(starts: tuple[Linked, ...]) -> Libc | None:
    """Give the C library of the VM, which every NIF has to share; else that of the first file."""
    vm = [each for each in starts if f"/{each.path}".endswith(_VM)]
    known = (each.elf.libc for each in (*vm, *starts) if isinstance(each.elf, ElfFile))
    return next((libc for libc in known if libc is not None), None)


def _foreign(elf: ElfFile, machine: str | None, libc: Libc | None) -> _Problem | None:
    if machine is not None and elf.machine != machine:
        return f"is for {elf.machine}, the image is for {machine}", _COMPILE
    # A program of its own may be static or bring its loader; a NIF is loaded into the VM.
    if elf.interpreter is None and elf.libc is not None and libc is not None and elf.libc != libc:
        return f"is linked with {elf.libc}, the VM that loads it with {libc}", _COMPILE
    return None


def _loader(elf: ElfFile, linking: Linking) -> Iterator[_Problem]:
    if elf.interpreter is None or linking.entry(elf.interpreter) is not None:
        return
    has = sorted(
        {
            "musl" if "ld-musl" in name else "glibc"
            for name in linking.facts.visible
            if name.rpartition("/")[2].startswith(("ld-musl-", "ld-linux"))
        }
    )
    image = f"the image has {' and '.join(has)}" if has else "the image has no C library"
    built = f"is built for {elf.libc}" if elf.libc else "is linked dynamically"
    yield f"needs the loader {elf.interpreter}, which is not there ({built}; {image})", _SAME


def _is_loaders_own(name: str, elf: ElfFile, linking: Linking) -> bool:
    """Musl's loader is its C library too, by whatever name that is asked for."""
    own = name == "libc.so" or name.startswith("libc.musl-")
    if not own or elf.libc != "musl":
        return False
    return any("/ld-musl-" in f"/{entry}" for entry in linking.facts.visible)


def _missing(name: str) -> _Problem:
    package = debian_package(name)
    called = f" (in Debian `{package}` or alike)" if package else ""
    return (
        f"needs {name}, which is not in the image",
        f"put the package that has it{called} into `runtime_packages` of [build]",
    )


def _versions(name: str, elf: ElfFile, library: Linked) -> Iterator[_Problem]:
    assert isinstance(library.elf, ElfFile)  # noqa: S101
    if not library.elf.offered:
        return
    lacking = [each for each in elf.required.get(name, ()) if each not in library.elf.offered]
    for version in _highest(lacking):
        most = newest(library.elf.offered, version)
        has = f"which has {most} at most" if most else "which does not have it"
        yield f"needs {version} of /{library.path}, {has}", f"{_SAME}; else {_COMPILE}"


def _highest(versions: list[str]) -> tuple[str, ...]:
    """Of each family of versions the highest: who lacks GLIBC_2.38 need not hear of 2.36."""
    best = {newest(versions, each) or each for each in versions}
    return tuple(sorted(best))


def _told(problem: _Problem, files: list[Linked]) -> str:
    what, fix = problem
    names = wording.some([f"/{each.path}" for each in files], _SHOWN)
    brought = wording.some(sorted({origin(each.path) for each in files}), _SHOWN)
    return f"{names}, of {brought}: {what}\nfix: {fix}"


CHECK = FilesCheck(
    id="files.elf", title="has the loader, libraries and versions that its files need", run=_run
)
