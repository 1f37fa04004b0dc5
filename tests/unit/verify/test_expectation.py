"""What is expected of an image, from a plan and from the image alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from imagekit.errors import InvalidValue
from imagekit.plan.runtime import (
    AliveReadiness,
    HttpReadiness,
    LogReadiness,
    OptionalVariable,
    RpcReadiness,
)
from imagekit.settings.load import Settings, load
from imagekit.verify.expectation import expect_from_image, expect_from_plan, require_program
from tests.unit.plan.projects import project, variable

from .examples import TITLE, image, plan


def settings(text: str = "", **flags: Any) -> Settings:
    return load(text, {}, flags)


def counting() -> Callable[[int], str]:
    made = iter("abcdefgh")
    return lambda length: next(made) * length


def test_a_plan_says_it_all() -> None:
    found = expect_from_plan(plan(), settings('[verify.budget]\nboot = "5s"'))
    assert (found.user, found.stop_signal, found.stop_with) == (
        "65532:65532",
        "SIGTERM",
        "SIGTERM",
    )
    assert (found.entrypoint, found.command) == (("/app/bin/hello",), ("start",))
    assert found.labels == {TITLE: "hello"}
    assert found.port is not None
    assert found.port.value == 4000
    assert found.budget.boot == 5.0
    assert found.environment == {}


def test_well_known_variables_are_given_when_the_contract_requires_them() -> None:
    wanted = plan("SECRET_KEY_BASE", "PHX_HOST", "DATABASE_URL")
    found = expect_from_plan(wanted, settings(), counting())
    assert found.environment == {
        "DATABASE_URL": "ecto://127.0.0.1/verification",
        "PHX_HOST": "localhost",
        "SECRET_KEY_BASE": "a" * 64,
    }
    assert found.hidden == ("a" * 64, "b" * 64)
    assert [each.name for each in found.required] == [
        "SECRET_KEY_BASE",
        "PHX_HOST",
        "DATABASE_URL",
    ]


def test_what_the_user_gave_stays() -> None:
    text = """
    [verify]
    env = { SECRET_KEY_BASE = "given-by-hand", PHX_HOST = "example.com", SALT = { generate = 12 } }
    """
    found = expect_from_plan(plan("SECRET_KEY_BASE"), settings(text), counting())
    assert found.environment == {
        "PHX_HOST": "example.com",
        "SALT": "a" * 12,
        "SECRET_KEY_BASE": "given-by-hand",
    }
    assert set(found.hidden) == {"a" * 12, "b" * 12, "given-by-hand"}
    assert found.rotated == {"SALT": "b" * 12}


def test_nothing_random_is_shown() -> None:
    found = expect_from_plan(plan("SECRET_KEY_BASE"), settings())
    assert found.environment["SECRET_KEY_BASE"] not in repr(found)


def test_an_image_is_asked_on_its_exposed_port() -> None:
    found = expect_from_image(image(), settings(), counting())
    assert found.port is not None
    assert (found.port.value, found.port.source) == (4000, "PORT of hello:dev")
    assert found.ready.value == HttpReadiness(path="/")
    assert found.user is None
    assert found.environment == {"PHX_HOST": "localhost", "SECRET_KEY_BASE": "a" * 64}


def test_variables_of_the_image_are_left_alone() -> None:
    found = expect_from_image(
        image(environment={"PHX_HOST": "own", "SECRET_KEY_BASE": "own"}), settings()
    )
    assert found.environment == {}


@pytest.mark.parametrize(
    ("exposed", "environment", "flags", "port"),
    [
        (("8080/tcp", "80/tcp"), {}, {}, 80),
        (("8080/tcp", "80/tcp"), {"PORT": "8080"}, {}, 8080),
        (("8080/tcp",), {"PORT": "tcp://x"}, {}, 8080),
        (("53/udp", "80"), {}, {}, 80),
        (("80/tcp",), {}, {"port": 9000}, 9000),
        ((), {"PORT": "5000"}, {"verify.http": "/up"}, 5000),
    ],
)
def test_the_port(
    exposed: tuple[str, ...], environment: dict[str, str], flags: dict[str, Any], port: int
) -> None:
    found = expect_from_image(
        image(exposed_ports=exposed, environment=environment), load(None, {}, flags)
    )
    assert found.port is not None
    assert found.port.value == port


@pytest.mark.parametrize("environment", [{}, {"PORT": "5000"}])
def test_an_image_that_exposes_nothing_must_live(environment: dict[str, str]) -> None:
    found = expect_from_image(image(exposed_ports=(), environment=environment), settings())
    assert found.ready.value == AliveReadiness(seconds=3.0)
    assert found.port is None


def test_readiness_by_flag() -> None:
    found = expect_from_image(image(), load(None, {}, {"verify.log": "up and running"}))
    assert found.ready.value == LogReadiness(text="up and running")
    assert found.ready.source == "flag --log"
    assert found.port is None


def test_a_flag_wins_whichever_way_the_file_names() -> None:
    text = '[verify]\nhttp = "/up"\nlog = "up"\n'
    found = expect_from_image(image(), load(text, {}, {"verify.log_regex": "up$"}))
    assert found.ready.value == LogReadiness(text="up$", regex=True)
    found = expect_from_image(image(), load(text, {"IMAGEKIT_VERIFY_LOG": "env"}, {}))
    assert found.ready.value == LogReadiness(text="env")
    assert found.ready.source == "IMAGEKIT_VERIFY_LOG"
    assert expect_from_image(image(), load(text, {}, {})).ready.value == HttpReadiness(path="/up")


def test_readiness_by_rpc_turns_distribution_on() -> None:
    found = expect_from_image(image(), load(None, {}, {"verify.rpc": "Up.up?()"}), counting())
    assert found.ready.value == RpcReadiness(expression="Up.up?()")
    assert found.script == "/app/bin/hello"
    assert found.environment["RELEASE_DISTRIBUTION"] == "sname"
    assert found.environment["RELEASE_COOKIE"] in found.hidden
    assert found.environment["RELEASE_COOKIE"] not in repr(found)


def test_readiness_by_rpc_keeps_what_the_user_says_of_the_node() -> None:
    env = 'env = { RELEASE_COOKIE = "own-cookie", RELEASE_DISTRIBUTION = "name" }'
    found = expect_from_image(image(), load(f'[verify]\nrpc = "1"\n{env}\n', {}, {}))
    assert found.environment["RELEASE_COOKIE"] == "own-cookie"
    assert found.environment["RELEASE_DISTRIBUTION"] == "name"


def test_without_rpc_no_distribution() -> None:
    assert "RELEASE_COOKIE" not in expect_from_image(image(), settings()).environment


def test_rpc_of_what_is_no_release_is_a_usage_error() -> None:
    expected = expect_from_image(image(command=("serve",)), load(None, {}, {"verify.rpc": "1"}))
    with pytest.raises(InvalidValue) as caught:
        require_program(expected)
    assert (caught.value.key, caught.value.file) == ("verify.rpc", "flag --rpc")


def test_the_source_tells_what_an_image_reads_at_boot() -> None:
    source = project(
        environment=(
            variable("API_TOKEN", required=True),
            variable("DATABASE_URL", required=True),
            replace(variable("POOL_SIZE"), default="10"),
            variable("TICK_MS"),
        )
    )
    found = expect_from_image(image(), settings(), counting(), source)
    assert [each.name for each in found.required] == ["API_TOKEN", "DATABASE_URL"]
    assert found.optional == (
        OptionalVariable(name="POOL_SIZE", default="10", source="config/runtime.exs"),
        OptionalVariable(name="TICK_MS", default=None, source="config/runtime.exs"),
    )
    # What Phoenix's own generators ask for is given; anything else only the user knows.
    assert found.environment["DATABASE_URL"] == "ecto://127.0.0.1/verification"
    assert "API_TOKEN" not in found.environment


def test_without_the_source_nothing_is_known_of_variables() -> None:
    found = expect_from_image(image(), settings())
    assert (found.required, found.optional) == ((), None)


def test_http_without_a_port_is_a_usage_error() -> None:
    bare = image(exposed_ports=(), environment={})
    with pytest.raises(InvalidValue) as caught:
        expect_from_image(bare, load(None, {}, {"verify.http": "/up"}))
    assert caught.value.key == "port"


def test_labels_are_asked_of_our_own_images_alone() -> None:
    assert expect_from_image(image(), settings()).labels is None
    ours = image(labels={"dev.imagekit.recipe": "debian"})
    assert expect_from_image(ours, settings()).labels == {TITLE: None}


@pytest.mark.parametrize(
    ("said", "sent"), [(None, "SIGTERM"), ("3", "SIGQUIT"), ("int", "SIGINT"), ("X", "SIGTERM")]
)
def test_the_image_says_what_stops_it(said: str | None, sent: str) -> None:
    assert expect_from_image(image(stop_signal=said), settings()).stop_with == sent


def test_a_foreign_image_is_given_other_secrets_too() -> None:
    text = "[verify]\nenv = { SECRET_KEY_BASE = { generate = 64 } }"
    found = expect_from_image(image(), load(text, {}, {}), counting())
    assert found.rotated == {"SECRET_KEY_BASE": "b" * 64}
    assert set(found.rotated.values()) <= set(found.hidden)


def test_only_a_secret_that_is_said_to_be_read_is_given_otherwise() -> None:
    unknown = expect_from_image(image(), settings())
    assert "SECRET_KEY_BASE" in unknown.environment
    assert unknown.rotated == {}
    source = project(environment=(variable("SECRET_KEY_BASE", required=True),))
    assert set(expect_from_image(image(), settings(), project=source).rotated) == {
        "SECRET_KEY_BASE"
    }
    text = "[verify]\nenv = { VAULT_KEY = { generate = 64 } }"
    assert set(expect_from_image(image(), load(text, {}, {})).rotated) == {"VAULT_KEY"}
