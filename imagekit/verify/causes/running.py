"""Causes of a container that still ran when the wait was over."""

from __future__ import annotations

import re
from typing import Final

from imagekit.plan.runtime import HttpReadiness, LogReadiness, RpcReadiness
from imagekit.verify import wording
from imagekit.verify.causes.database import database
from imagekit.verify.causes.ended import refused
from imagekit.verify.causes.model import Diagnosis, Rule
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, BootFacts
from imagekit.verify.readiness import forces_https, redirect, statuses, unlike
from imagekit.verify.vm import runs_vm

_MISSING_PAGE: Final = 404
_LISTENS: Final = re.compile(
    r"(?:Running \S+ (?:with|using) .*? at|[Ll]istening (?:on|at)) (?:https?://)?"
    r"([\w.:\[\]*-]+?)(?::| port )(\d+)\b"
)
_SERVES: Final = frozenset({"true", "1"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "[::1]", "localhost"})


def _answered(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    ready = expected.ready.value
    if boot.answer is None or not isinstance(ready, HttpReadiness):
        return None
    wanted = expected.answer
    if boot.answer.status in wanted.status:
        return Diagnosis(
            cause=f"GET {ready.path} {answer_words(boot.answer)}, but not as it is expected: "
            f"{'; '.join(unlike(boot.answer, wanted))}.",
            fix="Correct `headers` or `body` under [verify.answer], or what the path answers.",
        )
    only = statuses(wanted)
    return Diagnosis(
        cause=f"GET {ready.path} {answer_words(boot.answer)}, and only {only} is ready.",
        fix=_answer_fix(boot.answer, ready.path),
    )


def answer_words(answer: Answer) -> str:
    """Say what an answer was: `answered 302 to /login`."""
    target = redirect(answer)
    to = f" to {wording.line(target, 80)}" if target else ""
    sent = " although the request said X-Forwarded-Proto: https" if answer.forwarded_https else ""
    return f"answered {answer.status}{to}{sent if target else ''}"


def _answer_fix(answer: Answer, path: str) -> str:
    if forces_https(answer):
        return (
            "It forces TLS and does not believe its proxy: `force_ssl: [rewrite_on: "
            "[:x_forwarded_proto]]`, or a health path outside of it."
        )
    if redirect(answer):
        return "Name a path that answers without a redirect: `http` under [verify], or --http."
    if answer.status == _MISSING_PAGE:
        return f"There is no {path}: name the path of its health check with `http` under [verify]."
    body = wording.line(answer.body, 120)
    return f"The answer says: {body}" if body else ""


def _not_http(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    if boot.silence is None or boot.silence.kind not in ("not-http", "slow"):
        return None
    port = "" if expected.port is None else f" {expected.port.value}"
    slow = boot.silence.kind == "slow"
    return Diagnosis(
        cause=f"Port{port} is open, but {boot.silence.problem}.",
        fix=(
            "A readiness path answers within two seconds; a listener with TLS never does."
            if slow
            else "Name the port of the HTTP listener, without TLS: `port` in imagekit.toml. Where "
            "it speaks no HTTP, name what it writes when it is ready: `log` under [verify], --log."
        ),
    )


def _listens_elsewhere(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    if expected.port is None:
        return None
    found = _LISTENS.findall(boot.output)
    wanted = str(expected.port.value)
    for address, port in found:
        if port == wanted and address in _LOOPBACK:
            return Diagnosis(
                cause=f"It listens on {address} only, which nothing outside the container reaches.",
                fix="Bind to all addresses: `ip: {0, 0, 0, 0, 0, 0, 0, 0}` in config/runtime.exs.",
            )
    others = sorted({port for _, port in found} - {wanted}, key=int)
    if others and all(port != wanted for _, port in found):
        return Diagnosis(
            cause=f"It listens on port {wording.some(others)}, not on {wanted}.",
            fix="Let it read PORT, or set `port` in imagekit.toml.",
        )
    return None


def _hangs_in_loading(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if boot.loading is None:
        return None
    module = wording.line(boot.loading.removeprefix("Elixir."), 100)
    return Diagnosis(
        cause=f"The VM hangs while it loads code: the on_load function of the module {module} "
        "does not return, no application is started, nothing was written and nothing listens.",
        fix="Find what that function waits for: most load a NIF there, whose library may wait in "
        "its own initialisation. A second boot with -init_debug showed the module.",
    )


def _never_listened(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    if expected.port is None or boot.answer is not None or boot.silence is None:
        return None
    return Diagnosis(
        cause=(
            f"Port {expected.port.value} was never opened within "
            f"{wording.seconds(boot.waited)}: the container is running and nothing listens."
        ),
        fix=_listener_fix(boot, expected),
    )


def _listener_fix(boot: BootFacts, expected: Expectation) -> str:
    if boot.processes and not runs_vm(boot.processes) and expected.port is not None:
        return (
            f"The port is that of {expected.port.source}: name another with `port` in "
            "imagekit.toml. It must listen on all addresses, not on 127.0.0.1."
        )
    own = {} if boot.shipped is None else boot.shipped.environment
    given = {**own, **expected.environment}.get("PHX_SERVER")
    if given in _SERVES:
        return (
            f"PHX_SERVER={given} is set: look whether the server is started at all, under a "
            "supervisor, and listens on all addresses, not on 127.0.0.1."
        )
    unset = "" if given is None else f" (it is {wording.line(given, 20)!r})"
    return (
        f"A Phoenix release starts its server only with PHX_SERVER=true{unset} or "
        "`server: true`; any other must listen on all addresses, not on 127.0.0.1."
    )


def _never_said(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    ready = expected.ready.value
    if not isinstance(ready, LogReadiness):
        return None
    return Diagnosis(
        cause=f"Its output never said {wording.line(ready.text, 80)!r} within "
        f"{wording.seconds(boot.waited)}: the container is running.",
        fix="Correct `log` under [verify], or give it more time with `boot` under [verify.budget].",
    )


def _never_evaluated(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    ready = expected.ready.value
    if not isinstance(ready, RpcReadiness) or boot.rpc is None:
        return None
    code = "no end in time" if boot.rpc.code is None else f"exit code {boot.rpc.code}"
    said = wording.line(boot.rpc.output, 200) or "it said nothing"
    return Diagnosis(
        cause=f"`rpc` never succeeded with {wording.line(ready.expression, 80)} within "
        f"{wording.seconds(boot.waited)}; the last one led to {code}: {said}",
        fix="Correct `rpc` under [verify]: it is ready when that gives neither nil nor false.",
    )


RUNNING: Final[tuple[Rule, ...]] = (
    database,
    _answered,
    _not_http,
    _hangs_in_loading,
    _listens_elsewhere,
    refused,
    _never_listened,
    _never_said,
    _never_evaluated,
)
