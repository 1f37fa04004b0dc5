"""Each rule has a page and each page a rule, and what the page shows is what the rule does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from imagekit.cli.explain import PAGES
from imagekit.lint.fix import fixed
from imagekit.lint.model import Finding, Rule
from imagekit.lint.outcome import Report
from imagekit.lint.rules import by_id, rules

from .checking import found, lint, lint_project

RULE_PAGES = sorted(PAGES.glob("rules/*.md"))
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

each_rule = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)


@dataclass(frozen=True, kw_only=True)
class Example:
    """One block of a page, or all blocks of one project."""

    files: dict[str, str]

    def lint(self, rule: Rule) -> Report:
        if rule.project is not None:
            return lint_project(self.files)
        ((name, text),) = self.files.items()
        return lint(text, name)


def page(rule: Rule) -> str:
    return (PAGES / "rules" / f"{rule.id}.md").read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {name: rest for name, _, rest in (part.partition("\n") for part in parts)}


def examples(rule: Rule, section: str) -> list[Example]:
    blocks = list(_blocks(sections(page(rule))[section]))
    if rule.project is None:
        return [Example(files={name: text}) for name, text in blocks]
    projects: list[dict[str, str]] = []
    for name, text in blocks:
        if not projects or name in projects[-1]:
            projects.append({})
        projects[-1][name] = text
    return [Example(files=files) for files in projects]


def _blocks(section: str) -> Iterator[tuple[str, str]]:
    for match in _FENCE.finditer(section):
        words = match["info"].split()
        assert len(words) == 2, f"a block says its language and a file name: {match['info']!r}"
        yield words[1], match["text"]


def shown(finding: Finding) -> str:
    return f"{finding.severity.value}  {finding.rule}  {finding.message}"


def test_each_rule_has_a_page_and_each_page_a_rule() -> None:
    assert {path.stem for path in RULE_PAGES} == set(by_id())


@each_rule
def test_a_page_has_its_five_parts(rule: Rule) -> None:
    text = page(rule)
    assert text.split("\n", 1)[0] == f"# {rule.id}: {rule.summary}"
    parts = sections(text)
    assert list(parts) == ["Output", "What it says", "Why", "Bad", "Good"]
    assert all(part.strip() for part in parts.values())


@each_rule
def test_the_bad_examples_trigger_and_the_first_is_shown(rule: Rule) -> None:
    bad = [found(example.lint(rule), rule.id) for example in examples(rule, "Bad")]
    assert bad
    assert all(bad)
    output = _FENCE.search(sections(page(rule))["Output"])
    assert output is not None
    assert output["text"].strip() == shown(bad[0][0])


@each_rule
def test_the_good_examples_do_not(rule: Rule) -> None:
    good = [found(example.lint(rule), rule.id) for example in examples(rule, "Good")]
    assert good
    assert not any(good)


@each_rule
def test_a_bad_example_is_silent_once_it_is_fixed(rule: Rule) -> None:
    for example in examples(rule, "Bad"):
        report = example.lint(rule)
        mine = [each for each in found(report, rule.id) if each.fix is not None]
        if rule.project is not None or not mine:
            continue
        ((name, text),) = example.files.items()
        again = lint(fixed(text, mine), name)
        assert all(each.fix is None for each in found(again, rule.id))
        assert not again.unreadable
