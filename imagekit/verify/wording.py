"""Quantities and lists as reports write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, assert_never

NEVER_READY: Final = "the boot never got ready: see boot.ready"
"""Why nothing was checked that needs a boot; the same words everywhere, to be read once."""

_UNITS: Final = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def size(count: int) -> str:
    """Write bytes in decimal units, as registries do: `14.5 MB`."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} B"


def seconds(value: float) -> str:
    """Write a duration: `350 ms`, `1.9 s`, `30 s`."""
    if round(value, 3) < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f}".removesuffix(".0") + " s"


def cut(why: Literal["large", "slow", "broken"]) -> str:
    """Say why the end of a body was not seen."""
    match why:
        case "large":
            return "is larger than what is read of one (268 MB)"
        case "slow":
            return "had not ended when its time was up"
        case "broken":
            return "was cut off: the connection ended before it did"
        case _:
            assert_never(why)


def some(names: Sequence[str], most: int = 3) -> str:
    """Write the first names and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def line(text: str, most: int = 200) -> str:
    """Make one line of a text, cut to a length, without control characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
