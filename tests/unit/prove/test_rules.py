"""Which files are edited for a rule, and what a build then says of it."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagekit.engine.events import StageResult
from imagekit.errors import InvalidValue, NothingToProve
from imagekit.plan.compose import compose
from imagekit.plan.inputs import stage_inputs
from imagekit.prove.rules import Outcome, Trial, outcome, trials
from imagekit.settings.schema.cache import CacheRule
from tests.unit.plan.projects import npm_assets, paths, project, recipe, settings

PROJECT = project(
    paths=paths(
        "README.md assets/js/app.js assets/package-lock.json assets/package.json lib/a.ex "
        "lib/page.html.heex lib/z.ex mix.exs mix.lock priv/static/logo.png"
    ),
    assets=(npm_assets(),),
)
PLAN = compose(PROJECT, settings(), recipe())
INPUTS = stage_inputs(PLAN, PROJECT)


def rule(edit: str, *must_reuse: str) -> CacheRule:
    return CacheRule(edit=edit, must_reuse=must_reuse or ("deps",))


def planned(*rules: CacheRule) -> tuple[Trial, ...]:
    return trials(rules, PLAN, INPUTS, PROJECT.paths)


def edited(edit: str) -> list[str]:
    (trial,) = planned(rule(edit))
    return [str(path) for path in trial.files]


def test_one_file_of_each_kind_is_edited() -> None:
    assert edited("lib/**") == ["lib/a.ex", "lib/page.html.heex"]
    assert edited("lib/z.ex") == ["lib/z.ex"]
    # The package files are read apart from what is built of them.
    assert edited("*.js*") == ["assets/js/app.js", "assets/package-lock.json"]


def test_what_no_stage_reads_can_be_edited_too() -> None:
    assert edited("README.md") == ["README.md"]


@pytest.mark.parametrize("edit", ["lbi/**", "priv/**", "# lib/**"])
def test_a_rule_that_edits_nothing_is_an_error(edit: str) -> None:
    with pytest.raises(NothingToProve) as raised:
        planned(rule("lib/**"), rule(edit))
    assert raised.value.edit == edit
    assert raised.value.matched == (("priv/static/logo.png",) if edit == "priv/**" else ())


def test_no_rule_is_an_error() -> None:
    with pytest.raises(NothingToProve):
        planned()


def test_a_stage_that_the_plan_does_not_have_is_named() -> None:
    with pytest.raises(InvalidValue, match="dpes") as raised:
        planned(rule("lib/**", "dpes"))
    assert raised.value.key == "cache.rule.must_reuse"
    assert raised.value.problem.endswith("perhaps you meant `deps`")


def held(*stages: tuple[str, bool], must_reuse: tuple[str, ...]) -> Outcome:
    trial = Trial(rule=rule("lib/**", *must_reuse), files=(PurePosixPath("lib/a.ex"),))
    found = (StageResult(name=name, cached=cached, seconds=0.0) for name, cached in stages)
    return outcome(trial, found, PLAN)


def test_what_was_cached_was_reused_and_our_own_scripts_are_no_stage() -> None:
    found = held(("imagekit", False), ("deps", True), ("app", False), must_reuse=("deps",))
    assert found.held
    assert (found.reused, found.ran) == (("deps",), ("app",))


def test_what_ran_or_took_no_part_was_not_reused() -> None:
    found = held(("deps", False), ("app", True), must_reuse=("deps", "app", "assets"))
    assert not found.held
    assert found.broken == ("deps", "assets")
