"""The user: numeric and not root, so that `runAsNonRoot` can be proven."""

from __future__ import annotations

from imagekit.image import Image
from imagekit.verify.check import ConfigCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation


def _run(image: Image, expected: Expectation) -> Verdict:
    user, _, group = image.config.user.partition(":")
    problems: list[str] = []
    if not user:
        problems.append("no USER: the image runs as root")
    elif not user.isdecimal():
        problems.append(f"USER {user} is a name: Kubernetes refuses it under runAsNonRoot")
    elif int(user) == 0:
        problems.append("USER 0 is root")
    if expected.user is not None and image.config.user != expected.user and not problems:
        problems.append(f"USER is {image.config.user}, the plan says {expected.user}")
    named = f", group {group}" if group else ""
    return verdict(f"user {user}{named}", tuple(problems))


CHECK = ConfigCheck(id="config.user", title="runs as a numeric user that is not root", run=_run)
