"""What is wrong in `imagekit.toml` is said with its key, and with the key that was meant."""

from __future__ import annotations

import pytest

from imagekit.errors import ExitCode, InvalidValue, UnknownKey, UnreadableConfiguration
from imagekit.settings.load import load


@pytest.mark.parametrize(
    ("text", "key", "meant"),
    [
        ('recipie = "debian"', "recipie", "recipe"),
        ("[build]\npakages = []", "build.pakages", "packages"),
        ('[verify.budget]\nbootup = "5s"', "verify.budget.bootup", "boot"),
        ('[verify.release.jobs]\nlogs = "x"', "verify.release.jobs.logs", "log"),
        ("[biuld]\npackages = []", "biuld", "build"),
        ('[[cache.rule]]\nedti = "lib/**"', "cache.rule.edti", "edit"),
        ('[verify]\nhtpp = "/"\nlog = 1', "verify.htpp", "http"),
    ],
)
def test_an_unknown_key_is_named_with_the_one_that_was_meant(
    text: str, key: str, meant: str
) -> None:
    with pytest.raises(UnknownKey) as raised:
        load(text, {}, {})
    assert (raised.value.file, raised.value.key) == ("imagekit.toml", key)
    assert raised.value.advice == f"Perhaps you meant `{meant}`."
    assert raised.value.found == ""
    assert raised.value.line == 1 + text.split(key.rpartition(".")[2], maxsplit=1)[0].count("\n")
    assert raised.value.exit_code is ExitCode.USAGE


def test_a_key_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(UnknownKey) as raised:
        load("zzz = 1", {}, {})
    assert raised.value.advice == "Remove it, or correct its name."
    assert "recipe" in raised.value.allowed


def test_a_key_is_blamed_on_the_place_it_stands_in() -> None:
    text = '[build]\npackages = ["a"]\npackages_more = ["b"]'
    with pytest.raises(UnknownKey) as raised:
        load(text, {"IMAGEKIT_BUILD_PACKAGES": "c"}, {})
    assert raised.value.file == "imagekit.toml"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('toolchain = "asdf"', "toolchain"),
        ("port = 0", "port"),
        ("port = 65536", "port"),
        ("port = []", "port"),
        ('elixir = "~> 1.15"', "elixir"),
        ('elixir = "1.18 AS x"', "elixir"),
        ("build = 3", "build"),
        ('[build]\npackages = "git"', "build.packages"),
        ('[build]\npackages = ["git", "a b"]', "build.packages"),
        ('[build]\npackages = ["--force-yes"]', "build.packages"),
        ('[build]\npackages = ["git\\n"]', "build.packages"),
        ('[build]\nnetwork = "bridge"', "build.network"),
        ('[verify]\nhttp = "healthz"', "verify.http"),
        ('[verify]\nwritable = ["var"]', "verify.writable"),
        ('[verify]\nwritable = ["/var/"]', "verify.writable"),
        ('[verify]\nwritable = ["/var/../etc"]', "verify.writable"),
        ('[verify]\nwritable = ["/"]', "verify.writable"),
        ('[verify]\nwritable = ["/a:ro"]', "verify.writable"),
        ('[verify]\nwritable = ["/proc/x"]', "verify.writable"),
        ('[verify]\ncapabilities = ["ALL"]', "verify.capabilities"),
        ('[verify]\ncapabilities = ["CAP_CHOWN"]', "verify.capabilities"),
        ('[verify]\nhttp = "/a b"', "verify.http"),
        ('[verify]\nlog = ""', "verify.log"),
        ('[verify.budget]\nboot = "fast"', "verify.budget.boot"),
        ("recipe = 2026-01-01", "recipe"),
    ],
)
def test_a_value_that_the_schema_refuses_names_its_key(text: str, key: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        load(text, {}, {})
    assert (raised.value.file, raised.value.key) == ("imagekit.toml", key)
    assert raised.value.advice == f"Correct `{key}` in imagekit.toml."


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[assets]\ndigest = true", "assets.digest"),
        ("[verify.env]\nA = 5", "verify.env.A"),
        ("[verify.env]\nA = { generate = 0 }", "verify.env.A"),
        ('[verify.env]\nA = { generated = "x" }', "verify.env.A.generated"),
        ('[verify.env]\n"A B" = "x"', "verify.env.A B"),
        ('[[cache.rule]]\nedit = "lib/**"\nmust_reuse = []', "cache.rule.must_reuse"),
    ],
)
def test_a_key_is_written_as_in_the_file(text: str, key: str) -> None:
    with pytest.raises((InvalidValue, UnknownKey)) as raised:
        load(text, {}, {})
    assert isinstance(raised.value, InvalidValue | UnknownKey)
    assert raised.value.key == key


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("recipe = 3", "recipe", "it must be a string"),
        ("verify = 3", "verify", "it must be a table"),
        ('[verify]\nskip = "a"', "verify.skip", "it must be a list"),
        (
            '[verify.cluster]\nreplicas = "x"',
            "verify.cluster.replicas",
            "it must be a whole number",
        ),
        (
            "[verify.budget]\nboot = true",
            "verify.budget.boot",
            "a duration is a number and a unit, as 500ms, 5s or 2m",
        ),
        (
            "[verify.budget]\ncompressed = []",
            "verify.budget.compressed",
            "a size is a number and a unit, as 30MB or 256MiB",
        ),
        ("port = 0", "port", "it must be greater than or equal to 1"),
    ],
)
def test_a_problem_is_told_in_the_words_of_toml(text: str, key: str, problem: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        load(text, {}, {})
    assert (raised.value.key, raised.value.problem) == (key, problem)


def test_a_required_key_that_is_not_given_is_named() -> None:
    with pytest.raises(InvalidValue) as raised:
        load('[[verify.service]]\nname = "db"', {}, {})
    assert raised.value.key == "verify.service.image"
    assert raised.value.what == (
        "imagekit.toml:1: `verify.service.image` is not valid: it is required, and not given."
    )
    assert raised.value.found == ""


@pytest.mark.parametrize(
    "text",
    [
        "recipe = ",
        'recipe = "debian',
        "[build]\n[build]",
        "a = 1\na = 2",
        f"port = {'9' * 5000}",
        f"recipe = {'[' * 2000}{']' * 2000}",
    ],
    ids=["no value", "no end", "a table twice", "a key twice", "a long number", "a deep array"],
)
def test_what_is_not_toml_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        load(text, {}, {})
    assert raised.value.file == "imagekit.toml"
    assert raised.value.problem


@pytest.mark.parametrize(
    ("text", "key"), [("build = 3", "build"), ("build = []", "build"), ("verify = 'x'", "verify")]
)
def test_a_table_that_is_none_is_refused_beside_a_variable_too(text: str, key: str) -> None:
    variables = {"IMAGEKIT_BUILD_PACKAGES": "a", "IMAGEKIT_VERIFY_BUDGET_BOOT": "1s"}
    with pytest.raises(InvalidValue) as raised:
        load(text, variables, {"build.network": "host"})
    assert raised.value.key == key
