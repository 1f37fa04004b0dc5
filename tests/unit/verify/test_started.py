"""What an image without a release starts: found as `execvp` finds it, by PATH and through links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.engine.container import Process
from imagekit.verify.check import Passed, Skipped, Verdict
from imagekit.verify.checks.files_elf import CHECK
from imagekit.verify.files import visible
from imagekit.verify.vm import is_vm

from .examples import EXPECTED
from .test_elf import DEBIAN, LINKS, elf, facts

SHELL: dict[str, ElfFile | DamagedElf] = {
    **DEBIAN,
    "usr/bin/dash": elf(needed=("libmissing.so.1",)),
}
BIN = {**LINKS, "bin": "usr/bin", "usr/bin/sh": "dash"}
SCRIPT = {"usr/bin/start": b"#!/bin/sh\n"}


def run(*command: str, **rest: Any) -> Verdict:
    given = facts(SHELL, links=BIN, contents=SCRIPT, entrypoint=(), command=command, **rest)
    without = tuple(each for each in given.entries if not each.name.startswith("app/releases"))
    return CHECK.run(replace(given, entries=without, visible=visible(without)), EXPECTED)


@pytest.mark.parametrize("word", ["dash", "sh", "/bin/sh", "/usr/bin/dash"])
def test_its_elf_file_is_looked_at(word: str) -> None:
    found = run(word, "-c", "true")
    assert not isinstance(found, Skipped | Passed)
    assert "libmissing.so.1" in found.problems[0]


@pytest.mark.parametrize(
    ("command", "environment", "words"),
    [
        (("start",), {}, "/usr/bin/start is a script"),
        (("sh",), {"PATH": "/opt"}, "sh, which it starts, is not there"),
        (("./run",), {}, "./run, which it starts, is not there"),
        ((), {}, "nothing to start"),
    ],
)
def test_where_there_is_none_it_is_said_why(
    command: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    found = run(*command, environment=environment)
    assert found == Skipped(reason=f"no Erlang release, and {words}")


@pytest.mark.parametrize(
    ("command", "vm"),
    [
        ("/app/erts-15.2/bin/beam.smp -- -root /app -bindir /app/erts-15.2/bin", True),
        ("/app/bin/shop -Bd -- -root /app -progname x -bindir /app/erts/bin", True),
        ("/bin/sh /app/bin/shop start", False),
        ("grep beam.smp", False),
        ("", False),
    ],
)
def test_a_vm_is_told_by_its_name_or_by_what_it_is_given(command: str, vm: bool) -> None:
    assert is_vm(Process(pid=1, parent=0, state="S", command=command)) is vm
