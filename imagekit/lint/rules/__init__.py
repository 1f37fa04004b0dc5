"""The rules: one file each, `ik101_single_stage.py`, with a `RULE` in it; found, not listed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from imagekit.lint.model import Rule

_MODULE: Final = re.compile(r"ik[0-9]{3}_[a-z0-9_]+")


@cache
def rules() -> tuple[Rule, ...]:
    """Give every rule, by id."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("ik*.py"))
    found = (import_module(f"{__name__}.{name}").RULE for name in names if _MODULE.fullmatch(name))
    return tuple(sorted(found, key=lambda rule: rule.id))


@cache
def by_id() -> Mapping[str, Rule]:
    """Give every rule by its id."""
    return {rule.id: rule for rule in rules()}


@cache
def covered() -> Mapping[str, Rule]:
    """Give for each code of another linter the rule that judges it too."""
    return {code: rule for rule in rules() for code in rule.covers}
