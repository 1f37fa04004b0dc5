"""The output: no crash, no latin1 warning."""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import BootCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_SIGNS: Final = (
    (
        re.compile(r"native name encoding of latin1"),
        "no UTF-8 locale, the VM falls back to latin1 (set LANG=C.UTF-8)",
    ),
    (re.compile("\ufffd"), "bytes that are no UTF-8"),
    (re.compile(r"Crash dump is being written|erl_crash\.dump"), "a crash dump"),
    (re.compile(r"\bCRASH REPORT\b|crasher:|\bSUPERVISOR REPORT\b"), "a crash report"),
    (re.compile(r"\bGenServer \S+ terminating|\bgen_server \S+ terminat"), "a process crashed"),
    (re.compile(r"Kernel pid terminated|Runtime terminating during boot"), "the VM gave up"),
    (re.compile(r"[Ss]egmentation fault|core dumped"), "a segmentation fault"),
    (
        re.compile(r"[Rr]ead-only file system|\berofs\b"),
        "a write to the read-only root (where the pod mounts a volume: `writable` under [verify])",
    ),
)
_LINES_SHOWN: Final = 5


def _run(boot: BootFacts, expected: Expectation) -> Verdict:
    del expected
    if boot.stop is None:
        return Skipped(reason=wording.NEVER_READY)
    lines = boot.output.splitlines()
    problems = []
    for sign, meaning in _SIGNS:
        found = [wording.line(each, 160) for each in lines if sign.search(each)]
        if found:
            problems.append("\n".join((meaning, *(f"  {each}" for each in found[:_LINES_SHOWN]))))
    seen = f"{len(lines)} lines, no crash, no warning of the VM"
    if boot.cut:
        seen = f"the last {seen}; more came before, which was not looked at"
    return verdict(seen, tuple(problems))


CHECK = BootCheck(id="boot.output", title="says nothing that worries", run=_run)
