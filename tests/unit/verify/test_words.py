"""Small pure things: quantities, lines, times, signals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.verify import wording
from imagekit.verify.instant import parse_instant
from imagekit.verify.signals import signal_name


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (30_000_000, "30 MB"),
        (2_500_000_000, "2.5 GB"),
    ],
)
def test_size(count: int, text: str) -> None:
    assert wording.size(count) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0374, "37 ms"), (1.94, "1.9 s"), (30.0, "30 s"), (0.9996, "1 s")]
)
def test_seconds(value: float, text: str) -> None:
    assert wording.seconds(value) == text


def test_some() -> None:
    assert wording.some(("a", "b")) == "a, b"
    assert wording.some(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"


@given(st.text(), st.integers(2, 50))
def test_a_line_is_one_line_without_control_characters(text: str, most: int) -> None:
    found = wording.line(text, most)
    assert len(found) <= most
    assert found.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T07:00:00.123456789Z",
        "2026-11-23T07:00:00.123456Z",
        "2026-11-23T08:00:00.123456+01:00",
    ],
)
def test_times_of_engines(text: str) -> None:
    assert parse_instant(text) == pytest.approx(1795417200.123456)


def test_a_time_without_a_fraction() -> None:
    assert parse_instant("2026-11-23T07:00:00Z") == 1795417200


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SIGTERM", "SIGTERM"),
        ("term", "SIGTERM"),
        ("15", "SIGTERM"),
        ("SIGRTMIN+3", "SIGRTMIN+3"),
        ("SIGRTMIN+x", None),
        ("SIGNOPE", None),
        ("0", None),
        ("", None),
    ],
)
def test_signals(text: str, name: str | None) -> None:
    assert signal_name(text) == name
