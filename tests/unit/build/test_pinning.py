"""Pins are added where they lack, and moved only when that is asked for."""

from __future__ import annotations

from imagekit.build.pinning import pin
from imagekit.engine.registry import Registry
from imagekit.pins import Pins
from tests.unit.engine.fakes import FakeApi, engine

OLD, NEW = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
REFERENCES = ("debian:trixie-slim", "node:22-trixie-slim", f"own/base:1@{OLD}")


def registry() -> FakeApi:
    return FakeApi(inspect_distribution={"Descriptor": {"digest": NEW}})


def asked(api: FakeApi) -> Registry:
    return Registry(engine=engine(api))


def test_what_is_there_stays_and_is_not_asked_for() -> None:
    api = registry()
    before = Pins(digests={"debian:trixie-slim": OLD, "alpine:3.22": OLD})
    done = pin(asked(api), before, REFERENCES, update=False)
    assert done.pins.digests == {**before.digests, "node:22-trixie-slim": NEW}
    assert (done.added, done.moved, done.removed) == (("node:22-trixie-slim",), (), ())
    assert api.called("inspect_distribution") == [("node:22-trixie-slim",)]


def test_an_update_moves_all_and_drops_what_nothing_uses() -> None:
    before = Pins(digests={"debian:trixie-slim": OLD, "alpine:3.22": OLD})
    done = pin(asked(registry()), before, REFERENCES, update=True)
    assert done.pins.digests == {"debian:trixie-slim": NEW, "node:22-trixie-slim": NEW}
    assert done.moved == ("debian:trixie-slim",)
    assert done.added == ("node:22-trixie-slim",)
    assert done.removed == ("alpine:3.22",)


def test_an_update_to_the_same_moves_nothing() -> None:
    before = Pins(digests={"debian:trixie-slim": NEW, "node:22-trixie-slim": NEW})
    done = pin(asked(registry()), before, REFERENCES, update=True)
    assert (done.pins, done.moved, done.added, done.removed) == (before, (), (), ())
