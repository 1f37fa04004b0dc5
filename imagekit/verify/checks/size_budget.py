"""Compressed and unpacked size, each against its budget."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from imagekit.image import Image, Layer
from imagekit.settings.schema.verify import BudgetSettings
from imagekit.verify import wording
from imagekit.verify.check import ConfigCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation

_LAYERS_SHOWN: Final = 5


def _run(
    what: str,
    budget_of: Callable[[BudgetSettings], int | None],
    size_of: Callable[[Layer], int],
    image: Image,
    expected: Expectation,
) -> Verdict:
    total = sum(size_of(layer) for layer in image.layers)
    budget = budget_of(expected.budget)
    if budget is None:
        return Skipped(
            reason=f"{wording.size(total)}; no budget: set `{what}` under [verify.budget]"
        )
    if total <= budget:
        return verdict(f"{wording.size(total)} of {wording.size(budget)}", ())
    over = f"{wording.size(total)} {what}, {wording.size(total - budget)} over the budget"
    largest = sorted(image.layers, key=size_of, reverse=True)[:_LAYERS_SHOWN]
    layers = tuple(
        f"layer {layer.group}: {wording.size(size_of(layer))}"
        + (f", by {wording.line(layer.created_by, 80)}" if layer.created_by else "")
        for layer in largest
    )
    return verdict("", ("\n".join((f"{over} of {wording.size(budget)}", *layers)),))


COMPRESSED = ConfigCheck(
    id="size.compressed",
    title="is within its budget as a registry stores it",
    run=partial(
        _run,
        "compressed",
        lambda budget: budget.compressed,
        lambda layer: layer.compressed_bytes,
    ),
)
UNPACKED = ConfigCheck(
    id="size.unpacked",
    title="is within its budget as a node unpacks it",
    run=partial(
        _run,
        "unpacked",
        lambda budget: budget.unpacked,
        lambda layer: layer.unpacked_bytes,
    ),
)
