"""The policy of a recipe, and that each term of it can be switched off."""

from __future__ import annotations

from typing import Any

import pytest

from imagekit.errors import InvalidValue, UnknownKey
from imagekit.plan.compose import compose
from imagekit.plan.model import Plan
from imagekit.plan.policy import environment_of
from imagekit.plan.steps import AssembleRelease
from imagekit.recipe.schema import Policy
from imagekit.resolved import Resolved
from imagekit.settings.load import load
from imagekit.settings.schema.runtime import PolicySettings
from tests.unit.plan.projects import project, recipe, settings

SHIPPED = recipe().runtime.policy
MIX = {
    "ERL_AFLAGS": "+Q 65536",
    "ERL_CRASH_DUMP": "/tmp/erl_crash.dump",
    "ERL_CRASH_DUMP_BYTES": "0",
    "LANG": "C.UTF-8",
    "RELEASE_TMP": "/tmp",
}
DISTILLERY = {
    **{name: value for name, value in MIX.items() if name != "RELEASE_TMP"},
    "HOME": "/tmp",
    "RELEASE_MUTABLE_DIR": "/tmp/release",
    "REPLACE_OS_VARS": "true",
}


def changed(**values: Any) -> Policy:
    """The shipped policy with some values as a TOML file would give them."""
    return Policy.model_validate({**SHIPPED.model_dump(), **values})


def test_what_the_shipped_recipes_say() -> None:
    assert environment_of(SHIPPED, "mix") == MIX
    assert environment_of(SHIPPED, "distillery") == DISTILLERY


@pytest.mark.parametrize(
    ("term", "gone"),
    [
        ("locale", {"LANG"}),
        ("crash_dump_bytes", {"ERL_CRASH_DUMP_BYTES"}),
        ("port_table", {"ERL_AFLAGS"}),
        ("temporary", {"RELEASE_TMP", "ERL_CRASH_DUMP", "RELEASE_MUTABLE_DIR", "HOME"}),
        ("expand_variables", {"REPLACE_OS_VARS"}),
    ],
)
def test_each_term_can_be_switched_off(term: str, gone: set[str]) -> None:
    policy = changed(**{term: False})
    assert set(MIX) - set(environment_of(policy, "mix")) == gone & set(MIX)
    assert set(DISTILLERY) - set(environment_of(policy, "distillery")) == gone & set(DISTILLERY)


@pytest.mark.parametrize("value", [True, 12, "many"])
def test_a_port_table_is_a_number_that_the_vm_takes_or_false(value: object) -> None:
    with pytest.raises(ValueError, match="port_table"):
        changed(port_table=value)


def test_no_crash_dump_is_not_the_same_as_otps_own() -> None:
    assert environment_of(changed(crash_dump_bytes=0), "mix")["ERL_CRASH_DUMP_BYTES"] == "0"


def planned(text: str) -> Plan:
    return compose(project(), settings(f"[runtime.policy]\n{text}\n"), recipe())


def assembled(text: str) -> AssembleRelease:
    steps = (step for stage in planned(text).stages for step in stage.steps)
    return next(step for step in steps if isinstance(step, AssembleRelease))


def test_a_project_can_say_each_term_that_a_recipe_can() -> None:
    assert set(PolicySettings.model_fields) == set(Policy.model_fields)


@pytest.mark.parametrize("term", [each for each in Policy.model_fields if "variables" not in each])
def test_a_project_switches_each_term_off_and_the_plan_says_who_did(term: str) -> None:
    found, shipped = planned(f"{term} = false"), planned("")
    assert found.policy[term] == Resolved(value=False, source="imagekit.toml")
    others = {name: each for name, each in found.policy.items() if name != term}
    assert others == {name: each for name, each in shipped.policy.items() if name != term}
    assert shipped.policy[term].source == "recipe debian"
    changed = found.contract != shipped.contract
    assert changed or assembled(f"{term} = false") != assembled("")


def test_a_term_that_is_switched_off_is_off_in_the_boot_script_too() -> None:
    off = assembled("port_table = false\ndistribution_needs_cookie = false")
    assert (off.port_table, off.distribution_needs_cookie) == (None, False)
    assert assembled("port_table = 4096").port_table == 4096


def test_the_word_of_the_project_is_in_the_environment() -> None:
    text = 'locale = "C"\ntemporary = "/scratch"\ncrash_dump_bytes = 0'
    environment = dict(planned(text).contract.environment)
    assert environment["LANG"] == "C"
    assert environment["RELEASE_TMP"] == "/scratch"
    assert environment["ERL_CRASH_DUMP"] == "/scratch/erl_crash.dump"


def test_a_variable_switches_off_too() -> None:
    given = load(None, {"IMAGEKIT_RUNTIME_POLICY_PORT_TABLE": "false"}, {})
    found = compose(project(), given, recipe()).policy["port_table"]
    expected = Resolved(value=False, source="IMAGEKIT_RUNTIME_POLICY_PORT_TABLE")
    assert found == expected


def test_a_misspelt_term_is_an_error_that_names_the_one_that_is_meant() -> None:
    with pytest.raises(UnknownKey) as refused:
        planned("port_tabel = false")
    assert "port_table" in refused.value.advice


@pytest.mark.parametrize("text", ["port_table = true", "port_table = 12", 'temporary = "tmp"'])
def test_a_value_that_no_recipe_could_have_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        planned(text)
