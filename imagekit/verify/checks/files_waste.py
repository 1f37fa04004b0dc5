"""Waste: bytes that everybody pulls and no container sees."""

from __future__ import annotations

from typing import Final

from imagekit.verify import wording
from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.waste import buried

_SHOWN: Final = 5


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    hidden = buried(facts.entries, facts.visible)
    total, budget = sum(hidden.values()), expected.budget.waste
    largest = list(hidden.items())[:_SHOWN]
    told = f"{wording.size(total)} of files that a later layer replaces or removes"
    limit = wording.size(budget)
    if total <= budget:
        return verdict(f"{told} (budget {limit})", ())
    files = "\n".join(f"  {wording.size(size)} {_where(name, facts)}" for name, size in largest)
    return verdict("", (f"{told}, over the budget of {limit}\n{files}",))


def _where(name: str, facts: FileFacts) -> str:
    return f"/{name} ({'stored again' if name in facts.visible else 'removed'} later)"


CHECK = FilesCheck(id="files.waste", title="wastes no bytes of its layers", run=_run)
