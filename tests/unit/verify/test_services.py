"""Which services there are, what the app is told of them, and what never is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from imagekit.errors import EngineLost, ImagekitError, InvalidValue, UnknownKey
from imagekit.plan.model import Plan
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings, load
from imagekit.verify.boot import strict_spec
from imagekit.verify.expectation import Expectation, expect_from_image, expect_from_plan
from imagekit.verify.prepare import without_absent
from imagekit.verify.services.model import CommandSucceeds, OutputSays, TakesConnections
from imagekit.verify.services.start import Begun, await_services

from .examples import ABSENT, EXPECTED, SERVED, SERVICE, image, plan
from .test_boot import FakeContainer, Time
from .test_expectation import counting

DB = """
[[verify.service]]
name = "db"
image = "postgres:17"
port = 5432
env = { POSTGRES_PASSWORD = { generate = 8 }, POSTGRES_DB = "shop" }
provides = { DATABASE_URL = "ecto://postgres:{POSTGRES_PASSWORD}@{host}:{port}/{POSTGRES_DB}" }
"""
CACHE = """
[[verify.service]]
name = "cache"
image = "valkey:8"
command = ["--save", ""]
ready = { log = "Ready to accept" }
provides = { CACHE = "{host}" }
"""
MIGRATE = Resolved(value=("/app/bin/migrate",), source="rel/overlays/bin/migrate")


def settings(text: str) -> Settings:
    return load(text, {}, {})


def from_image(text: str) -> Expectation:
    return expect_from_image(image(), settings(text), counting())


def ecto(**contract: Any) -> Plan:
    """A plan whose project depends on postgrex."""
    of = plan("DATABASE_URL")
    database = Resolved(value="postgresql", source="mix.exs: postgrex is a dependency")
    values = {"database": database, "migrate": MIGRATE, **contract}
    return replace(of, contract=replace(of.contract, **values))


def test_a_service_is_made_and_the_app_is_told() -> None:
    found = from_image(DB)
    (service,) = found.services
    assert service.environment == {"POSTGRES_DB": "shop", "POSTGRES_PASSWORD": "a" * 8}
    assert service.ready == TakesConnections(port=5432)
    assert (service.within, service.source, service.instead) == (60.0, "imagekit.toml", None)
    told = found.environment["DATABASE_URL"]
    assert told == "ecto://postgres:aaaaaaaa@db:5432/shop"


def test_what_was_made_for_a_service_is_hidden() -> None:
    found = from_image(DB)
    assert "a" * 8 in found.hidden
    assert "a" * 8 not in repr(found)
    given = from_image(DB.replace("{ generate = 8 }", '"by-hand-1"'))
    assert "by-hand-1" in given.hidden
    assert "by-hand-1" not in repr(given)


def test_services_are_ready_by_a_line_or_a_command() -> None:
    (cache,) = from_image(CACHE).services
    assert (cache.ready, cache.command) == (OutputSays(text="Ready to accept"), ("--save", ""))
    command = CACHE.replace('{ log = "Ready to accept" }', '{ command = ["ping"] }')
    (cache,) = from_image(command).services
    assert cache.ready == CommandSucceeds(argv=("ping",))


def test_the_environment_overrules_what_a_service_provides() -> None:
    found = from_image(DB + '[verify]\nenv = { DATABASE_URL = "ecto://elsewhere/x" }')
    assert found.environment["DATABASE_URL"] == "ecto://elsewhere/x"


def test_a_project_with_postgrex_gets_a_database() -> None:
    found = expect_from_plan(ecto(), settings(""), counting())
    (service,) = found.services
    assert (service.name, service.image) == ("postgres", "postgres:17")
    assert service.source == "mix.exs: postgrex is a dependency"
    assert found.environment["DATABASE_URL"] == (
        f"ecto://postgres:{'a' * 32}@postgres:5432/verification"
    )
    assert found.migrate == MIGRATE


@pytest.mark.parametrize(
    "text", [DB, '[verify]\nenv = { DATABASE_URL = "ecto://elsewhere/x" }'], ids=["own", "given"]
)
def test_who_names_a_database_gets_no_other(text: str) -> None:
    found = expect_from_plan(ecto(), settings(text), counting())
    assert [each.name for each in found.services] in (["db"], [])
    assert "verification" not in found.environment["DATABASE_URL"]


def test_it_comes_beside_other_services() -> None:
    found = expect_from_plan(ecto(), settings(CACHE), counting())
    assert [each.name for each in found.services] == ["cache", "postgres"]
    taken = CACHE.replace('"cache"', '"postgres"')
    found = expect_from_plan(ecto(), settings(taken), counting())
    assert [each.name for each in found.services] == ["postgres", "verification-database"]


def test_an_image_alone_gets_none() -> None:
    assert from_image("").services == ()


def test_where_the_database_cannot_be_had_the_app_boots_without() -> None:
    expected = replace(EXPECTED, environment=dict(ABSENT.service.provides))
    found = without_absent(expected, (ABSENT,))
    assert found.environment == {"DATABASE_URL": "ecto://127.0.0.1/verification"}
    assert without_absent(expected, (SERVED,)).environment == expected.environment
    own = replace(EXPECTED, environment={"DATABASE_URL": "ecto://mine/x"})
    assert without_absent(own, (ABSENT,)).environment == own.environment


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", ("/app/bin/migrate",)),
        ('[verify]\nmigrate = ["/bin/other"]', ("/bin/other",)),
        ("[verify]\nmigrate = []", None),
    ],
    ids=["found", "chosen", "none"],
)
def test_the_migration(text: str, command: tuple[str, ...] | None) -> None:
    found = expect_from_plan(ecto(), settings(text), counting()).migrate
    assert (found.value if found else None) == command


def test_all_boots_join_the_network_of_the_services() -> None:
    assert strict_spec("x", replace(EXPECTED, network="n")).network == "n"
    assert strict_spec("x", EXPECTED).network is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DB.replace("{host}", "{hots}"), "asks for {hots}, and there is only {POSTGRES_DB}"),
        (DB.replace("port = 5432", "ready = { port = 1 }"), "asks for {port}"),
        (CACHE.replace('ready = { log = "Ready to accept" }', ""), "needs a `port`, or `ready`"),
        (CACHE.replace("{ log =", "{ port = 1, log ="), "one of `port`, `command` and `log`"),
        (CACHE.replace('{ log = "Ready to accept" }', "{}"), "one of `port`, `command` and `log`"),
        (DB + DB, "two services are named `db`"),
        (DB + DB.replace('"db"', '"other"'), "two services provide `DATABASE_URL`"),
        (DB.replace('"db"', '"No Host"'), "pattern"),
    ],
    ids=[
        "placeholder",
        "no port",
        "never ready",
        "twice ready",
        "not ready",
        "named twice",
        "provided twice",
        "no host name",
    ],
)
def test_what_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        settings(text)
    assert words in shown(caught.value)


def test_a_typo_in_a_service_has_a_suggestion() -> None:
    with pytest.raises(UnknownKey) as caught:
        settings(DB.replace("image =", "imge ="))
    assert "`image`" in shown(caught.value)


def test_a_secret_in_a_broken_service_is_not_repeated() -> None:
    text = DB.replace("{ generate = 8 }", '"hunter2hunter2"').replace("5432\n", "0\n")
    with pytest.raises(InvalidValue) as caught:
        settings(text)
    assert "hunter2" not in shown(caught.value)


@dataclass
class Database(FakeContainer):
    """Ends between the look at its state and the question for its port."""

    def address(self, port: int) -> tuple[str, int]:
        assert port == 5432
        self.ends_at = self.time.now
        raise EngineLost(during="asking for a published port", problem="not published")


def test_a_service_that_ends_while_it_is_asked_has_ended() -> None:
    time = Time()
    database = replace(SERVICE, ready=TakesConnections(port=5432))
    begun = Begun(service=database, container=Database(time, exit_code=3), at=500.0)
    found = await_services((begun,), (), time.clock())[database.name]
    assert found.state is not None
    assert (found.ready_after, found.state.exit_code) == (None, 3)


def test_an_engine_that_is_lost_is_no_service_that_ended() -> None:
    time = Time()
    service = replace(SERVICE, ready=TakesConnections(port=4000))
    begun = Begun(service=service, container=FakeContainer(time, has_address=False), at=500.0)
    with pytest.raises(EngineLost):
        await_services((begun,), (), time.clock())


def test_each_service_has_its_own_time_and_is_looked_at_in_turn() -> None:
    time = Time()

    def begun(name: str, says: Callable[[float], str]) -> Begun:
        service = replace(SERVICE, name=name, ready=OutputSays(text="up"), within=20.0)
        return Begun(service=service, container=FakeContainer(time, says=says), at=500.0)

    slow = begun("slow", lambda now: "up" if now >= 9 else "")
    # A moment later its line has left the end of its output.
    talks = begun("talks", lambda now: "up" if 1 <= now < 3 else "...")
    never = begun("never", lambda _: "")
    found = await_services((slow, talks, never), (), time.clock())
    assert found["slow"].ready_after == pytest.approx(9, abs=1.1)
    assert found["talks"].ready_after == pytest.approx(1, abs=0.3)
    assert (found["never"].ready_after, found["never"].waited >= 20) == (None, True)


def shown(error: ImagekitError) -> str:
    return f"{error.what} {error.found} {error.advice}"
