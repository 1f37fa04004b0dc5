"""Whatever the file and the environment hold: settings, or an error of the catalogue."""

from __future__ import annotations

from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from imagekit.errors import ConfigurationError
from imagekit.settings.load import PREFIX, Settings, keys, load

KEYS = tuple(key for key, _ in keys())
PARTS = sorted({part for key in KEYS for part in key.split(".")} | {"generate", "jobs", "x"})
VARIABLES = tuple(f"{PREFIX}{key.upper().replace('.', '_')}" for key in KEYS)

scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.dates(),
    st.sampled_from(["30MB", "5s", "/", "debian", "image", "host", "1.18.3", "phx.digest"]),
)
names = st.one_of(
    st.sampled_from(PARTS), st.text(st.characters(codec="utf-8"), min_size=1, max_size=4)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8)


def settle(text: str, environment: dict[str, str], flags: dict[str, Any]) -> Settings | None:
    try:
        return load(text, environment, flags)
    except ConfigurationError as err:
        refused = err
    assert refused.what
    assert refused.advice
    assert refused.found is not None
    return None


@given(
    tree=st.dictionaries(names, values, max_size=5),
    environment=st.dictionaries(st.sampled_from(VARIABLES), texts, max_size=3),
    flags=st.dictionaries(st.sampled_from(["recipe", "build.network", "verify.http"]), texts),
)
def test_any_table_gives_settings_or_an_error_of_the_catalogue(
    tree: dict[str, Any], environment: dict[str, str], flags: dict[str, Any]
) -> None:
    settle(tomli_w.dumps(tree), environment, flags)


@given(st.text(max_size=40))
def test_any_text_gives_settings_or_an_error_of_the_catalogue(text: str) -> None:
    settle(text, {}, {})


@given(st.dictionaries(st.sampled_from(VARIABLES), texts))
def test_every_source_names_a_key_that_has_a_value(environment: dict[str, str]) -> None:
    settings = settle("port = 4000", environment, {})
    if settings is not None:
        assert all(settings.resolved(key) is not None for key in settings.sources)
