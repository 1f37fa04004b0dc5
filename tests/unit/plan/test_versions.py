"""Which Elixir, OTP and Node: what the project asks for, met by what the recipe has."""

from __future__ import annotations

import pytest

from imagekit.errors import ExitCode, ProjectNotSupported
from imagekit.plan.versions import (
    is_exact,
    mix_allows,
    npm_allows,
    resolve_node,
    resolve_versions,
    same_line,
)
from imagekit.resolved import Resolved
from tests.unit.plan.projects import project, recipe, settings, versions


def settled(source: str = "image", text: str = "", **asked: str) -> dict[str, Resolved[str]]:
    given = project(versions=versions(**asked)), settings(text), recipe("debian"), source
    return {**resolve_versions(*given), "node": resolve_node(*given)}


@pytest.mark.parametrize(
    ("name", "text", "exact"),
    [
        ("elixir", "1.18.3", True),
        ("elixir", "1.18.3-otp-27", True),
        ("elixir", "1.19.0-rc.0", True),
        ("elixir", "1.18", False),
        ("elixir", "~> 1.15", False),
        ("elixir", "1.18.x", False),
        ("elixir", ">= 1.14.0", False),
        ("elixir", "main-otp-27", False),
        ("elixir", "ref:v1.18.3", False),
        ("elixir", "", False),
        ("otp", "27.3.4.3", True),
        ("otp", "27.3", True),
        ("otp", "27", False),
        ("node", "v22.3.0", True),
        ("node", "22", False),
        ("node", "lts/iron", False),
    ],
)
def test_a_version_is_told_from_a_requirement(name: str, text: str, exact: bool) -> None:
    assert is_exact(text, name) is exact


@pytest.mark.parametrize(
    ("requirement", "version", "allowed"),
    [
        ("~> 1.15", "1.18.3", True),
        ("~> 1.15", "2.0.0", False),
        ("~> 1.15.0", "1.18.3", False),
        ("~> 1.19", "1.18.3", False),
        (">= 1.14.0 and < 2.0.0", "1.18.3", True),
        (">= 1.14.0 and < 1.18.0", "1.18.3", False),
        ("~> 1.12.0 or ~> 1.18.0", "1.18.3", True),
        ("~> 1.12.0 or ~> 1.13.0", "1.18.3", False),
        ("== 1.18.3", "1.18.3", True),
        ("!= 1.18.3", "1.18.3", False),
        ("> 1.18.2", "1.18.3", True),
        (">= 1.19.0-rc.0", "1.18.3", False),
        ("1.18.0", "1.18.3", True),
        ("1.17.3", "1.18.3", False),
        ("main-otp-27", "1.18.3", False),
    ],
)
def test_an_elixir_requirement_reads_as_in_mix(
    requirement: str, version: str, allowed: bool
) -> None:
    assert mix_allows(requirement, version) is allowed


@pytest.mark.parametrize(
    ("wanted", "version", "allowed"),
    [
        ("27", "27.3.4.3", True),
        ("27.1.2", "27.3.4.3", True),
        ("26", "27.3.4.3", False),
        ("1.18", "1.18.3", True),
        ("1.17", "1.18.3", False),
    ],
)
def test_a_line_is_one_number_or_two_below_2(wanted: str, version: str, allowed: bool) -> None:
    assert same_line(wanted, version) is allowed


@pytest.mark.parametrize(
    ("wanted", "version", "allowed"),
    [
        ("22", "22", True),
        ("v22", "22", True),
        ("22.x", "22", True),
        ("^22.3.0", "22", True),
        (">=18", "22", True),
        (">=18 <22", "22", False),
        ("18 || 22", "22", True),
        ("20.19.0 || >=22.12.0", "22", True),
        ("*", "22", True),
        ("20", "22", False),
        ("lts/*", "22", False),
        ("", "22", True),
    ],
)
def test_an_npm_range_holds_some_version_of_the_line(
    wanted: str, version: str, allowed: bool
) -> None:
    assert npm_allows(wanted, version) is allowed


def test_nothing_asked_is_what_the_recipe_has() -> None:
    found = settled()
    assert {name: each.value for name, each in found.items()} == {
        "elixir": "1.18.3",
        "otp": "27.3.4.3",
        "node": "22",
    }
    assert {each.source for each in found.values()} == {"recipe debian"}


def test_an_exact_version_is_taken_from_an_image_as_it_is() -> None:
    found = settled(elixir="1.17.2-otp-26", otp="26.2.5", node="v20.11.1")
    assert [each.value for each in found.values()] == ["1.17.2", "26.2.5", "20.11.1"]
    assert {each.source for each in found.values()} == {".tool-versions"}


def test_a_range_that_holds_what_the_recipe_has_is_met_by_it() -> None:
    found = settled(elixir="~> 1.15", otp="27", node=">=18")
    assert {each.source for each in found.values()} == {"recipe debian"}


def test_a_node_range_gets_the_newest_line_in_it() -> None:
    assert settled(node="18 || 20")["node"] == Resolved(value="20", source=".tool-versions")


def test_a_setting_wins_over_the_project() -> None:
    found = settled(text='elixir = "1.17.0"\n', elixir="1.18.3")
    assert found["elixir"] == Resolved(value="1.17.0", source="imagekit.toml")


def test_a_version_without_its_third_number_is_met_by_one_that_has_it() -> None:
    assert settled(elixir="1.18")["elixir"].value == "1.18.3"


@pytest.mark.parametrize(
    ("source", "name", "asked"),
    [
        ("image", "elixir", "~> 1.19"),
        ("image", "elixir", "main-otp-27"),
        ("image", "otp", "26"),
        ("image", "node", "<18"),
        ("distribution", "elixir", "1.17.3"),
        ("distribution", "otp", "26.2.5"),
        ("distribution", "node", "22.1.0"),
    ],
)
def test_what_cannot_be_had_is_refused(source: str, name: str, asked: str) -> None:
    with pytest.raises(ProjectNotSupported) as raised:
        settled(source, **{name: asked})
    err = raised.value
    assert err.exit_code is ExitCode.PROJECT
    assert err.file == ".tool-versions"
    assert err.shape.startswith(f"it asks for {name} {asked}, and recipe debian has ")
    elsewhere = "from an image" if source == "distribution" else f"`{name}` in imagekit.toml"
    assert elsewhere in err.way_out


def test_the_distribution_meets_the_line_that_was_asked_for() -> None:
    found = settled("distribution", elixir="1.18.1", otp="27.0")
    assert [found["elixir"].value, found["otp"].value] == ["1.18.3", "27.3.4"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"elixir": "1.14.5"}, "Elixir 1.14.5 runs on OTP 23 to 26, and OTP is 27.3.4.3"),
        ({"otp": "24.3"}, "Elixir 1.18.3 runs on OTP 25 to 28, and OTP is 24.3"),
        ({"elixir": "1.10.4", "otp": "25.1"}, "Elixir 1.10.4 runs on OTP 21 to 23"),
    ],
)
def test_an_elixir_and_an_otp_that_do_not_go_together_are_refused(
    asked: dict[str, str], words: str
) -> None:
    with pytest.raises(ProjectNotSupported, match=words):
        settled(**asked)


@pytest.mark.parametrize(
    "asked", [{"elixir": "1.14.5", "otp": "26.2.5"}, {"elixir": "1.18.4", "otp": "28.1"}]
)
def test_an_elixir_and_an_otp_that_go_together_are_taken(asked: dict[str, str]) -> None:
    assert {name: settled(**asked)[name].value for name in asked} == asked


def test_a_line_of_elixir_that_is_not_in_the_table_is_not_judged() -> None:
    assert settled(elixir="1.99.0", otp="40.1")["otp"].value == "40.1"


def test_a_line_of_node_without_long_term_support_is_its_own_tag() -> None:
    assert settled(node="23")["node"] == Resolved(
        value="23", source=versions(node="23").node.source
    )
