"""Where the time of a verification goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from imagekit.verify.model import Timing


class Stopwatch:
    """Times parts, also such that run side by side on threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._zero = monotonic()
        self._found: list[Timing] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what is done meanwhile."""
        begun = self._monotonic()
        try:
            yield
        finally:
            self._found.append(
                Timing(part=name, begun=begun - self._zero, seconds=self._monotonic() - begun)
            )

    def timings(self) -> tuple[Timing, ...]:
        """Give the parts so far in the order of their starts, and last all of it."""
        parts = sorted(self._found, key=lambda each: (each.begun, each.part))
        return (*parts, Timing(part="all", begun=0.0, seconds=self._monotonic() - self._zero))
