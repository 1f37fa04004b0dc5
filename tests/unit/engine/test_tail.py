"""The end of an output."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from imagekit.engine.tail import Tail


@given(st.lists(st.binary(max_size=20)), st.integers(1, 30))
def test_the_tail_is_the_end_of_the_whole(chunks: list[bytes], limit: int) -> None:
    tail = Tail(limit)
    for chunk in chunks:
        tail.add(chunk)
    kept = tail.text()
    whole = b"".join(chunks)
    end = whole[-limit:]
    if len(whole) > limit:
        end = end.lstrip(bytes(range(0x80, 0xC0)))
    assert kept == end.decode("utf-8", errors="replace")


def test_a_cut_character_is_dropped() -> None:
    tail = Tail(4)
    tail.add("aäöü".encode())
    assert tail.text() == "öü"
    tail = Tail(3)
    tail.add("äö".encode())
    assert tail.text() == "ö"


def test_memory_stays_bounded() -> None:
    tail = Tail(1000)
    for _ in range(1000):
        tail.add(b"x" * 1000)
    assert sum(map(len, tail._chunks)) < 3000
