"""Sizes and durations: a number and a unit, as `docker` and people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.errors import InvalidValue
from imagekit.settings.load import load
from imagekit.settings.schema.verify import BudgetSettings


def budget(key: str, value: str) -> BudgetSettings:
    return load(f"[verify.budget]\n{key} = {value}\n", {}, {}).values.verify.budget


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("'1B'", 1),
        ("'30kB'", 30_000),
        ("'30KB'", 30_000),
        ("'30MB'", 30_000_000),
        ("'1.5 GB'", 1_500_000_000),
        ("'1KiB'", 1024),
        ("'256MiB'", 268_435_456),
        ("'2GiB'", 2_147_483_648),
        ("'1.005MB'", 1_005_000),
        ("4096", 4096),
    ],
)
def test_a_size_is_bytes(text: str, count: int) -> None:
    assert budget("compressed", text).compressed == count


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("'500ms'", 0.5), ("'5s'", 5.0), ("'1.5 s'", 1.5), ("'2m'", 120.0), ("3", 3.0), ("0.5", 0.5)],
)
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    assert budget("boot", text).boot == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        *("''", "'MB'", "'30'", "'30mb'", "'30Mb'", "'-1MB'", "'1e3MB'", "'3.MB'", "'0MB'"),
        *("'30MB\\n'", "'\N{ARABIC-INDIC DIGIT ONE}MB'", "0", "-5", "inf", "1.5"),
    ],
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"`verify.budget.memory` is not valid"):
        budget("memory", text.replace("'", '"'))


@pytest.mark.parametrize("text", ["''", "'5'", "'5 min'", "'1h'", "'0s'", "0", "-1", "nan", "inf"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match=r"`verify.budget.stop` is not valid"):
        budget("stop", text)


@given(st.integers(min_value=1, max_value=10**15), st.sampled_from(["B", "kB", "MB", "GiB"]))
def test_a_whole_number_of_bytes_is_exact(number: int, unit: str) -> None:
    factor = {"B": 1, "kB": 10**3, "MB": 10**6, "GiB": 2**30}[unit]
    assert budget("unpacked", f"'{number}{unit}'").unpacked == number * factor
