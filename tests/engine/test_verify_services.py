"""Services beside an image, on a real engine: ready, not ready, and a database that says no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.container import ContainerSpec
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RUN_LABEL, RunScope
from imagekit.settings.load import load
from imagekit.verify.diagnose import diagnose
from imagekit.verify.expectation import Expectation, expect_from_image
from imagekit.verify.prepare import MIGRATE_SECONDS, prepare
from imagekit.verify.services.model import Preparation
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.model import AwaitEnd, Trial
from imagekit.verify.trial.together import together
from imagekit.verify.watch import Clock
from tests.engine.conftest import APPS, Ran

pytestmark = pytest.mark.engine

DEBIAN: Final = "debian:trixie-slim"
OTHERS = """
[[verify.service]]
name = "listens"
image = "debian:trixie-slim"
command = ["perl", "-MIO::Socket::INET", "-e", '''
sleep 1; my $l = IO::Socket::INET->new(LocalPort => 7000, Listen => 5) or die $!;
my @kept; while (my $c = $l->accept) { push @kept, $c }
''']
port = 7000
provides = { WHERE = "{host}:{port}" }

[[verify.service]]
name = "speaks"
image = "debian:trixie-slim"
env = { PASSWORD = { generate = 16 } }
command = ["sh", "-c", "echo with $PASSWORD it is up; exec sleep 600"]
ready = { log = "it is up" }
"""
CONNECT = """
IO::Socket::INET->new(PeerAddr => $ENV{WHERE}) or die "$ENV{WHERE}: $!"; print "connected\\n"
"""
BROKEN = """
[[verify.service]]
name = "ends"
image = "debian:trixie-slim"
command = ["sh", "-c", "echo no data directory >&2; exit 3"]
port = 7000

[[verify.service]]
name = "mute"
image = "debian:trixie-slim"
command = ["sleep", "600"]
ready = { command = ["test", "-e", "/ready"] }
within = "1s"

[[verify.service]]
name = "nowhere"
image = "imagekit.test/never-made:1"
port = 7000
"""


@pytest.fixture
def scope(engine: Engine) -> Iterator[RunScope]:
    with RunScope(engine=engine, run_id=uuid4().hex[:12]) as made:
        yield made
    with engine.calls("looking for what a run left") as api:
        wanted = {"label": f"{RUN_LABEL}={made.run_id}"}
        assert api.containers(all=True, filters=wanted) == []
        assert api.networks(filters=wanted) == []


def prepared(scope: RunScope, image: str, text: str) -> tuple[Expectation, Preparation]:
    found = ImageStore(engine=scope.engine).inspect(image)
    expected = expect_from_image(found, load(text, {}, {}))
    return prepare(scope, image, expected, lambda _: None, Stopwatch())


def test_a_service_is_ready_by_its_port_or_its_output(scope: RunScope) -> None:
    expected, found = prepared(scope, DEBIAN, OTHERS)
    assert found.ready
    listens, speaks = found.services
    assert listens.ready_after is not None
    assert listens.ready_after >= 1.0
    assert "with *** it is up" in speaks.output
    asking = ContainerSpec(
        image=DEBIAN,
        command=("perl", "-MIO::Socket::INET", "-e", CONNECT),
        environment=expected.environment,
        network=expected.network,
    )
    asked = scope.start(asking)
    assert (asked.wait(60), asked.output()) == (0, "connected\n")


def test_services_that_are_not_ready_are_told_from_each_other(scope: RunScope) -> None:
    _, found = prepared(scope, DEBIAN, BROKEN)
    assert not found.ready
    ends, mute, nowhere = found.services
    assert ends.state is not None
    assert (ends.state.exit_code, ends.output.strip()) == (3, "no data directory")
    assert mute.state is not None
    assert mute.state.running
    assert mute.waited >= 1.0
    assert (nowhere.state, bool(nowhere.absent)) == (None, True)


@pytest.fixture(scope="module")
def notes(imagekit: Callable[..., Ran], engine: Engine) -> Iterator[str]:
    """The image of the fixture `notes`, built once."""
    name = f"imagekit.test/{uuid4().hex[:12]}:notes"
    ran = imagekit("build", APPS / "notes", "--tag", name, "--no-verify")
    assert ran.exit_code == 0, ran.stderr
    yield name
    ImageStore(engine=engine).remove(name)


MIGRATE: Final = "Notes.Release.migrate()"
COUNT: Final = "with {:error, error} <- Notes.Database.count(), do: raise(error)"
# What of DATABASE_URL is replaced by what, the command that then runs, and what is said of it.
REFUSALS = {
    "wrong password": ("postgres:", "postgres:x", MIGRATE, "refused the password of postgres."),
    "no such database": ("/notes", "/nuts", MIGRATE, "The database server has no database nuts."),
    "no such host": ("@db", "@dbb", MIGRATE, "There is no host dbb on its network."),
    "nobody listens": ("db:5432", "db:5433", MIGRATE, "db:5433 refused the connection: nothing"),
    "not migrated": ("/notes", "/postgres", COUNT, "The database has no table notes: it is not"),
}


def test_what_a_database_says_is_translated(scope: RunScope, notes: str) -> None:
    """One server and one image: only where it is looked for differs."""
    text = (APPS / "notes" / "imagekit.toml").read_text(encoding="utf-8")
    expected, found = prepared(scope, notes, text)
    assert [each.boot.state.exit_code for each in found.migrations] == [0, 0]
    assert "migrated to version 2" in found.migrations[0].boot.output
    assert "migrated" not in found.migrations[1].boot.output
    url = expected.environment["DATABASE_URL"]
    trials = {
        name: (
            Trial(
                name=name,
                expected=replace(expected, environment={"DATABASE_URL": url.replace(good, bad)}),
                act=AwaitEnd(seconds=MIGRATE_SECONDS),
                command=("/app/bin/notes", "eval", call),
            ),
        )
        for name, (good, bad, call, _) in REFUSALS.items()
    }
    told = together(scope, notes, trials, Clock(), Stopwatch())
    said = {
        name: diagnose(each.boot, each.trial.expected).cause or each.boot.output
        for name, (each,) in told.items()
    }
    for name, (_, _, _, words) in REFUSALS.items():
        assert words in said[name]
    assert expected.hidden
    assert not any(secret in repr((found, told)) for secret in expected.hidden)
