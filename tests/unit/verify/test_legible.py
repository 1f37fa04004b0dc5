"""What the VM wrote as numbers is read as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.verify.legible import legible
from imagekit.verify.secrets import scrub


def binary(text: str) -> str:
    return f"<<{','.join(str(each) for each in text.encode())}>>"


SLOGAN = "Runtime terminating during boot ({{#{{message=>{},'__struct__'=>x}},[]}})"
WORDS = "environment variable SECRET_KEY_BASE is missing.\nAny text will do."


def test_words_in_a_slogan() -> None:
    found = legible(SLOGAN.format(binary(WORDS)))
    assert "environment variable SECRET_KEY_BASE is missing.\n" in found
    assert found.endswith("'__struct__'=>x},[]})")


@pytest.mark.parametrize("end", ["", ",", "..."])
def test_a_slogan_that_was_cut(end: str) -> None:
    cut = SLOGAN.partition("{}")[0].replace("{{", "{") + binary(WORDS)[:-2] + end
    assert "SECRET_KEY_BASE is missing." in legible(f"{cut}\nnext")
    assert legible(f"{cut}\nnext").endswith("\nnext")


@pytest.mark.parametrize(
    "text", ["<<1,2,3>>", "<<1,2,3,4,5,6,7,8,9>>", "<<999,101,101,101,101,101,101,101,101>>", ""]
)
def test_what_is_no_text_stays(text: str) -> None:
    assert legible(text) == text


def test_a_secret_in_numbers_is_found_too() -> None:
    assert "hunter2hunter2" not in scrub(legible(binary("hunter2hunter2")), ("hunter2hunter2",))


@given(st.text())
def test_any_output_is_taken(text: str) -> None:
    assert isinstance(legible(text), str)
