"""Which Distillery works under which Elixir, and what its task is called."""

from __future__ import annotations

from typing import Any

import pytest

from imagekit.errors import DistilleryDoesNotFit
from imagekit.plan.tools import distillery_task
from imagekit.resolved import Maybe, Resolved, Unknown
from tests.unit.plan.projects import dependency, project, said

KEPT: Maybe[bool] = Resolved(value=False, source="mix.exs:9")
UNTOLD: Maybe[bool] = Unknown(reason="it is a call", source="mix.exs:9")


def task(version: str | None, elixir: str, **changes: Any) -> str:
    locked = said(version) if version else Unknown(reason="not locked", source="mix.exs")
    own = dependency("distillery", version=locked, requirement="~> 2.0")
    return distillery_task(project(dependencies=(own,), **changes), elixir)


@pytest.mark.parametrize(
    ("version", "elixir", "pruned", "name"),
    [
        ("2.0.14", "1.8.2", None, "release"),
        (None, "1.8.2", None, "release"),
        ("2.1.1", "1.14.0", None, "distillery.release"),
        ("2.1.1", "1.18.3", KEPT, "distillery.release"),
        ("2.1.1", "1.18.3-otp-27", UNTOLD, "distillery.release"),
    ],
)
def test_a_pair_that_works_has_a_task(
    version: str | None, elixir: str, pruned: Maybe[bool] | None, name: str
) -> None:
    changes = {} if pruned is None else {"prune_code_paths": pruned}
    assert task(version, elixir, **changes) == name


@pytest.mark.parametrize(
    ("version", "elixir", "way_out"),
    [
        ("1.5.5", "1.8.2", "~> 2.1"),
        ("2.0.14", "1.9.0", "~> 2.1"),
        (None, "1.18.3", "~> 2.1"),
        ("2.1.1", "1.15.0", "prune_code_paths: false"),
        ("2.1.1", "1.18", "prune_code_paths: false"),
    ],
)
def test_a_pair_that_cannot_work_is_refused_with_the_way_out(
    version: str | None, elixir: str, way_out: str
) -> None:
    with pytest.raises(DistilleryDoesNotFit) as refused:
        task(version, elixir)
    assert way_out in refused.value.advice
    assert refused.value.exit_code == 3
