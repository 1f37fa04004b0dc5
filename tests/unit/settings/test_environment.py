"""`IMAGEKIT_*`: one name a key, near misses refused, far ones somebody else's."""

from __future__ import annotations

import pytest

from imagekit.errors import InvalidValue, UnknownKey
from imagekit.settings.load import load


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [
        ("IMAGEKIT_PORT", "8080", "port", 8080),
        ("IMAGEKIT_VERIFY_HTTP", "/up", "verify.http", "/up"),
        ("IMAGEKIT_VERIFY_BUDGET_BOOT", "500ms", "verify.budget.boot", 0.5),
        ("IMAGEKIT_BUILD_RUNTIME_PACKAGES", " a  b ", "build.runtime_packages", ("a", "b")),
        ("IMAGEKIT_VERIFY_ANSWER_STATUS", "200 204", "verify.answer.status", (200, 204)),
        ("IMAGEKIT_VERIFY_LOG_REGEX", "up$", "verify.log_regex", "up$"),
        ("IMAGEKIT_BUILD_PACKAGES", "", "build.packages", ()),
        ("IMAGEKIT_ASSETS_DIGEST", "phx.digest", "assets.digest", "phx.digest"),
    ],
)
def test_a_variable_sets_its_key(name: str, text: str, key: str, value: object) -> None:
    resolved = load(None, {name: text}, {}).resolved(key)
    assert resolved is not None
    assert (resolved.value, resolved.source) == (value, name)


@pytest.mark.parametrize("name", ["IMAGEKIT_RECIPE", "IMAGEKIT_PORT", "IMAGEKIT_RELEASE"])
def test_an_empty_variable_is_not_set(name: str) -> None:
    settings = load("port = 1\n", {name: ""}, {})
    assert settings.sources == {"port": "imagekit.toml"}


def test_a_variable_can_say_false() -> None:
    settings = load(None, {"IMAGEKIT_ASSETS_DIGEST": "false"}, {})
    assert settings.values.assets.digest is False


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IMAGEKIT_RECIPIE", "IMAGEKIT_RECIPE"),
        ("IMAGEKIT_NETWORK_HEXMIRROR", "IMAGEKIT_NETWORK_HEX_MIRROR"),
        ("IMAGEKIT_BUILD_PACKAGE", "IMAGEKIT_BUILD_PACKAGES"),
    ],
)
def test_a_near_miss_is_refused_with_the_name_that_was_meant(name: str, meant: str) -> None:
    with pytest.raises(UnknownKey) as raised:
        load(None, {name: "any"}, {})
    assert raised.value.key == name
    assert raised.value.file == "environment"
    assert raised.value.found == ""
    assert raised.value.advice == f"Perhaps you meant `{meant}`."


@pytest.mark.parametrize("name", ["IMAGEKIT_X", "IMAGEKIT_", "IMAGEKITRECIPE", "RECIPE", "PORT"])
def test_a_far_one_is_somebody_elses(name: str) -> None:
    assert load(None, {name: "any"}, {}).sources == {}


def test_a_wrong_value_names_the_variable() -> None:
    with pytest.raises(InvalidValue) as raised:
        load("port = 1\n", {"IMAGEKIT_PORT": "many"}, {})
    assert (raised.value.file, raised.value.key) == ("IMAGEKIT_PORT", "port")
    assert raised.value.found == "value: 'many'"
