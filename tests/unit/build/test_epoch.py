"""The time of an image: from the variable, the commit, or 1970."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagekit.build.epoch import source_date_epoch
from imagekit.errors import InvalidValue
from imagekit.resolved import Resolved
from tests.unit.engine.fakes import FakeProcesses, finished

GIT = ("git", "-C")


def test_the_variable_wins_and_git_is_not_asked() -> None:
    found = source_date_epoch(FakeProcesses({}), {"SOURCE_DATE_EPOCH": "1700000000"}, Path("/p"))
    assert found == Resolved(value=1700000000, source="SOURCE_DATE_EPOCH")


def test_else_it_is_the_time_of_the_commit() -> None:
    processes = FakeProcesses({GIT: finished("1600000000\n")})
    assert source_date_epoch(processes, {"SOURCE_DATE_EPOCH": ""}, Path("/p")).value == 1600000000
    assert processes.commands == [("git", "-C", "/p", "log", "-1", "--format=%ct")]


@pytest.mark.parametrize("end", [finished(status=128), finished(status=127), finished("x")])
def test_without_a_commit_it_is_1970(end: object) -> None:
    processes = FakeProcesses({GIT: end})  # type: ignore[dict-item]
    assert source_date_epoch(processes, {}, Path("/p")).value == 0


@pytest.mark.parametrize("text", ["yesterday", "-1", "1.5", "²", "99999999999999"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        source_date_epoch(FakeProcesses({}), {"SOURCE_DATE_EPOCH": text}, Path("/p"))
