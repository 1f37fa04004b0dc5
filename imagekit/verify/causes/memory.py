"""Causes that want of memory gives: the kernel's limit, or the VM's own last words."""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.causes.model import Diagnosis
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_KILLED: Final = 137
_ALLOCATE: Final = re.compile(
    r"\w+: Cannot (?:re)?allocate (\d+) bytes of memory \(of type \"(\w+)\""
)
_FIX: Final = "Find what grows, or raise `memory` under [verify.budget] and in the pod."


def out_of_memory(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """Tell a kill by the kernel from a VM that gave up by itself."""
    limit = wording.size(expected.budget.memory)
    if found := _ALLOCATE.search(boot.output):
        return Diagnosis(
            cause=f"The VM could not allocate {wording.size(int(found[1]))} at once "
            f"(for a {found[2]}) and gave up; the limit is {limit}.",
            fix="Find what builds something so large.",
        )
    if not boot.state.oom_killed:
        return None
    return Diagnosis(cause=f"It ran out of memory under the limit of {limit}.", fix=_FIX)


def killed(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """SIGKILL, and an engine that does not say why: not every one counts the kernel's kills."""
    if boot.state.exit_code != _KILLED:
        return None
    limit = wording.size(expected.budget.memory)
    return Diagnosis(
        cause="It was killed, most likely because it ran out of memory under the limit of "
        f"{limit}.",
        fix=_FIX,
    )
