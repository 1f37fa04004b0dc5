"""The end of an output of any length, in bounded memory."""

from __future__ import annotations

from collections import deque
from typing import Final

_CONTINUATIONS: Final = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that continue a character."""


class Tail:
    """Keeps the last `limit_bytes` bytes of what it is given."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._all = 0

    def add(self, chunk: bytes) -> None:
        """Take a chunk; forget from the front what is too much."""
        self._chunks.append(chunk)
        self._held += len(chunk)
        self._all += len(chunk)
        while self._chunks and self._held - len(self._chunks[0]) >= self._limit:
            self._held -= len(self._chunks.popleft())

    def text(self) -> str:
        """Give what is kept; a character cut in two at the front is dropped."""
        kept = b"".join(self._chunks)
        kept = kept[max(0, len(kept) - self._limit) :]
        if self._all > self._limit:
            kept = kept.lstrip(_CONTINUATIONS)
        return kept.decode("utf-8", errors="replace")
