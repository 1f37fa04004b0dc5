"""`[lint]`: severities, rules that are off, and where; what is off is shown."""

from __future__ import annotations

import pytest

from imagekit.errors import InvalidValue, UnknownKey
from imagekit.lint.model import Severity
from imagekit.lint.policy import Off, Policy
from imagekit.settings.load import load

from .checking import found, lint

SINGLE = "FROM elixir:1.18\nRUN mix release\n"


def policy(toml: str, root: str = ".") -> Policy:
    return Policy.of(load(toml, {}, {}).values.lint, root)


def test_a_severity_is_changed() -> None:
    given = policy('[lint]\nseverity = { IK101 = "info" }')
    report = lint(SINGLE, levels=given.levels)
    assert [each.severity for each in found(report, "IK101")] == [Severity.INFO]
    assert "IK101" not in {each.rule for each in report.failing}


def test_a_rule_is_off_and_visible() -> None:
    given = policy('[lint]\nseverity = { IK101 = "off", DL3006 = "off" }')
    report = lint(SINGLE, levels=given.levels)
    assert found(report, "IK101") == []
    assert report.disabled == (Off(rule="DL3006"), Off(rule="IK101"))


@pytest.mark.parametrize(
    ("pattern", "root", "file", "off"),
    [
        ("deploy/**", ".", "deploy/Dockerfile", True),
        ("deploy/", ".", "deploy/a/Dockerfile", True),
        ("*.Dockerfile", ".", "x/web.Dockerfile", True),
        ("/Dockerfile", ".", "x/Dockerfile", False),
        ("/Dockerfile", "x", "x/Dockerfile", True),
        ("Dockerfile", "apps/web", "apps/web/Dockerfile", True),
    ],
)
def test_a_rule_is_off_for_some_files(pattern: str, root: str, file: str, off: bool) -> None:
    given = policy(f'[lint.off]\n"{pattern}" = ["IK101"]', root)
    report = lint(SINGLE, file, root=given.root, off=given.off)
    assert bool(found(report, "IK101")) is not off
    assert report.disabled == ((Off(rule="IK101", pattern=pattern),) if off else ())


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ('[lint]\nseverity = { IK999 = "off" }', "lint.severity.IK999"),
        ('[lint.off]\n"x/**" = ["IK999"]', 'lint.off."x/**".IK999'),
    ],
)
def test_a_rule_that_does_not_exist_is_an_error(toml: str, key: str) -> None:
    with pytest.raises(UnknownKey) as raised:
        policy(toml)
    assert raised.value.key == key


@pytest.mark.parametrize(
    "toml",
    [
        '[lint]\nseverity = { IK101 = "high" }',
        '[lint]\nseverity = { "ik101!" = "off" }',
        '[lint]\nfail_on = "off"',
        '[lint.off]\n"x" = "IK101"',
    ],
)
def test_a_value_that_cannot_be_meant_is_an_error(toml: str) -> None:
    with pytest.raises(InvalidValue):
        policy(toml)


def test_what_fails_is_decided_by_the_settings() -> None:
    report = lint("FROM a\n# imagekit: off\nUSER 1\n", fail_on=Severity.WARNING)
    assert "IK001" in {each.rule for each in report.failing}
    report = lint("FROM a\n# imagekit: off\nUSER 1\n")
    assert "IK001" not in {each.rule for each in report.failing}


def test_paths_and_files_of_the_settings() -> None:
    given = policy('[lint]\nbaseline = "known.json"\nhadolint = false', "apps/shop")
    assert (given.baseline, given.hadolint) == ("apps/shop/known.json", False)
