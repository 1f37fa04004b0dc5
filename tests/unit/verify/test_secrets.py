"""What is a secret, and that it goes out of every text."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.verify.secrets import looks_secret, random_text, scrub, secret_parts


def test_a_generated_text_has_its_length_and_differs() -> None:
    first, second = random_text(64), random_text(64)
    assert len(first) == 64
    assert first != second
    assert first.isalnum()


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("SECRET_KEY_BASE", "abcdef", True),
        ("secret_key_base", "abcdef", True),
        ("POSTGRES_PASSWORD", "123456", True),
        ("AWS_SECRET_ACCESS_KEY", "abc", True),
        ("RELEASE_COOKIE", "monster", True),
        ("STRIPE_API_KEY", "abc", True),
        ("DATABASE_URL", "ecto://u:p%40ss@h/d", True),
        ("WHATEVER", "-----BEGIN PRIVATE KEY-----", True),
        ("WHATEVER", "AKIAIOSFODNN7EXAMPLE", True),
        ("PWD", "/app", False),
        ("PHX_HOST", "localhost", False),
        ("SECRET_KEY_BASE", "", False),
        ("USE_TOKEN", "true", False),
        ("TOKEN_TTL", "3600", False),
        ("PASSWORD_FILE", "/run/secrets/x", False),
        ("KEYBOARD", "us", False),
        ("BROKEN_URL", "http://[::1", False),
    ],
)
def test_looks_secret(name: str, value: str, secret: bool) -> None:
    assert looks_secret(name, value) is secret


def test_the_password_of_a_url_is_a_secret_of_its_own() -> None:
    parts = secret_parts({"DATABASE_URL": "ecto://app:p%40ssw0rd@db/app", "LANG": "C.UTF-8"})
    assert parts == ("p@ssw0rd", "p%40ssw0rd")
    spelled = secret_parts({"DATABASE_URL": "ecto://app:p%2fssw0rd@db/notes"})
    assert scrub("notes of ecto://app:p%2fssw0rd@db/notes", spelled) == (
        "notes of ecto://app:***@db/notes"
    )


ALPHANUMERIC = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789", min_size=8, max_size=80)


@given(st.text(), st.text(min_size=4), st.text())
def test_a_secret_never_stays_in_a_text(before: str, secret: str, after: str) -> None:
    found = scrub(before + secret + after, (secret,))
    assert secret not in found or secret in "***"


@given(st.text(min_size=8))
def test_nor_does_it_as_json_or_a_url_write_it(secret: str) -> None:
    text = f"{json.dumps({'x': secret})} {quote(secret, safe='')}"
    found = scrub(text, (secret,))
    for form in (json.dumps(secret)[1:-1], quote(secret, safe="")):
        assert form not in found or form in "***"


@given(ALPHANUMERIC, st.integers(4, 7))
def test_nor_does_a_part_of_it_where_the_text_was_cut(secret: str, size: int) -> None:
    found = scrub(f"{secret[-size:]} ... {secret[:size]}", (secret,))
    assert found == "*** ... ***"


def test_a_longer_secret_goes_before_the_one_inside_it() -> None:
    assert scrub("x=hunter2hunter2", ("hunter2", "hunter2hunter2")) == "x=***"


def test_short_values_do_not_garble_everything() -> None:
    assert scrub("a cat", ("a", "cat")) == "a cat"
