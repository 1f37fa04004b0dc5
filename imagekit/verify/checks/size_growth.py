"""Growth against an earlier image."""

from __future__ import annotations

from imagekit.image import Image
from imagekit.verify import wording
from imagekit.verify.check import ConfigCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.sizes import changes


def _run(image: Image, expected: Expectation) -> Verdict:
    before, budget = expected.baseline, expected.budget.growth
    if before is None:
        return Skipped(reason="nothing to compare with: give --baseline a report or an image")
    grown = image.compressed_bytes - before.whole.compressed
    sign = "+" if grown > 0 else "-" if grown < 0 else ""
    told = f"{sign}{wording.size(abs(grown))} compressed against {before.reference}"
    if budget is None:
        return Skipped(reason=f"{told}; no budget: set `growth` under [verify.budget]")
    if grown <= budget:
        return verdict(f"{told} (budget +{wording.size(budget)})", ())
    groups = []
    for change in changes(image, before):
        was = change.before.compressed if change.before else 0
        now = change.after.compressed if change.after else 0
        if change.name != "image" and now > was:
            groups.append(f"  {change.name}: {wording.size(was)} to {wording.size(now)}")
    over = f"{told}, over the budget of {wording.size(budget)}"
    return verdict("", ("\n".join((over, *groups)),))


CHECK = ConfigCheck(id="size.growth", title="has not grown beyond its budget", run=_run)
