"""No secrets: tokens, private keys and history are in no layer, deleted or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.engine.images import Entry
from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import KEY_FILE
from imagekit.verify.layers import where

_NAMES: Final = (
    # npm packages publish an `.npmrc` of their own now and then: in node_modules it is theirs.
    (re.compile(r"(?!.*\bnode_modules/)(?:.*/)?\.npmrc"), "registry tokens"),
    (re.compile(r"(?:.*/)?\.(?:netrc|pypirc|git-credentials)"), "credentials"),
    (re.compile(r"(?:.*/)?\.docker/config\.json"), "registry credentials"),
    (re.compile(r"(?:.*/)?\.hex/hex\.config"), "Hex keys"),
    (re.compile(r"(?:.*/)?\.aws/credentials"), "credentials"),
    (re.compile(r"(?:.*/)?\.env(?:\.local|\.prod|\.production)?"), "environment values"),
    (re.compile(r"(?:.*/)?\.git/HEAD"), "the history of the source"),
)
_PRIVATE: Final = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    problems = tuple(
        f"{where(entry, facts)}: {what}"
        for entry in facts.entries
        if entry.kind in ("file", "hardlink") and not entry.whiteout
        for what in _secrets(entry, facts)
    )
    return verdict("none in any layer", problems)


def _secrets(entry: Entry, facts: FileFacts) -> Iterator[str]:
    for pattern, what in _NAMES:
        if pattern.fullmatch(entry.name):
            yield what
    content = facts.contents.get((entry.layer, entry.name), b"")
    if KEY_FILE.search(entry.name) and _PRIVATE.search(content):
        yield "a private key"


CHECK = FilesCheck(id="files.secrets", title="carries no secrets, not even deleted ones", run=_run)
