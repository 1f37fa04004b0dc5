"""The `imagekit.toml` of `imagekit init`: it changes nothing, and every line of it can be used."""

from __future__ import annotations

import re
from typing import Final

import pytest
import tomli

from imagekit.settings.load import keys, load
from imagekit.settings.template import template

SETTING: Final = re.compile(r"# ([a-z_.]+ = .*)")
LINES: Final = tuple(template().splitlines())
SETTINGS: Final = tuple(number for number, line in enumerate(LINES) if SETTING.match(line))
NEEDS: Final = {"hex_public_key": "hex_mirror"}
"""Settings that mean nothing without another."""


def key(number: int) -> str:
    return LINES[number].removeprefix("# ").split(" =", maxsplit=1)[0]


def uncommented(*numbers: int) -> str:
    return "\n".join(
        SETTING.sub(r"\1", line) if number in numbers else line for number, line in enumerate(LINES)
    )


def test_it_sets_nothing() -> None:
    assert load(template(), {}, {}) == load(None, {}, {})


@pytest.mark.parametrize("number", SETTINGS, ids=key)
def test_each_line_can_be_used_alone(number: int) -> None:
    needed = tuple(n for n in SETTINGS if NEEDS.get(key(number)) == key(n))
    settings = load(uncommented(number, *needed), {}, {})
    assert len(settings.sources) == 1 + len(needed)


def test_all_lines_can_be_used_together() -> None:
    assert load(uncommented(*SETTINGS), {}, {}).sources


def test_it_lists_every_key_of_the_schema() -> None:
    settings = load(uncommented(*SETTINGS), {}, {})
    assert set(settings.sources) == {key for key, _ in keys()}


def test_the_defaults_it_shows_are_the_defaults() -> None:
    shown = tomli.loads(uncommented(*SETTINGS))["verify"]["budget"]
    same = {key: value for key, value in shown.items() if key in ("boot", "stop", "memory")}
    values = load(None, {}, {}).values.verify.budget
    asked = load("\n".join(f'verify.budget.{k} = "{v}"' for k, v in same.items()), {}, {})
    assert asked.values.verify.budget == values


def test_its_lines_fit_a_terminal() -> None:
    assert max(len(line) for line in LINES) <= 100
