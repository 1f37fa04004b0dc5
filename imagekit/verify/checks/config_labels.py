"""OCI labels: what is in the image can be told without running it."""

from __future__ import annotations

from imagekit.image import Image
from imagekit.verify.check import ConfigCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation


def _run(image: Image, expected: Expectation) -> Verdict:
    if expected.labels is None:
        # Nothing breaks for want of a label: of an image of somebody else's making none is asked.
        return Skipped(reason="not built by imagekit: no label is asked for")
    found = image.config.labels
    problems = []
    for name, value in sorted(expected.labels.items()):
        if name not in found:
            problems.append(f"label {name} is missing")
        elif value is not None and found[name] != value:
            problems.append(f"label {name} is {found[name]!r}, the plan says {value!r}")
        elif not found[name]:
            problems.append(f"label {name} is empty")
    return verdict(f"{len(expected.labels)} as expected", tuple(problems))


CHECK = ConfigCheck(id="config.labels", title="says what it is in OCI labels", run=_run)
