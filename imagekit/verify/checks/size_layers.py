"""Each group of layers against its own budget: what every push of a change costs."""

from __future__ import annotations

from imagekit.image import Image, LayerGroup
from imagekit.verify import wording
from imagekit.verify.check import ConfigCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.sizes import by_group


def _run(image: Image, expected: Expectation) -> Verdict:
    budgets = expected.budget.layers
    if not budgets:
        return Skipped(reason="no budget: set `layers` under [verify.budget]")
    found = by_group(image)
    seen, problems = [], []
    for name, budget in sorted(budgets.items()):
        group = LayerGroup(name)
        size = found[group].compressed if group in found else 0
        shown = f"{group} {wording.size(size)} of {wording.size(budget)}"
        seen.append(shown)
        if size > budget:
            problems.append(f"{shown}, {wording.size(size - budget)} over the budget")
    return verdict(", ".join(seen), tuple(problems))


CHECK = ConfigCheck(id="size.layers", title="keeps each group of layers in its budget", run=_run)
