"""The environment: no secret is baked into the image config."""

from __future__ import annotations

from imagekit.image import Image
from imagekit.verify.check import ConfigCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.secrets import looks_secret


def _run(image: Image, expected: Expectation) -> Verdict:
    del expected
    found = image.config.environment
    names = sorted(name for name, value in found.items() if looks_secret(name, value))
    # The value stays out of the report: whoever reads it need not see the secret again.
    return verdict(
        f"{len(found)} variables, none looks like a secret",
        tuple(f"{name} holds what looks like a secret" for name in names),
    )


CHECK = ConfigCheck(id="config.environment", title="bakes no secret into ENV", run=_run)
