"""Cases of the checks that boot again: a check's id, facts, what is expected, what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from imagekit.settings.schema.verify import AnswerSettings
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts, Closed, Stop
from imagekit.verify.trial.model import Execute, OpenedSocket, TrialFacts

from .examples import BOOTED, EXPECTED, booted, ended, not_ready, trial, tried

Case = tuple[str, Any, Expectation, str]

TOLD = """imagekit ports=65536
imagekit now=1000
imagekit offset=0
imagekit zone=
imagekit zone_file=true
"""
STOPPED = Stop(signal="stop", seconds=1.4, exit_code=0)
DIED = not_ready(state=ended(1), output="** (RuntimeError) boom\n")
CRASHED = booted(output="Received SIGUSR1\n")
DUMPED = replace(CRASHED, changes=("/app", "/app/erl_crash.dump"))
ENDED = Stop(signal="SIGUSR1", seconds=0.4, exit_code=1)


def node(
    told: str = TOLD,
    *,
    code: int | None = 0,
    pid: tuple[int | None, str] = (0, "1\n"),
    nofile: int | None = 2**30,
    told_at: float = 1001.0,
    stop: Stop | None = STOPPED,
) -> tuple[TrialFacts, ...]:
    """What a boot as a node told."""
    return tried(
        "as a node",
        Execute(commands=()),
        executed=((code, told), pid, (0, "ok\n")),
        nofile=nofile,
        told_at=told_at,
        stop=stop,
    )


def answering(**wanted: Any) -> Expectation:
    return replace(EXPECTED, answer=AnswerSettings(**wanted))


def boots(*seconds: float | None) -> tuple[TrialFacts, ...]:
    """Boots that took so long; `None` never became ready."""

    def boot(took: float | None) -> BootFacts:
        return DIED if took is None else replace(BOOTED, ready_after=took)

    return tuple(
        TrialFacts(trial=trial(f"boot {number} of 3"), seconds=2.0, boot=boot(took))
        for number, took in enumerate(seconds, 1)
    )


ROTATED = replace(EXPECTED, rotated={"SECRET_KEY_BASE": "b", "VAULT_KEY": "c"})
OTHERS = tried("another SECRET_KEY_BASE, VAULT_KEY")


def secrets(*, base: str = "", vault: str = "", built: str = "") -> tuple[TrialFacts, ...]:
    """Whose configuration has the given values, and whose a `vault_key` of the build."""
    has = f"imagekit has_SECRET_KEY_BASE={base}\nimagekit built_SECRET_KEY_BASE=\n"
    has += f"imagekit has_VAULT_KEY={vault}\nimagekit built_VAULT_KEY={built}\n"
    return (*OTHERS, *node(TOLD + has))


LIVE = replace(EXPECTED, websocket="/live")
ON_TERM = Stop(signal="SIGTERM", seconds=1.4, exit_code=0)


def socket(
    code: int | None = 1001,
    after: float = 0.04,
    stop: Stop | None = ON_TERM,
    boot: BootFacts = BOOTED,
    problem: str = "",
) -> tuple[TrialFacts, ...]:
    """A stop with a WebSocket open, which was closed with that code; `None`: never."""
    closed = None if code is None else Closed(code=code, reason="", at=1.0)
    opened = OpenedSocket(
        problem=problem, closed=closed, closed_after=None if closed is None else after
    )
    return tried("SIGTERM with a WebSocket", boot=boot, socket=opened, stop=stop)


PASSED: dict[str, Case] = {
    "a WebSocket that is closed": (
        "stop.websocket",
        socket(),
        LIVE,
        "closed with 1001 40 ms after SIGTERM, exit code 0 after 1.4 s",
    ),
    "one that is closed for a restart": ("stop.websocket", socket(1012), LIVE, "with 1012"),
    "the same every time": (
        "boot.again",
        boots(1.1, 1.5, 1.0),
        EXPECTED,
        "median 1.1 s, worst 1.5 s of 3 boots (budget 30 s)",
    ),
    "secrets that are used": (
        "boot.secrets",
        secrets(base="hello web", vault="vault", built="vault"),
        ROTATED,
        "VAULT_KEY too; its configuration has SECRET_KEY_BASE (hello, web), VAULT_KEY (vault)",
    ),
    "a secret that is nowhere": (
        "boot.secrets",
        secrets(base="hello"),
        ROTATED,
        "(hello); VAULT_KEY is not there as given: read elsewhere, changed, or not used",
    ),
    "secrets of what is no release": (
        "boot.secrets",
        OTHERS,
        ROTATED,
        "VAULT_KEY too; whether it uses it was not asked",
    ),
    "secrets of a node that did not answer": (
        "boot.secrets",
        (*OTHERS, *node("", code=1)),
        ROTATED,
        "VAULT_KEY too; whether it uses it was not asked",
    ),
    "secrets of a node that is not ready": (
        "boot.secrets",
        (*OTHERS, *tried("as a node", Execute(commands=()), boot=DIED)),
        ROTATED,
        "VAULT_KEY too; whether it uses it was not asked",
    ),
    "a good crash": (
        "boot.crash",
        tried(boot=CRASHED, stop=ENDED),
        EXPECTED,
        "exit code 1 after 400 ms, the reason in its output, no dump",
    ),
    "a limit of files and nobody to ask": (
        "boot.nofile",
        tried("many open files", nofile=2**20),
        EXPECTED,
        "ready under nofile 1048576; no port table to ask for",
    ),
    "a processor and nobody to ask": (
        "boot.limits",
        tried("1 CPU"),
        EXPECTED,
        "ready after 1.9 s under 1 CPU and 1024 processes; no schedulers to ask for",
    ),
    "a fixed port table": ("boot.nofile", node(), EXPECTED, "65536 ports under nofile 1073741824"),
    "an answer as wanted": (
        "boot.http",
        BOOTED,
        answering(headers={"Content-Type": "text/", "content-type": ""}, body="ok"),
        "200, text/plain",
    ),
    "a clock": ("boot.clock", node(), EXPECTED, "local time is UTC"),
    "a zone that is there": (
        "boot.clock",
        node(TOLD.replace("zone=", "zone=Europe/Vienna").replace("offset=0", "offset=7200")),
        EXPECTED,
        "local time is UTC+2 h",
    ),
    "rpc": ("commands.rpc", node(), EXPECTED, "`rpc` ran in the running VM"),
    "pid": ("commands.pid", node(), EXPECTED, "`pid` says 1"),
    "the stop command": ("commands.stop", node(), EXPECTED, "`stop` led to exit code 0"),
}
FAILED: dict[str, Case] = {
    "a WebSocket that is dropped": (
        "stop.websocket",
        socket(1006),
        LIVE,
        "dropped without a close frame",
    ),
    "one that stays open": (
        "stop.websocket",
        socket(None, stop=replace(ON_TERM, exit_code=None)),
        LIVE,
        "10 s after SIGTERM the WebSocket is still open",
    ),
    "one that keeps the VM": (
        "stop.websocket",
        socket(stop=replace(ON_TERM, exit_code=None)),
        LIVE,
        "still running 10 s after SIGTERM with a WebSocket",
    ),
    "one that fails the VM": (
        "stop.websocket",
        socket(stop=replace(ON_TERM, exit_code=143)),
        LIVE,
        "SIGTERM with a WebSocket led to exit code 143",
    ),
    "one that closes by itself": (
        "stop.websocket",
        socket(1000, after=-0.3),
        LIVE,
        "closed with 1000 before the signal",
    ),
    "no WebSocket at all": (
        "stop.websocket",
        socket(problem="the upgrade was answered with 404", stop=None),
        LIVE,
        "there is no WebSocket on /live: the upgrade was answered with 404",
    ),
    "nothing to open one on": ("stop.websocket", socket(boot=DIED), LIVE, "did not become ready"),
    "not every time": (
        "boot.again",
        boots(1.1, None, 1.0),
        EXPECTED,
        "boot 2 of 3 does not become ready, although the first did",
    ),
    "another secret that it does not take": (
        "boot.secrets",
        tried("another SECRET_KEY_BASE", boot=DIED),
        ROTATED,
        "with another SECRET_KEY_BASE it does not become ready",
    ),
    "a secret of the build": (
        "boot.secrets",
        secrets(base="hello", built="vault"),
        ROTATED,
        "the configuration of vault has a vault_key that is in the image since it was built",
    ),
    "a dump": (
        "boot.crash",
        tried(boot=DUMPED, stop=ENDED),
        EXPECTED,
        "a crash dump on the root file system: /app/erl_crash.dump",
    ),
    "a crash that looks well": (
        "boot.crash",
        tried(boot=CRASHED, stop=replace(ENDED, exit_code=0)),
        EXPECTED,
        "exit code 0 after a crash",
    ),
    "a silent crash": (
        "boot.crash",
        tried(boot=booted(output=""), stop=ENDED),
        EXPECTED,
        "the reason is not in its output",
    ),
    "a limit of files that is too high": (
        "boot.nofile",
        tried("many open files", boot=DIED, nofile=2**30),
        EXPECTED,
        "under nofile 1073741824 it does not become ready",
    ),
    "a table as large as the limit": (
        "boot.nofile",
        node(TOLD.replace("65536", "134217727")),
        EXPECTED,
        "under nofile 1073741824 the port table has 134217727 places",
    ),
    "a clock that is off": ("boot.clock", node(told_at=5000.0), EXPECTED, "is 4000 s off"),
    "a zone without its file": (
        "boot.clock",
        node(TOLD.replace("zone=", "zone=Europe/Vienna").replace("file=true", "file=false")),
        EXPECTED,
        "/usr/share/zoneinfo/Europe/Vienna is not in the image",
    ),
    "no rpc": (
        "commands.rpc",
        node("could not contact", code=1),
        EXPECTED,
        "`rpc` led to exit code 1: could not contact",
    ),
    "no node at all": (
        "commands.rpc",
        tried("as a node", boot=DIED),
        EXPECTED,
        "with distribution on it does not become ready",
    ),
    "a pid with talk": ("commands.pid", node(pid=(0, "asking\n1\n")), EXPECTED, "asking 1"),
    "no end": (
        "commands.stop",
        node(stop=replace(STOPPED, exit_code=None)),
        EXPECTED,
        "still running 10 s after `stop`",
    ),
    "a stop that fails": (
        "commands.stop",
        node(stop=replace(STOPPED, exit_code=1)),
        EXPECTED,
        "`stop` led to exit code 1",
    ),
    "another content type": (
        "boot.http",
        BOOTED,
        answering(headers={"Content-Type": "json"}),
        "the header Content-Type is 'text/plain', without 'json'",
    ),
    "no such header": ("boot.http", BOOTED, answering(headers={"etag": ""}), "etag is missing"),
    "another body": (
        "boot.http",
        BOOTED,
        answering(body="fine"),
        "the body has no 'fine'; it begins: ok",
    ),
    "bytes of latin1": ("boot.output", booted(output="gr\ufffdn\n"), EXPECTED, "no UTF-8"),
}
SKIPPED: dict[str, Case] = {
    "no high limit": ("boot.nofile", node(nofile=None), EXPECTED, "allows no `nofile` of 2^20"),
    "no limit of files and nobody to ask": (
        "boot.nofile",
        tried("many open files"),
        EXPECTED,
        "allows no `nofile` of 2^20",
    ),
    "nobody to ask for ports": ("boot.nofile", node("", code=1), EXPECTED, "see commands.rpc"),
    "nobody to ask for time": ("boot.clock", node("", code=1), EXPECTED, "see commands.rpc"),
}
