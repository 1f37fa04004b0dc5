"""No source: what a release was compiled from is not shipped with it."""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts

_SHOWN: Final = 5
_KINDS: Final = (
    (re.compile(r"(?:.*/)?\.(?:git|hg|svn)/.+"), "the history of the source"),
    (
        # Scripts that run are no source of what runs: `releases/<vsn>/runtime.exs`, what config
        # providers read in `etc/`, migrations and seeds under `priv/`. Headers (`.hrl`) come
        # with OTP's own applications.
        re.compile(
            r"(?!(?:.*/)?releases/)(?!(?:.*/)?priv/)(?!(?:.*/)?etc/[^/]+\.exs)"
            r"(?!.*\bnode_modules/)"
            r"(?:.*/)?[^/]+\.(?:ex|exs|erl|xrl|yrl|eex|heex|leex)"
        ),
        "Elixir or Erlang source",
    ),
    (
        re.compile(r"(?:.*/)?(?:mix\.lock|rebar\.config|rebar\.lock)"),
        "files of a project that only a build reads",
    ),
    (re.compile(r"(?:.*/)?c_src/.+"), "C source"),
)


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    problems = []
    for pattern, what in _KINDS:
        found = sorted(
            f"/{name}"
            for name, entry in facts.visible.items()
            if entry.kind in ("file", "hardlink") and pattern.fullmatch(name)
        )
        if found:
            problems.append(f"{what}: {wording.some(found, _SHOWN)}")
    return verdict(f"none in {len(facts.visible)} files and folders", tuple(problems))


CHECK = FilesCheck(id="files.source", title="carries no source", run=_run)
