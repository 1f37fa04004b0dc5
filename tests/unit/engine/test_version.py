"""Versions as engines write them."""

from __future__ import annotations

import pytest

from imagekit.engine.version import at_least, release


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("26.1.5+dfsg1", (26, 1, 5)),
        ("v0.13.1+ds1", (0, 13, 1)),
        ("1.45", (1, 45)),
        ("20.10.24~ds1", (20, 10, 24)),
        ("27.0.0-rc.1", (27, 0, 0)),
        ("", ()),
        ("dev", ()),
    ],
)
def test_the_leading_numbers_count(text: str, numbers: tuple[int, ...]) -> None:
    assert release(text) == numbers


def test_a_floor_is_reached_by_itself_and_by_what_is_above() -> None:
    assert at_least("23.0", "23.0")
    assert at_least("23.0.0", "23.0")
    assert at_least("100.1", "23.0")
    assert not at_least("20.10.24", "23.0")
    assert not at_least("0.9.1", "0.13")
    assert not at_least("", "23.0")
