"""The policy of a recipe, and that each term of it can be switched off."""

from __future__ import annotations

from typing import Any

import pytest

from imagekit.plan.policy import environment_of
from imagekit.recipe.schema import Policy
from tests.unit.plan.projects import recipe

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
