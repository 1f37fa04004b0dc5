"""Services beside an image, on a real engine: ready, not ready, and a database that says no."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.container import ContainerSpec
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RunScope
from imagekit.engine.sweep import RUN_LABEL
from imagekit.settings.load import load
from imagekit.verify.check import Failed, Skipped
from imagekit.verify.checks import boot_dns, cluster_replicas
from imagekit.verify.cluster import replicas
from imagekit.verify.cluster.model import ClusterFacts
from imagekit.verify.diagnose import diagnose
from imagekit.verify.expectation import Expectation, expect_from_image
from imagekit.verify.facts import BootFacts
from imagekit.verify.prepare import MIGRATE_SECONDS, prepare
from imagekit.verify.services.model import Preparation
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.model import AwaitEnd, Subject, Trial
from imagekit.verify.trial.together import together
from imagekit.verify.watch import Clock
from tests.engine.conftest import APPS, Ran, left_by

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
QUIET: Final = ContainerSpec(image=DEBIAN, command=("sleep", "600"))
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


ELSEWHERE: Final = (
    *("boot.env", "boot.port", "boot.user", "boot.memory", "boot.limits"),
    *("stop.boot", "stop.request", "commands.eval"),
)
"""Checks that other tests try, left out to save their boots."""
BESIDE: Final = ("service.ready", "commands.migrate", "boot.ready", "boot.dns")


def test_an_image_is_verified_beside_its_database_and_its_replicas(
    imagekit: Callable[..., Ran], engine: Engine, notes: str, tmp_path: Path
) -> None:
    own = (APPS / "notes" / "imagekit.toml").read_text(encoding="utf-8")
    text = own.replace("[verify]", f"[verify]\nskip = {list(ELSEWHERE)}", 1)
    (tmp_path / "imagekit.toml").write_text(text, encoding="utf-8")
    ran = imagekit("verify", notes, "--project", tmp_path, "--json")
    assert (ran.exit_code, ran.failed_checks) == (0, []), ran.stderr
    checks = {each["id"]: each for each in ran.document["verification"]["checks"]}
    wanted = (*BESIDE, "cluster.formed", "cluster.heals")
    assert {each: checks[each]["outcome"] for each in wanted} == dict.fromkeys(wanted, "passed")
    assert checks["boot.dns"]["detail"].endswith(", db")
    assert "ran twice" in checks["commands.migrate"]["detail"]
    assert left_by(engine, ran.pid) == []


APART = """
[verify]
log = "listening on"
env = { DATABASE_URL = "ecto://127.0.0.1/nowhere" }
[verify.cluster]
replicas = 2
query = "NOBODY_READS_THIS"
"""


def test_replicas_that_do_not_look_for_each_other_are_told(
    scope: RunScope, notes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "GATHER_SECONDS", 1.0)
    image = ImageStore(engine=scope.engine).inspect(notes)
    expected = expect_from_image(image, load(APART, {}, {}))
    facts = replicas.try_cluster(scope, notes, expected, lambda _: None)
    assert isinstance(facts, ClusterFacts)
    assert facts.formed is not None
    assert [each.others for each in facts.formed.sights] == [(), ()]
    found = cluster_replicas.FORMED.run(facts, expected)
    assert isinstance(found, Failed)
    assert "NOBODY_READS_THIS names all replicas by DNS" in found.problems[-1]


def test_an_image_whose_libc_asks_no_dns_is_told(
    scope: RunScope, notes: str, tmp_path: Path
) -> None:
    deaf = f"{notes}-without-dns"
    (tmp_path / "Dockerfile").write_text(
        f"FROM {notes}\nUSER root\nRUN --network=none echo 'hosts: files' >/etc/nsswitch.conf\n"
        "USER 65532:65532\n"
    )
    command = ("docker", "build", "--quiet", "--tag", deaf, str(tmp_path))
    subprocess.run(command, check=True, capture_output=True)
    images = ImageStore(engine=scope.engine)
    image = images.inspect(deaf)
    expected = expect_from_image(image, load(APART, {}, {}))
    network = scope.network("names")
    boot = BootFacts(ready_after=1.0, waited=1.0, state=scope.start(QUIET).state())
    trials = boot_dns.CHECK.trials(
        Subject(image=image, expected=expected, boot=boot, network=network)
    )
    assert not isinstance(trials, Skipped)
    told = together(scope, deaf, {"boot.dns": trials}, Clock(), Stopwatch())
    images.remove(deaf)
    found = boot_dns.CHECK.run(told["boot.dns"], expected)
    assert isinstance(found, Failed)
    assert "does not resolve ({:error, :nxdomain})" in found.problems[0]


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
