"""The policy in force, and the environment that it means for a release. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from imagekit.project.model import ReleaseTool
from imagekit.recipe.schema import Policy, Recipe
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings

_CRASH_DUMP: Final = "erl_crash.dump"
_MUTABLE: Final = "release"


def resolve_policy(recipe: Recipe, settings: Settings) -> dict[str, Resolved[str | int]]:
    """Give each term with its source: the project's own word, else the recipe's."""
    return {
        term: settings.resolved(f"runtime.policy.{term}")
        or Resolved(
            value=_plain(getattr(recipe.runtime.policy, term)), source=f"recipe {recipe.name}"
        )
        for term in Policy.model_fields
    }


def in_force(recipe: Recipe, terms: Mapping[str, Resolved[str | int]]) -> Recipe:
    """Give the recipe with these terms as its policy."""
    policy = Policy.model_validate({term: each.value for term, each in terms.items()})
    runtime = recipe.runtime.model_copy(update={"policy": policy})
    return recipe.model_copy(update={"runtime": runtime})


def _plain(value: str | int | PurePosixPath) -> str | int:
    return str(value) if isinstance(value, PurePosixPath) else value


def environment_of(policy: Policy, tool: ReleaseTool) -> dict[str, str]:
    """Give the variables that the policy means for a release of this tool.

    `port_table` is here for whoever runs the VM by hand; releases get it in their boot
    script too (`scripts/seal`), because an `env.sh` may replace the variable.
    """
    values: dict[str, str] = {}
    if policy.locale is not False:
        values["LANG"] = policy.locale
    if policy.crash_dump_bytes is not False:
        values["ERL_CRASH_DUMP_BYTES"] = str(policy.crash_dump_bytes)
    if policy.port_table is not False:
        values["ERL_AFLAGS"] = f"+Q {policy.port_table}"
    if policy.temporary is not False:
        # The working directory, where OTP would put it, is read-only.
        values["ERL_CRASH_DUMP"] = str(policy.temporary / _CRASH_DUMP)
        if tool == "mix":
            values["RELEASE_TMP"] = str(policy.temporary)
        else:
            # It writes its configuration anew at every boot, and `ping` a cookie file.
            values["RELEASE_MUTABLE_DIR"] = str(policy.temporary / _MUTABLE)
            values["HOME"] = str(policy.temporary)
    if tool == "distillery" and policy.expand_variables:
        values["REPLACE_OS_VARS"] = "true"
    return values
