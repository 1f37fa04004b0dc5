"""A flag wins over the environment, that over the file, and each value knows which won."""

from __future__ import annotations

from typing import Any

import pytest

from imagekit.resolved import Resolved
from imagekit.settings.load import load

FILE = 'recipe = "file"\n[build]\npackages = ["file"]\n'
ENVIRONMENT = {"IMAGEKIT_RECIPE": "environment", "IMAGEKIT_BUILD_PACKAGES": "one two"}
FLAGS = {"recipe": "flag", "build.packages": ("flag",)}


@pytest.mark.parametrize(
    ("text", "environment", "flags", "value", "source"),
    [
        (FILE, ENVIRONMENT, FLAGS, "flag", "flag --recipe"),
        (FILE, ENVIRONMENT, {"recipe": None}, "environment", "IMAGEKIT_RECIPE"),
        (FILE, {}, {"recipe": None}, "file", "imagekit.toml"),
        (None, ENVIRONMENT, {}, "environment", "IMAGEKIT_RECIPE"),
        (None, {}, FLAGS, "flag", "flag --recipe"),
    ],
    ids=["all three", "environment and file", "file", "environment", "flag"],
)
def test_the_nearest_place_to_the_user_wins(
    text: str | None, environment: dict[str, str], flags: dict[str, Any], value: str, source: str
) -> None:
    settings = load(text, environment, flags)
    assert settings.resolved("recipe") == Resolved(value=value, source=source)


def test_a_setting_in_a_table_is_replaced_whole() -> None:
    settings = load(FILE, ENVIRONMENT, {})
    assert settings.values.build.packages == ("one", "two")
    assert settings.sources["build.packages"] == "IMAGEKIT_BUILD_PACKAGES"


def test_other_settings_of_the_table_stay() -> None:
    settings = load('[build]\nnetwork = "none"\n', {"IMAGEKIT_BUILD_PACKAGES": "git"}, {})
    assert settings.values.build.network == "none"
    assert settings.sources == {
        "build.network": "imagekit.toml",
        "build.packages": "IMAGEKIT_BUILD_PACKAGES",
    }


def test_nothing_said_is_nothing_resolved() -> None:
    settings = load(None, {}, {})
    assert settings.resolved("recipe") is None
    assert settings.sources == {}


def test_a_default_is_a_value_and_has_no_source() -> None:
    settings = load("", {}, {})
    assert settings.values.verify.budget.stop == 10.0
    assert settings.resolved("verify.budget.stop") is None


def test_the_order_of_the_file_does_not_show() -> None:
    one = load('port = 1\nrecipe = "alpine"\n', {}, {})
    other = load('recipe = "alpine"\nport = 1\n', {}, {})
    assert one == other
    assert list(one.sources) == list(other.sources)


def test_a_flag_with_several_words_is_named_as_it_is_typed() -> None:
    settings = load(None, {}, {"build.runtime_packages": ("vips",)})
    assert settings.sources["build.runtime_packages"] == "flag --runtime-packages"


def test_a_flag_with_a_name_of_its_own_is_named_as_it_is_typed() -> None:
    assert load(None, {}, {"cache.reference": "a"}).sources["cache.reference"] == "flag --cache"
