"""What holds for every rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imagekit.lint import rules as package
from imagekit.lint.model import GROUPS
from imagekit.lint.rules import by_id, covered, rules

FOLDER = Path(package.__file__).parent
LOOKS = ("dockerfile", "compose", "manifest", "elixir", "settings", "project")
CODES = re.compile(r"(DL|SC)\d{4}|[A-Z][A-Za-z]+")
LONGEST = 100

each_rule = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)


def test_every_file_is_a_rule() -> None:
    files = {path.stem for path in FOLDER.glob("ik[0-9][0-9][0-9]_*.py")}
    named = {f"{rule.id.lower()}_{rule.name.replace('-', '_')}" for rule in rules()}
    assert files == named


def test_ids_and_names_are_told_apart() -> None:
    assert (
        len({rule.id for rule in rules()}) == len({rule.name for rule in rules()}) == len(rules())
    )
    assert [rule.id for rule in rules()] == sorted(by_id())


def test_a_code_of_another_linter_is_covered_once() -> None:
    assert len(covered()) == sum(len(rule.covers) for rule in rules())


@each_rule
def test_a_rule_is_whole(rule: package.Rule) -> None:
    assert re.fullmatch(r"IK\d{3}", rule.id)
    assert rule.id[2] in GROUPS
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert re.fullmatch(r"[A-Z`/].*[^.\s]", rule.summary)
    assert len(rule.summary) <= LONGEST
    assert all(CODES.fullmatch(code) for code in rule.covers)
    looks = [name for name in LOOKS if getattr(rule, name) is not None]
    assert bool(looks) is (rule.group != GROUPS["0"])
