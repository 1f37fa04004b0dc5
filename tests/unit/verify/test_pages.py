"""Every check has a page, every page a check, and pages have the same parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import imagekit
from imagekit.verify.checks import CHECKS

PAGES = Path(imagekit.__file__).parent / "pages" / "checks"
PARTS = ["Output", "What it says", "Why", "Bad", "Good"]
TITLES = {check.id: check.title for check in CHECKS}


def test_every_check_has_a_page_and_every_page_a_check() -> None:
    assert sorted(path.stem for path in PAGES.iterdir()) == sorted(TITLES)


def test_ids_are_used_once() -> None:
    assert len(TITLES) == len(CHECKS)


@pytest.mark.parametrize("check", TITLES)
def test_a_page_has_its_parts(check: str) -> None:
    text = (PAGES / f"{check}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {check}: {TITLES[check]}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == PARTS
    parts = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]
    assert all(part.strip() for part in parts)
    assert check in parts[0]


@pytest.mark.parametrize("check", TITLES)
def test_the_id_says_what_the_check_needs(check: str) -> None:
    needs = next(each.needs for each in CHECKS if each.id == check)
    group = check.partition(".")[0]
    groups = {
        "config": {"config"},
        "size": {"config"},
        "files": {"files"},
        "boot": {"boot", "trials"},
        "stop": {"trials"},
        "commands": {"trials", "preparation"},
        "service": {"preparation"},
        "cluster": {"cluster"},
        "structure": {"structure"},
    }
    assert needs in groups[group]
