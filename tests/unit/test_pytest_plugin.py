"""The containers of a pytest session: which are booted, which again, and which are removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from imagekit.errors import EngineRefused
from imagekit.pytest_plugin import Boots, Limits

from .verify.examples import LOGGED
from .verify.test_boot import FakeContainer, Time

EXPECTED = replace(LOGGED, hidden=("s3cr3t",))


@dataclass
class FakeScope:
    """Gives containers in turn, and remembers what became of them."""

    containers: Iterator[FakeContainer | EngineRefused]
    started: list[FakeContainer] = field(default_factory=list)
    removed: list[FakeContainer] = field(default_factory=list)
    asked: int = 0

    def start(self, _: object) -> FakeContainer:
        self.asked += 1
        found = next(self.containers)
        if isinstance(found, EngineRefused):
            raise found
        self.started.append(found)
        return found

    def remove(self, container: FakeContainer) -> None:
        self.removed.append(container)


def session(*containers: FakeContainer | EngineRefused) -> tuple[Boots, FakeScope]:
    scope = FakeScope(iter(containers))
    anything: Any = scope
    return Boots(anything, "hello:dev", EXPECTED), scope


def up(**script: Any) -> FakeContainer:
    return FakeContainer(Time(), says=lambda _: "up with s3cr3t", **script)


def test_a_boot_that_failed_is_not_tried_again_and_its_container_goes() -> None:
    boots, scope = session(FakeContainer(Time(), ends_at=0.0), up())
    with boots:
        with pytest.raises(pytest.fail.Exception, match="is exited, exit code 1"):
            boots.under(Limits())
        assert scope.removed == scope.started
        with pytest.raises(pytest.fail.Exception, match="was not booted again"):
            boots.under(Limits())
        assert scope.asked == 1
        assert boots.under(Limits(pids=50)).running


def test_a_boot_that_the_engine_refused_is_not_tried_again() -> None:
    refused = EngineRefused(during="creating a container", problem="Minimum memory limit")
    boots, scope = session(refused)
    with boots:
        for _ in range(2):
            with pytest.raises(pytest.fail.Exception, match="refused creating a container: Min"):
                boots.under(Limits())
    assert scope.asked == 1


def test_one_that_has_ended_is_replaced_and_goes() -> None:
    first, second = up(), up()
    boots, scope = session(first, second)
    with boots:
        known = boots.under(Limits())
        assert boots.under(Limits()) is known
        first.ends_at = 0.0
        assert boots.under(Limits()) is not known
        assert (scope.started, scope.removed) == ([first, second], [first])


def test_logs_are_the_output_and_nothing_is_asked_for_them() -> None:
    container = up()
    boots, _ = session(container)
    with boots:
        booted = boots.under(Limits())

        def asked(*_: object) -> None:
            raise AssertionError

        container.__dict__.update(state=asked, address=asked, execute=asked)
        assert booted.logs() == "up with ***"
