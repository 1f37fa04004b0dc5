"""Versions as engines and builders write them: `26.1.5+dfsg1`, `v0.13.1+ds1`, `1.45`."""

from __future__ import annotations

import re
from typing import Final

_RELEASE: Final = re.compile(r"v?(\d+(?:\.\d+)*)")


def release(version: str) -> tuple[int, ...]:
    """Give the leading numbers; empty when there are none, which is below every floor."""
    match = _RELEASE.match(version.strip())
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def at_least(version: str, floor: str) -> bool:
    """Whether a version reaches a floor."""
    return release(version) >= release(floor)
