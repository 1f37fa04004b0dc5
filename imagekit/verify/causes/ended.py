"""Causes of a container that ended before it was ready."""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.causes.database import database, where_services_are
from imagekit.verify.causes.memory import killed, out_of_memory
from imagekit.verify.causes.model import Diagnosis, Rule
from imagekit.verify.causes.nif import nif
from imagekit.verify.causes.permission import QUOTE, denied, not_permitted, read_only
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_NOT_FOUND: Final = 127
_MISSING: Final = (
    re.compile(rf"environment variable {QUOTE}?([A-Z][A-Z0-9_]*){QUOTE}? is (?:missing|not set)"),
    # The slogan of a VM that had no time for words: a map, its keys in any order.
    re.compile(r"\benv=>(?:<<)?\"([A-Za-z_][A-Za-z0-9_]*)\"[^\n]{0,200}System\.EnvError"),
    re.compile(r"System\.EnvError[^\n]{0,200}\benv=>(?:<<)?\"([A-Za-z_][A-Za-z0-9_]*)\""),
    re.compile(r"could not fetch environment variable \\?\"([A-Za-z_][A-Za-z0-9_]*)\\?\""),
    re.compile(
        rf"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b{QUOTE}? (?:is|was) (?:missing|not set|required)"
    ),
    re.compile(rf"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b{QUOTE}? must be set"),
    re.compile(r"\b([A-Za-z_][A-Za-z0-9_]*): (?:parameter not set|unbound variable)"),
)
_GLIBC: Final = re.compile(r"version [`'\"]((?:GLIBC|GLIBCXX|CXXABI)_[0-9.]+)['\"] not found")
_LIBRARY: Final = re.compile(
    r"(?:error while loading shared libraries: |Error loading shared library )([\w.+-]+)"
)
_OTHER_LIBC: Final = re.compile(
    rf"(?:erlexec|beam\.smp|/erl){QUOTE}?: (?:not found|No such file or directory)"
    r"|Error relocating .*: symbol not found",
)
_COOKIE: Final = re.compile(rf"releases/COOKIE{QUOTE}?: No such file")
_NO_COOKIE: Final = re.compile(r"RELEASE_DISTRIBUTION is (\w+): set RELEASE_COOKIE too")
_PORT_TAKEN: Final = re.compile(r"eaddrinuse|(?:[Aa]ddress|port \d+) already in use")
# `{:listen, 4000, :eaddrinuse}`, Bandit's "port 4000 already in use", Ranch's "port: 4000 ...".
_TAKEN: Final = re.compile(
    r"port:? (\d{1,5})\b[^\n]{0,80}(?:eaddrinuse|in use)|\b(\d{2,5}),? ?:?eaddrinuse"
)
_REFUSED: Final = re.compile(
    r"\(([\w.-]+:\d+)\): connection refused|connect(?:ion)? to [^\n]*refused|econnrefused"
)

_EXCEPTION: Final = re.compile(r"\*\* \((?!exit|EXIT)[A-Z][\w.]*\) [^\n]+")


def _not_started(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if not boot.state.error:
        return None
    error = wording.line(boot.state.error)
    if "no such file" in error or "not found" in error:
        fix = (
            "The file of the entry point, the interpreter in its first line, or the loader "
            "of its libc is not in the image."
        )
    elif "permission denied" in error:
        fix = "The file of the entry point is not executable for the image's user."
    else:
        fix = ""
    return Diagnosis(cause=f"The engine could not start it: {error}.", fix=fix)


def _missing_variable(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    names = {name for pattern in _MISSING for name in pattern.findall(boot.output)}
    if not names:
        return None
    listed = wording.some(sorted(names))
    others = {each.name for each in expected.required} - names - set(expected.environment)
    more = f" The project also requires {wording.some(sorted(others))}." if others else ""
    what = "variable" if len(names) == 1 else "variables"
    verb = "is" if len(names) == 1 else "are"
    return Diagnosis(
        cause=f"The environment {what} {listed} {verb} missing.",
        fix=f"Give it under [verify] `env` in imagekit.toml, and in the pod.{more}",
    )


def _cookie(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if not _COOKIE.search(boot.output):
        return None
    return Diagnosis(
        cause="The boot script wants a cookie, and releases/COOKIE is not in the image.",
        fix="Set RELEASE_COOKIE, to any value where distribution is off.",
    )


def _no_cookie(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    found = _NO_COOKIE.search(boot.output)
    if found is None:
        return None
    return Diagnosis(
        cause=f"RELEASE_DISTRIBUTION={found[1]} turns distribution on, and RELEASE_COOKIE, "
        "the secret that its nodes share, is missing.",
        fix="Give both under [verify] `env` and in the pod, or neither.",
    )


def _libc(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if found := _GLIBC.search(boot.output):
        return Diagnosis(
            cause=f"The release was built against a newer libc: {found[1]} is not in the image.",
            fix="Build and run on the same release of the distribution.",
        )
    if _OTHER_LIBC.search(boot.output):
        return Diagnosis(
            cause="The release was built for another libc (glibc against musl).",
            fix="Build and run on the same distribution: Debian with Debian, Alpine with Alpine.",
        )
    if found := _LIBRARY.search(boot.output):
        return Diagnosis(
            cause=f"The shared library {found[1]} is not in the image.",
            fix="Add its package to `runtime_packages` under [build].",
        )
    return None


def _port_taken(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if not _PORT_TAKEN.search(boot.output):
        return None
    found = _TAKEN.search(boot.output)
    port = "A port it wants" if found is None else f"Port {found[1] or found[2]}"
    return Diagnosis(
        cause=f"{port} is taken: two listeners in the release have the same one.",
        fix="Give each its own port.",
    )


def refused(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """A service that refused the connection; a release may also wait for it and never listen."""
    found = _REFUSED.search(boot.output)
    if found is None:
        return None
    where = f" at {found[1]}" if found[1] else ""
    return Diagnosis(
        cause=f"A service it needs{where} refused the connection.",
        fix=where_services_are(expected),
    )


def _ended_well(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if boot.state.exit_code != 0:
        return None
    return Diagnosis(
        cause="Its command ended at once, with exit code 0, before it was ready.",
        fix="The command must stay in the foreground: `start`, not `daemon`.",
    )


def _command_not_found(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if boot.state.exit_code != _NOT_FOUND:
        return None
    return Diagnosis(
        cause="A command was not found (exit code 127).",
        fix="The last output names it; a script needs its tools in the image.",
    )


def _raised(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    found = _EXCEPTION.search(boot.output)
    if found is None:
        return None
    return Diagnosis(
        cause=f"It raised while it booted: {wording.line(found[0])}.",
        fix="The last output shows where.",
    )


ENDED: Final[tuple[Rule, ...]] = (
    _not_started,
    out_of_memory,
    _no_cookie,
    _missing_variable,
    _cookie,
    nif,
    _libc,
    _port_taken,
    read_only,
    denied,
    database,
    refused,
    not_permitted,
    killed,
    _command_not_found,
    _raised,
    _ended_well,
)
