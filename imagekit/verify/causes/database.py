"""Causes that a database gives: whether it still runs or has ended, the words are the same.

The words are PostgreSQL's own (its error codes: appendix A of its manual) and Postgrex's.
"""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.causes.model import Diagnosis, Rule
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_TABLE: Final = re.compile(r"relation \\?\"([\w.]+)\\?\" does not exist")
_COLUMN: Final = re.compile(r"column \\?\"?([\w.]+)\\?\"? (?:of relation \S+ )?does not exist")
_PASSWORD: Final = re.compile(r"password authentication failed for user \\?\"([^\"\\]+)")
_NO_DATABASE: Final = re.compile(r"database \\?\"([^\"\\]+)\\?\" does not exist")
_NO_ROLE: Final = re.compile(r"role \\?\"([^\"\\]+)\\?\" does not exist")
_REFUSED: Final = re.compile(
    r"(?:tcp )?connect(?:ion)?(?: to)? \(?([\w.-]+:(?:5432|5433|6432|3306))\)?: connection refused"
)
_UNKNOWN_HOST: Final = re.compile(
    r"connect \(([\w.-]+):\d+\): (?:non-existing domain|[^\n]*nxdomain)"
)
_NO_TLS: Final = re.compile(r"\bssl not available\b")

_SERVER_ERROR: Final = 500


def _output(boot: BootFacts) -> str:
    """Give what it said: in its log, and to whoever asked."""
    return boot.output if boot.answer is None else f"{boot.output}\n{boot.answer.body}"


def _not_migrated(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    told = _output(boot)
    found = _COLUMN.search(told) or _TABLE.search(told)
    if found is None:
        return None
    what = "table" if found.re is _TABLE else "column"
    fix = (
        "Name its migrations: `migrate` under [verify], and in a job before the rollout."
        if expected.migrate is None
        else "Its migrations ran and did not make it: is theirs the same database?"
    )
    return Diagnosis(cause=f"The database has no {what} {found[1]}: it is not migrated.", fix=fix)


def _wrong_password(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    found = _PASSWORD.search(_output(boot))
    if found is None:
        return None
    return Diagnosis(
        cause=f"The database refused the password of {wording.line(found[1], 60)}.",
        fix="The user and the password in DATABASE_URL must be those of the server; a password "
        "with special characters must be URL-encoded there.",
    )


def _no_database(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    told = _output(boot)
    if found := _NO_DATABASE.search(told):
        name = wording.line(found[1], 60)
        return Diagnosis(
            cause=f"The database server has no database {name}.",
            fix="A release does not create it: name one that is there, or have the service make "
            f"it (POSTGRES_DB = {name!r}).",
        )
    if found := _NO_ROLE.search(told):
        return Diagnosis(
            cause=f"The database server has no user {wording.line(found[1], 60)}.",
            fix="Name the server's own in DATABASE_URL, or have the service make it "
            "(POSTGRES_USER).",
        )
    return None


def _no_tls(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    del expected
    if not _NO_TLS.search(_output(boot)):
        return None
    return Diagnosis(
        cause="It wants TLS, and the database server speaks none.",
        fix="Let a variable decide on `ssl: true` in config/runtime.exs: a throwaway server has "
        "no certificate.",
    )


def _unknown_host(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    found = _UNKNOWN_HOST.search(_output(boot))
    if found is None:
        return None
    names = [each.name for each in expected.services]
    there = f" The services are: {wording.some(names)}." if names else ""
    return Diagnosis(
        cause=f"There is no host {found[1]} on its network.",
        fix=f"A service is reached under its `name`, see [[verify.service]].{there}",
    )


def _refused(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    found = _REFUSED.search(_output(boot))
    if found is None:
        return None
    return Diagnosis(
        cause=f"The database at {found[1]} refused the connection: nothing listens there.",
        fix=where_services_are(expected),
    )


def where_services_are(expected: Expectation) -> str:
    """Say how an app reaches what runs beside it."""
    if not expected.services:
        return "Let a service run beside it, [[verify.service]], or let it boot without and retry."
    names = wording.some([each.name for each in expected.services])
    return f"What runs beside it is reached by name ({names}), not at its own address: `provides`."


DATABASE: Final[tuple[Rule, ...]] = (
    _wrong_password,
    _no_database,
    _not_migrated,
    _no_tls,
    _unknown_host,
    _refused,
)


def database(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """Ask the rules above, unless it answered well enough to have its database."""
    if boot.answer is not None and boot.answer.status < _SERVER_ERROR:
        return None
    return next(filter(None, (rule(boot, expected) for rule in DATABASE)), None)
