"""The wait and the stop, on a container and a clock that are made of values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import repeat

import pytest

from imagekit.engine.container import ContainerState, Process
from imagekit.errors import EngineLost
from imagekit.plan.runtime import LogReadiness, RpcReadiness
from imagekit.resolved import Resolved
from imagekit.settings.load import load
from imagekit.settings.schema.verify import AnswerSettings
from imagekit.verify.boot import limits, strict_spec
from imagekit.verify.expectation import Expectation, expect_from_image
from imagekit.verify.facts import Answer, BootFacts, NoAnswer, Stop
from imagekit.verify.model import NotReady, Ready, VerificationReport, VerifyEvent
from imagekit.verify.report.circumstances import circumstances
from imagekit.verify.watch import Clock, Watch

from .examples import ALIVE, BEAM, EXPECTED, IMAGE, LOGGED, OK, RUNNING, budget, ended

CLOSED = NoAnswer(kind="closed", problem="closed")
STARTED = 1_000_000.0
TO_HTTPS = replace(OK, status=301, headers=(("location", "https://localhost/healthz"),))


@dataclass
class Time:
    """Seconds since the container's start; each look takes a little."""

    now: float = 0.1
    pauses: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self, *, engine_ahead: float = 0.0) -> Clock:
        return Clock(
            monotonic=lambda: 500 + self.now,
            wall=lambda: STARTED + self.now - engine_ahead,
            sleep=self.sleep,
        )


@dataclass
class FakeContainer:
    """Follows a script: what it is at a moment."""

    time: Time
    ends_at: float = float("inf")
    exit_code: int = 1
    says: Callable[[float], str] = lambda _: ""
    rpc: Callable[[float, str], tuple[int | None, str]] = lambda _now, _code: (0, "")
    runs: tuple[Process, ...] = (BEAM,)
    listings: Iterator[tuple[int | None, str]] = field(default_factory=lambda: repeat((0, "")))
    stop_seconds: float = 1.0
    stop_code: int | None = 0
    changed: tuple[str, ...] = ()
    signals: list[str] = field(default_factory=list)
    has_address: bool = True

    def state(self) -> ContainerState:
        started = datetime.fromtimestamp(STARTED, UTC).isoformat()
        base = replace(RUNNING, started_at=started)
        if self.time.now < self.ends_at:
            return base
        return replace(ended(self.exit_code), started_at=started)

    def address(self, port: int) -> tuple[str, int]:
        assert port == 4000
        if not self.has_address:
            raise EngineLost(during="asking for a published port", problem="not published")
        return "127.0.0.1", 49153

    def output(self) -> str:
        return self.says(self.time.now)

    def signal(self, name: str) -> None:
        self.signals.append(name)

    def wait(self, timeout_seconds: float) -> int | None:
        self.time.now += min(self.stop_seconds, timeout_seconds)
        return self.stop_code if self.stop_seconds <= timeout_seconds else None

    def processes(self) -> tuple[Process, ...]:
        return self.runs

    def execute(self, argv: Iterable[str], timeout_seconds: float) -> tuple[int | None, str]:
        program, *arguments = argv
        if program != "/bin/sh":
            assert arguments[0] == "rpc"
            self.time.now += 0.7
            return self.rpc(self.time.now, arguments[1])
        return next(self.listings)

    def changes(self) -> tuple[str, ...]:
        return self.changed


@dataclass
class FakeHttp:
    """Answers by moment, and by whether the request says https."""

    time: Time
    answers: Callable[[float, bool], Answer | NoAnswer]
    asked: list[bool] = field(default_factory=list)

    def get(
        self, host: str, port: int, path: str, *, forwarded_https: bool = False
    ) -> Answer | NoAnswer:
        assert (host, port, path) == ("127.0.0.1", 49153, "/healthz")
        self.asked.append(forwarded_https)
        found = self.answers(self.time.now, forwarded_https)
        if isinstance(found, Answer):
            return replace(found, forwarded_https=forwarded_https)
        return found


def watch(
    container: FakeContainer,
    expected: Expectation = EXPECTED,
    answers: Callable[[float, bool], Answer | NoAnswer] = lambda _now, _https: CLOSED,
    *,
    engine_ahead: float = 0.0,
    events: list[VerifyEvent] | None = None,
    examined: NoAnswer = CLOSED,
) -> BootFacts:
    time = container.time
    return Watch(
        container=container,
        expected=expected,
        http=FakeHttp(time, answers),
        examine=lambda _host, _port: examined,
        clock=time.clock(engine_ahead=engine_ahead),
        before=500 - 0.3,
        after=500 + time.now,
    ).observe((events if events is not None else []).append)


def after(moment: float, answer: Answer = OK) -> Callable[[float, bool], Answer | NoAnswer]:
    return lambda now, _https: answer if now >= moment else CLOSED


def test_ready_when_it_answers_200() -> None:
    container = FakeContainer(Time())
    events: list[VerifyEvent] = []
    facts = watch(container, answers=after(1.5), events=events)
    assert facts.ready_after is not None
    assert 1.5 <= facts.ready_after < 1.6
    assert facts.answer == OK
    assert facts.stop == Stop(signal="SIGTERM", seconds=pytest.approx(1.0), exit_code=0)
    assert container.signals == ["SIGTERM"]
    assert events == [Ready(seconds=facts.ready_after)]


def test_it_looks_often_at_first_and_seldom_later() -> None:
    time = Time()
    watch(FakeContainer(time), answers=after(20))
    assert time.pauses[0] == 0.025
    assert time.pauses[-1] == 0.25


def test_time_is_up() -> None:
    container = FakeContainer(Time())
    events: list[VerifyEvent] = []
    facts = watch(container, budget(boot="5s"), events=events)
    assert facts.ready_after is None
    assert 5.0 <= facts.waited < 5.3
    assert facts.silence == CLOSED
    assert facts.stop is None
    assert container.signals == []
    assert events == [NotReady(seconds=facts.waited)]


def test_the_end_of_the_container_ends_the_wait() -> None:
    facts = watch(FakeContainer(Time(), ends_at=0.8, exit_code=7))
    assert facts.ready_after is None
    assert facts.waited < 1.0
    assert facts.state.exit_code == 7


def test_a_container_that_ends_has_no_address() -> None:
    time = Time()

    class Ending(FakeContainer):
        def address(self, port: int) -> tuple[str, int]:
            self.ends_at = self.time.now
            return super().address(port)

    facts = watch(Ending(time, has_address=False))
    assert facts.state.exit_code == 1


def test_a_lost_engine_is_not_taken_for_that() -> None:
    with pytest.raises(EngineLost):
        watch(FakeContainer(Time(), has_address=False))


def test_an_error_before_it_is_ready_is_waited_out() -> None:
    busy = replace(OK, status=503)
    facts = watch(FakeContainer(Time()), answers=lambda now, _: busy if now < 2 else OK)
    assert facts.ready_after is not None
    assert facts.answer == OK


def test_https_is_claimed_once_the_app_asks_for_it() -> None:
    http = FakeHttp(Time(), lambda _now, https: OK if https else TO_HTTPS)
    container = FakeContainer(http.time)
    facts = Watch(
        container=container,
        expected=EXPECTED,
        http=http,
        examine=lambda _host, _port: CLOSED,
        clock=http.time.clock(),
        before=499.9,
        after=500.1,
    ).observe(lambda _: None)
    assert http.asked == [False, True]
    assert http.time.pauses == []
    assert facts.answer is not None
    assert facts.answer.forwarded_https
    assert facts.ready_after is not None


def test_a_redirect_elsewhere_is_never_ready() -> None:
    login = replace(OK, status=302, headers=(("location", "/log_in"),))
    facts = watch(FakeContainer(Time()), budget(boot="1s"), answers=lambda _now, _https: login)
    assert facts.ready_after is None
    assert facts.answer == login


def test_a_redirect_to_https_for_ever_is_never_ready() -> None:
    facts = watch(FakeContainer(Time()), budget(boot="1s"), answers=lambda _n, _h: TO_HTTPS)
    assert facts.ready_after is None
    assert facts.answer is not None
    assert facts.answer.forwarded_https


def test_ready_by_a_log_line() -> None:
    container = FakeContainer(Time(), says=lambda now: "..." if now < 1 else "now up\n")
    facts = watch(container, LOGGED)
    assert facts.ready_after is not None
    assert 1.0 <= facts.ready_after < 1.1


def test_a_log_line_of_a_container_that_ended_is_not_ready() -> None:
    facts = watch(FakeContainer(Time(), ends_at=0.0, says=lambda _: "up"), LOGGED)
    assert facts.ready_after is None


def test_ready_by_living_even_past_a_small_budget() -> None:
    expected = replace(ALIVE, budget=budget(boot="1s").budget)
    facts = watch(FakeContainer(Time()), expected)
    assert facts.ready_after is not None
    assert 3.0 <= facts.ready_after < 3.1


def test_a_stop_that_does_not_happen() -> None:
    container = FakeContainer(Time(), stop_seconds=60)
    facts = watch(container, answers=after(0))
    assert facts.stop == Stop(signal="SIGTERM", seconds=pytest.approx(10.0), exit_code=None)


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_another_clock_of_the_engine_does_no_harm(ahead: float) -> None:
    facts = watch(FakeContainer(Time()), answers=after(1.0), engine_ahead=ahead)
    assert facts.ready_after is not None
    # Between start call and return, whatever the engine says.
    assert 0.89 < facts.ready_after < 1.4


STAT = "1 (beam.smp) S 0 1 1\n"
ZOMBIE = f"{STAT}9 (erl) child) Z 1 1 1\n10 (sh) R 0 8 8\n"


@pytest.mark.parametrize(
    ("listings", "found"),
    [
        ([(0, STAT)], ()),
        ([(0, ZOMBIE), (0, STAT)], ()),
        ([(0, ZOMBIE), (0, ZOMBIE)], ("erl) child",)),
        ([(126, "OCI runtime exec failed")], None),
        ([(None, "")], None),
    ],
    ids=["none", "reaped a moment later", "stays", "no shell", "no answer"],
)
def test_a_zombie_is_one_that_stays(
    listings: list[tuple[int | None, str]], found: tuple[str, ...] | None
) -> None:
    facts = watch(FakeContainer(Time(), listings=iter(listings)), answers=after(0))
    assert facts.zombies == found


def test_a_port_without_answer_is_looked_at_closer_once_time_is_up() -> None:
    other = NoAnswer(kind="not-http", problem="it says SSH")
    facts = watch(FakeContainer(Time()), budget(boot="1s"), examined=other)
    assert facts.silence == other


def test_secrets_are_out_of_all_facts() -> None:
    secret = "s3cr3t-s3cr3t"
    container = FakeContainer(
        Time(),
        says=lambda _: f"token {secret}\n",
        runs=(replace(BEAM, command=f"beam -setcookie {secret}"),),
    )
    answer = replace(OK, body=f"<{secret}>", headers=(("x", secret),))
    facts = watch(container, replace(EXPECTED, hidden=(secret,)), answers=after(0, answer))
    assert secret not in repr(facts)


def test_the_boot_is_strict() -> None:
    spec = strict_spec("hello:dev", replace(EXPECTED, environment={"A": "b"}))
    assert spec.read_only
    assert (spec.cap_drop, spec.cap_add) == (("ALL",), ())
    assert spec.no_new_privileges
    assert spec.memory_bytes == 512 * 2**20
    assert spec.pids_limit
    assert list(spec.tmpfs) == ["/tmp"]
    assert spec.publish == (4000,)
    assert spec.user is None
    assert spec.environment == {"A": "b"}


def test_what_the_pod_gives_is_given_and_shown() -> None:
    text = '[verify]\nwritable = ["/srv/x"]\nread_only = false\ncapabilities = ["CHOWN"]\n'
    expected = expect_from_image(IMAGE, load(text, {}, {}))
    spec = strict_spec("hello:dev", expected)
    assert (spec.read_only, spec.cap_drop, spec.cap_add) == (False, ("ALL",), ("CHOWN",))
    assert set(spec.volatile) == {"/srv/x"}
    assert "size=64m" in spec.volatile["/srv/x"]
    report = VerificationReport(image=IMAGE, results=(), limits=limits(expected))
    shown = circumstances(report)["limits"]
    assert "writable root, without capabilities (ALL but CHOWN)" in shown
    assert "writable: /tmp, /srv/x" in shown


def test_another_status_than_200_may_be_the_ready_one() -> None:
    expected = replace(EXPECTED, answer=AnswerSettings(status=(204, 206)))
    answers = iter([replace(OK, status=200), replace(OK, status=204), OK])
    facts = watch(FakeContainer(Time()), expected, lambda _now, _https: next(answers))
    assert facts.ready_after is not None
    assert facts.answer is not None
    assert facts.answer.status == 204


def test_a_redirect_that_is_asked_for_is_not_followed_to_https() -> None:
    expected = replace(EXPECTED, answer=AnswerSettings(status=(301,)))
    http = FakeHttp(Time(), lambda _now, _https: TO_HTTPS)
    facts = watch(FakeContainer(http.time), expected, http.answers)
    assert facts.answer is not None
    assert not facts.answer.forwarded_https


@pytest.mark.parametrize(
    "wanted",
    [
        AnswerSettings(body="up"),
        AnswerSettings(headers={"X-State": "up"}),
        AnswerSettings(headers={"x-state": ""}),
    ],
)
def test_it_is_ready_when_headers_and_body_are_as_wanted(wanted: AnswerSettings) -> None:
    expected = replace(EXPECTED, answer=wanted)
    up = replace(OK, body="it is up", headers=(("x-state", "is up"),))
    facts = watch(FakeContainer(Time()), expected, lambda now, _https: up if now > 2 else OK)
    assert facts.answer == up
    assert facts.ready_after is not None
    assert facts.ready_after > 2


@pytest.mark.parametrize(
    ("output", "ready"),
    [("worker 12 ready\n", True), ("a\nworker 1 ready\nb", True), ("worker\n1 ready", False)],
)
def test_a_regular_expression_matches_within_a_line(output: str, *, ready: bool) -> None:
    wanted = LogReadiness(text=r"^worker\s\d+ ready$", regex=True)
    expected = replace(LOGGED, ready=Resolved(value=wanted, source="imagekit.toml"))
    facts = watch(FakeContainer(Time(), says=lambda _: output), expected)
    assert (facts.ready_after is not None) == ready


BY_RPC = replace(
    EXPECTED,
    ready=Resolved(value=RpcReadiness(expression="Worker.up?()"), source="imagekit.toml"),
    port=None,
    hidden=("c00kie-of-it",),
)


def test_rpc_is_asked_until_it_succeeds() -> None:
    def rpc(now: float, code: str) -> tuple[int | None, str]:
        assert "\nWorker.up?()\n" in code
        return (1, "could not contact c00kie-of-it") if now < 3 else (0, "")

    facts = watch(FakeContainer(Time(), rpc=rpc), BY_RPC)
    assert facts.ready_after is not None
    assert 3 <= facts.ready_after < 5
    assert facts.rpc is not None
    assert facts.rpc.code == 0


def test_an_rpc_that_never_succeeds_is_told_without_the_cookie() -> None:
    facts = watch(
        FakeContainer(Time(), rpc=lambda _now, _code: (1, "** it gave c00kie-of-it")), BY_RPC
    )
    assert facts.ready_after is None
    assert facts.rpc is not None
    assert "it gave ***" in facts.rpc.output


def test_a_container_that_ended_is_asked_by_no_rpc() -> None:
    def rpc(_now: float, _code: str) -> tuple[int | None, str]:
        raise AssertionError

    facts = watch(FakeContainer(Time(), ends_at=0.0, rpc=rpc), BY_RPC)
    assert facts.ready_after is None
