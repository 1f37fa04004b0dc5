"""Images made for one fault each: what a verification says of them, on a real engine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.scope import RunScope
from imagekit.engine.sweep import RUN_LABEL
from imagekit.errors import EngineError, ImageNotFound
from imagekit.image import Image
from imagekit.settings.load import load
from imagekit.verify.boot import boot
from imagekit.verify.check import BootCheck, Failed, Passed, Skipped, TrialCheck, Verdict
from imagekit.verify.checks import CHECKS
from imagekit.verify.expectation import expect_from_image
from imagekit.verify.model import Outcome, VerificationReport, VerifyEvent
from imagekit.verify.run import verify
from imagekit.verify.timing import Stopwatch
from imagekit.verify.trial.model import StopAfter, Subject, Trial
from imagekit.verify.trial.together import together
from imagekit.verify.watch import Clock

pytestmark = pytest.mark.engine

# perl-base is in Debian slim; as the first process it ignores signals that it does not handle.
APP = r"""
use strict; use IO::Socket::INET; $| = 1;
my $mode = shift @ARGV;
print "secret is $ENV{SECRET_KEY_BASE}\n";
if ($mode eq 'dies') { print STDERR "environment variable DATABASE_URL is missing.\n"; exit 1 }
if ($mode eq 'writes') {
    open(my $file, '>', '/var/state') or do { print STDERR "/var/state: $!\n"; exit 1 };
}
my ($busy, $leaving) = (0, 0);
$SIG{TERM} = sub { $leaving = 1; return if $mode eq 'drains' && $busy; print "bye\n"; exit 0 }
    unless $mode eq 'deaf';
my ($ballast, $asked) = ('', 0);
if ($mode eq 'mute') { sleep 1 while 1 }
if ($mode eq 'zombie') { if (fork == 0) { exit 0 } sleep 1 }
my $listener = IO::Socket::INET->new(LocalPort => 4000, Listen => 16, ReuseAddr => 1) or die $!;
while (1) {
    my $client = $listener->accept or next;
    if ($mode eq 'ssh') { print $client "SSH-2.0-Nothing\r\n"; close $client; next }
    my $request = '';
    while (my $line = <$client>) { $request .= $line; last if $line =~ /^\r?\n$/ }
    vec($ballast, 40_000_000, 8) = 1 if $mode eq 'greedy' && ++$asked == 100;
    if ($request =~ m{^GET /slow}) {
        $busy = 1;
        my $end = time + 2;
        sleep 1 while time < $end;
    }
    my $secure = $request =~ /^x-forwarded-proto: https/mi;
    if ($mode eq 'secure' && !$secure) {
        print $client "HTTP/1.1 301 M\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n";
    } elsif ($mode eq 'login') {
        print $client "HTTP/1.1 302 F\r\nLocation: /log_in\r\nContent-Length: 0\r\n\r\n";
    } else {
        print $client "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
        print $client "Content-Length: 3\r\n\r\nok\n";
    }
    close $client;
    exit 0 if $leaving;
}
"""
MODES = (
    "good",
    "dies",
    "writes",
    "deaf",
    "mute",
    "zombie",
    "secure",
    "login",
    "ssh",
    "drains",
    "greedy",
)
DOCKERFILE = """
FROM debian:trixie-slim AS base
COPY app.pl /app.pl
EXPOSE 4000
USER 65532:65532
ENTRYPOINT ["perl", "/app.pl"]
""" + "".join(f'FROM base AS {mode}\nCMD ["{mode}"]\n' for mode in MODES)
PORT = """
FROM good AS port
ENV PORT=4000
FROM base AS private
USER root
RUN --network=none chmod 600 /app.pl && chown 65532 /app.pl
USER 65532:65532
CMD ["good"]
"""
NOTHING = """
FROM scratch AS nothing
COPY app.pl /app.pl
"""
BAD = """
FROM base AS bad
USER root
ENV API_TOKEN=abcdef
COPY app.pl /app/releases/COOKIE
COPY app.pl /root/.npmrc
RUN --network=none rm /root/.npmrc && ln -s /usr/bin/perl /usr/bin/node
ENTRYPOINT perl /app.pl good
"""

Tag = Callable[[str], str]
Boot = Callable[..., dict[str, Verdict]]
SHORT = '[verify.budget]\nboot = "1500ms"\nstop = "1s"\n'


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    try:
        found = Engine.connect(os.environ)
    except EngineError as err:
        pytest.skip(f"{err.what} {err.found}")
    yield found
    found.close()


@pytest.fixture(scope="module")
def tag(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tag]:
    context: Path = tmp_path_factory.mktemp("context")
    (context / "app.pl").write_text(APP)
    (context / "Dockerfile").write_text(DOCKERFILE + PORT + NOTHING + BAD)
    name = f"imagekit-test-{uuid4().hex[:8]}"
    made: set[str] = set()

    def build(target: str) -> str:
        reference = f"{name}:{target}"
        if reference not in made:
            made.add(reference)
            command = ("docker", "build", "-q", "--target", target, "-t", reference, str(context))
            subprocess.run(command, check=True, capture_output=True)
        return reference

    yield build
    if made:
        subprocess.run(("docker", "rmi", "-f", *sorted(made)), check=True, capture_output=True)


@pytest.fixture
def run_id(engine: Engine) -> Iterator[str]:
    """Give a run's id; afterwards nothing of that run is left."""
    made = uuid4().hex[:12]
    yield made
    assert engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={made}"}) == []


@pytest.fixture(scope="module")
def image(engine: Engine, tag: Tag) -> Image:
    return ImageStore(engine=engine).inspect(tag("good"))


@pytest.fixture
def boots(engine: Engine, tag: Tag, image: Image, run_id: str) -> Boot:
    """Boot an image, without reading its layers; give what the boot's checks say."""

    def run(target: str, text: str = SHORT) -> dict[str, Verdict]:
        expected = expect_from_image(image, load(text, {}, {}), lambda length: "a" * length)
        with RunScope(engine=engine, run_id=run_id) as scope:
            facts = boot(scope, tag(target), expected, lambda _: None)
        return {
            check.id: check.run(facts, expected) for check in CHECKS if isinstance(check, BootCheck)
        }

    return run


def problem(verdict: Verdict) -> str:
    assert isinstance(verdict, Failed), verdict
    return "\n".join(verdict.problems)


def problems(report: VerificationReport) -> dict[str, str]:
    return {
        each.id: "\n".join(each.problems)
        for each in report.results
        if each.outcome is Outcome.FAILED
    }


def test_a_good_image_passes(engine: Engine, tag: Tag, run_id: str) -> None:
    settings = load(None, {}, {})
    events: list[VerifyEvent] = []
    with RunScope(engine=engine, run_id=run_id) as scope:
        report = verify(
            engine,
            tag("good"),
            lambda image: expect_from_image(image, settings),
            scope,
            events.append,
        )
    assert report.failed == ()
    assert report.passed
    results = {each.id: each for each in report.results}
    assert results["boot.ready"].detail.startswith("GET / answered 200 after")
    assert 0 < results["boot.ready"].seconds < 10
    assert "exit code 0" in results["boot.stop"].detail
    assert "no zombie" in results["boot.clean"].detail
    kinds = [type(event).__name__ for event in events]
    assert kinds == ["Booting", "Ready", "Trying", *["Checked"] * len(report.results)]


def test_everything_wrong_at_once(engine: Engine, tag: Tag, image: Image, run_id: str) -> None:
    # What is expected is known before: the layers are read while the container stops.
    expected = expect_from_image(image, load(SHORT, {}, {}))
    with RunScope(engine=engine, run_id=run_id) as scope:
        report = verify(engine, tag("bad"), expected, scope, lambda _: None)
    told = problems(report)
    assert not report.passed
    assert "USER root is a name" in told["config.user"]
    assert "shell form" in told["config.entry"]
    assert "API_TOKEN" in told["config.environment"]
    assert "/usr/bin/node" in told["files.toolchain"]
    assert "/app/releases/COOKIE" in told["files.cookie"]
    assert "/root/.npmrc (in layer " in told["files.secrets"]


def test_one_with_nothing_to_start(engine: Engine, tag: Tag, run_id: str) -> None:
    settings = load(None, {}, {})
    with RunScope(engine=engine, run_id=run_id) as scope:
        report = verify(
            engine,
            tag("nothing"),
            lambda found: expect_from_image(found, settings),
            scope,
            lambda _: None,
        )
    told = problems(report)
    assert "there is nothing to start" in told["config.entry"]
    assert told["boot.ready"].startswith("The engine refused creating a container: ")


def test_one_that_never_listens(boots: Boot) -> None:
    found = boots("mute")
    assert "Port 4000 was never opened within 1." in problem(found["boot.ready"])
    assert "The port is that of EXPOSE of " in problem(found["boot.ready"])
    assert isinstance(found["boot.stop"], Skipped)


def test_one_that_exits_at_boot(boots: Boot) -> None:
    begun = time.monotonic()
    told = problem(boots("dies", "")["boot.ready"])
    assert "The environment variable DATABASE_URL is missing." in told
    assert "exit code 1" in told
    # Not after the budget of 30 s.
    assert time.monotonic() - begun < 15


def test_one_that_ignores_its_signal(boots: Boot) -> None:
    found = boots("deaf")
    assert isinstance(found["boot.ready"], Passed)
    assert "still running 1 s after SIGTERM" in problem(found["boot.stop"])


def test_one_that_writes_to_its_root(boots: Boot) -> None:
    told = problem(boots("writes")["boot.ready"])
    assert "It wants to write to the root file system (/var/state), which is read-only." in told


def test_where_the_pod_has_a_volume_it_writes_and_the_volume_goes(
    boots: Boot, engine: Engine
) -> None:
    def in_memory() -> set[str]:
        found = engine.api.volumes()["Volumes"] or ()
        return {each["Name"] for each in found if (each["Options"] or {}).get("type") == "tmpfs"}

    before = in_memory()
    found = boots("writes", f'{SHORT}[verify]\nwritable = ["/var"]\n')
    assert isinstance(found["boot.ready"], Passed)
    assert in_memory() <= before


def test_one_that_leaves_zombies(boots: Boot) -> None:
    told = problem(boots("zombie", "")["boot.clean"])
    assert "zombies, ended and never reaped: perl" in told


def test_one_that_forces_https(boots: Boot) -> None:
    found = boots("secure")
    assert isinstance(found["boot.ready"], Passed)
    assert "with X-Forwarded-Proto: https (it forces TLS)" in found["boot.ready"].detail
    assert isinstance(found["boot.http"], Passed)


def test_one_that_redirects_to_a_login(boots: Boot) -> None:
    found = boots("login")
    assert "GET / answered 302 to /log_in, and only 200" in problem(found["boot.ready"])
    assert "answered 302 to /log_in" in problem(found["boot.http"])


def test_a_redirect_may_be_what_is_asked_for(boots: Boot) -> None:
    found = boots(
        "login", '[verify.answer]\nstatus = [200, 302]\nheaders = { location = "/log_" }\n'
    )
    assert isinstance(found["boot.ready"], Passed)
    assert "GET / answered 302" in found["boot.ready"].detail
    assert isinstance(found["boot.http"], Passed)


def test_one_that_speaks_no_http(boots: Boot) -> None:
    told = problem(boots("ssh")["boot.ready"])
    assert "Port 4000 is open, but what it says is not HTTP: b'SSH-2.0-Nothing" in told


def test_readiness_by_a_log_line(boots: Boot) -> None:
    found = boots("good", '[verify]\nlog = "secret is"\n')
    assert isinstance(found["boot.ready"], Passed)
    assert "the output said 'secret is'" in found["boot.ready"].detail


def test_a_generated_secret_is_given_and_not_shown(boots: Boot) -> None:
    found = boots("good", f'[verify]\nlog = "never said"\n{SHORT}')
    assert "secret is ***" in problem(found["boot.ready"])
    assert "aaaa" not in repr(found)


def test_an_image_that_is_not_there(engine: Engine) -> None:
    settings = load(None, {}, {})
    with RunScope(engine=engine, run_id=uuid4().hex[:12]) as scope, pytest.raises(ImageNotFound):
        verify(
            engine,
            "imagekit-test:not-there",
            lambda image: expect_from_image(image, settings),
            scope,
            lambda _: None,
        )


def tried(
    engine: Engine, tag: Tag, run_id: str, target: str, check: str, text: str = SHORT
) -> Verdict:
    """Make the further boots of one check, and give what it says."""
    found = next(each for each in CHECKS if isinstance(each, TrialCheck) and each.id == check)
    made = ImageStore(engine=engine).inspect(tag(target))
    expected = expect_from_image(made, load(text, {}, {}))
    with RunScope(engine=engine, run_id=run_id) as scope:
        facts = boot(scope, tag(target), expected, lambda _: None)
        trials = found.trials(Subject(image=made, expected=expected, boot=facts))
        assert not isinstance(trials, Skipped), trials
        told = together(scope, tag(target), {check: trials}, Clock(), Stopwatch())
        # Not only when the run ends: each holds memory.
        assert engine.api.containers(all=True, filters={"label": f"{RUN_LABEL}={run_id}"})[1:] == []
    return found.run(told[check], expected)


def test_one_whose_port_is_fixed(engine: Engine, tag: Tag, run_id: str) -> None:
    told = problem(tried(engine, tag, run_id, "port", "boot.port"))
    assert "with PORT=4001 nothing was ready there" in told


def test_one_that_only_its_user_may_run(engine: Engine, tag: Tag, run_id: str) -> None:
    told = problem(tried(engine, tag, run_id, "private", "boot.user"))
    assert "as user 1000660000:0, without a home, it does not become ready" in told
    assert "(permission denied)" in told


SLOW = '[verify]\nslow = "/slow"\n[verify.budget]\nboot = "3s"\nstop = "4s"\n'


def test_one_that_answers_what_is_in_flight(engine: Engine, tag: Tag, run_id: str) -> None:
    found = tried(engine, tag, run_id, "drains", "stop.request", SLOW)
    assert isinstance(found, Passed), found
    assert "the answer came whole, exit code 0" in found.detail


def test_one_that_drops_what_is_in_flight(engine: Engine, tag: Tag, run_id: str) -> None:
    told = problem(tried(engine, tag, run_id, "good", "stop.request", SLOW))
    assert "the request in flight was dropped" in told


def test_one_without_the_websocket_that_is_asked_for(engine: Engine, tag: Tag, run_id: str) -> None:
    asked = f'[verify]\nwebsocket = "/live"\n{SHORT}'
    told = problem(tried(engine, tag, run_id, "good", "stop.websocket", asked))
    assert told.startswith("there is no WebSocket on /live: the upgrade was answered with ")


def test_one_that_takes_much_memory(engine: Engine, tag: Tag, run_id: str) -> None:
    little = f'{SHORT}memory = "32MiB"\n'
    told = problem(tried(engine, tag, run_id, "greedy", "boot.memory", little))
    assert "after 200 requests, over the budget of 33.6 MB" in told


def test_one_that_loses_a_signal_while_it_boots(engine: Engine, tag: Tag, run_id: str) -> None:
    found = tried(engine, tag, run_id, "deaf", "stop.boot")
    assert isinstance(found, Skipped | Failed)
    told = found.reason if isinstance(found, Skipped) else found.detail
    assert "did not end it: still running 1 s later" in told


def test_an_interrupted_run_starts_no_more(engine: Engine, tag: Tag, run_id: str) -> None:
    made = ImageStore(engine=engine).inspect(tag("good"))
    expected = expect_from_image(made, load(SHORT, {}, {}))
    endless = tuple(
        Trial(name=str(number), expected=expected, act=StopAfter(seconds=60)) for number in range(9)
    )

    class Impatient:
        def result(self) -> None:
            raise KeyboardInterrupt

    reference = tag("good")
    with pytest.MonkeyPatch.context() as patch, RunScope(engine=engine, run_id=run_id) as scope:
        patch.setattr("imagekit.verify.trial.together.Future.result", Impatient.result)
        with pytest.raises(KeyboardInterrupt):
            together(scope, reference, {"x": endless}, Clock(), Stopwatch())
    time.sleep(1.0)


def test_quick_boots_once_and_a_switched_off_check_is_shown(
    engine: Engine, tag: Tag, run_id: str
) -> None:
    settings = load('[verify]\nskip = ["boot.http"]\n', {}, {})
    with RunScope(engine=engine, run_id=run_id) as scope:
        report = verify(
            engine,
            tag("good"),
            lambda image: replace(expect_from_image(image, settings), quick=True),
            scope,
            lambda _: None,
        )
    assert report.passed
    told = {each.id: each.detail for each in report.results if each.outcome is Outcome.SKIPPED}
    assert told["boot.http"] == "switched off in imagekit.toml"
    assert told["boot.user"] == "left out by --quick"
    assert [each.part for each in report.timings] == ["boot", "files", "all"]
    assert report.limits is not None
