"""No cookie: whoever pulls the image could join the cluster and run code in it."""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import ARGUMENTS_FILE
from imagekit.verify.layers import where

_COOKIE_FILE: Final = re.compile(r"(?:.*/)?(?:releases/COOKIE|\.erlang\.cookie)")
# `${VAR}` is filled at boot (Distillery's REPLACE_OS_VARS); `none` is no secret.
_ARGUMENT: Final = re.compile(rb"^\s*-setcookie\s+[\"']?(?!\$|none\b)\S", re.MULTILINE)


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    problems = [
        where(entry, facts)
        for entry in facts.entries
        if entry.kind in ("file", "hardlink")
        and not entry.whiteout
        and _COOKIE_FILE.fullmatch(entry.name)
    ]
    problems += [
        f"{where(entry, facts)}: `-setcookie` with the cookie itself"
        for entry in facts.entries
        if ARGUMENTS_FILE.search(entry.name)
        and _ARGUMENT.search(facts.contents.get((entry.layer, entry.name), b""))
    ]
    return verdict("none in any layer", tuple(problems))


CHECK = FilesCheck(id="files.cookie", title="carries no Erlang cookie", run=_run)
