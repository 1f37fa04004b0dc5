"""The pages that `imagekit explain` shows: each error and each recipe has one, and it is true.

What can be held against the code is: the quoted messages are those of `tests/golden/errors/`,
exit codes, verbs, flags and settings exist, and every TOML snippet is read by its own reader.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from imagekit import errors
from imagekit.cli.explain import PAGES, pages
from imagekit.cli.main import VERBS, cli
from imagekit.errors import ImagekitError
from imagekit.recipe.load import SHIPPED, load_recipe, shipped
from imagekit.recipe.schema import StepName
from imagekit.settings.load import load
from imagekit.settings.schema.build import NetworkSettings

GOLDEN = Path(__file__).parents[1] / "golden" / "errors"
ERROR_PAGES = sorted(PAGES.glob("errors/*.md"))
RECIPE_PAGES = sorted(SHIPPED.glob("*.md"))
NOTE_PAGES = sorted(PAGES.glob("notes/*.md"))
TOOL_PAGES = sorted(SHIPPED.glob("tools/*.md"))
OURS = [*ERROR_PAGES, *NOTE_PAGES, *RECIPE_PAGES, *TOOL_PAGES]
CONCRETE = {
    each.page: each
    for name in errors.__all__
    if isinstance(each := getattr(errors, name), type)
    and issubclass(each, ImagekitError)
    and each.page
}

each_error_page = pytest.mark.parametrize("page", ERROR_PAGES, ids=lambda page: page.stem)
each_recipe_page = pytest.mark.parametrize("page", RECIPE_PAGES, ids=lambda page: page.stem)
each_page = pytest.mark.parametrize("page", OURS, ids=lambda page: page.stem)
each_recipe = pytest.mark.parametrize("name", shipped())


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A fenced block, wherever it is indented to."""

    language: str
    text: str


def fences(text: str) -> list[Fence]:
    found = re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", text, flags=re.MULTILINE | re.DOTALL)
    return [Fence(language=each[1], text=textwrap.dedent(each[2])) for each in found]


def headings(text: str) -> list[str]:
    outside = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line for line in outside.splitlines() if line.startswith("#")]


def sections(text: str) -> dict[str, str]:
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return {name: rest for name, _, rest in (part.partition("\n") for part in parts)}


def rows(section: str) -> list[str]:
    """Give the first cells of its tables, without heads, as plain text."""
    cells = re.findall(r"^\| (.+?) \|", section, flags=re.MULTILINE)
    return [cell.replace("`", "") for cell in cells]


def shown(page: str) -> list[str]:
    """Give what the terminal shows for the cases of a page."""
    return [
        (case / "shown.txt").read_text(encoding="utf-8")
        for case in sorted(GOLDEN.iterdir())
        if getattr(errors, json.loads((case / "error.json").read_text())["error"]).page == page
    ]


def commands(text: str) -> Iterator[str]:
    """Give every command line of imagekit in the text, up to a pipe or the end of its quotes."""
    spans = re.findall(r"`([^`\n]+)`", text)
    lines = (
        line for each in fences(text) if each.language == "sh" for line in each.text.split("\n")
    )
    for code in (*spans, *lines):
        yield from re.findall(r"(?:^| )imagekit ([a-z]+[^|#]*)", code)


def test_each_error_has_a_page_and_each_page_an_error() -> None:
    assert {page.stem for page in ERROR_PAGES} == set(CONCRETE)


def test_each_recipe_has_a_page_and_each_page_a_recipe() -> None:
    assert {page.stem for page in RECIPE_PAGES} == {each.stem for each in SHIPPED.glob("*.toml")}


def test_no_two_pages_have_one_name() -> None:
    assert len(pages()) == len([*PAGES.glob("*/*.md"), *RECIPE_PAGES, *TOOL_PAGES])


@each_error_page
def test_an_error_page_has_its_three_parts(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    title, *parts = headings(text)
    assert re.fullmatch(r"# \S.*[^.]", title)
    assert parts == ["## Symptom", "## Cause", "## Solution"]
    assert all(part.strip() for part in sections(text).values())
    assert 15 <= len(text.splitlines()) <= 40


@each_error_page
def test_the_symptom_is_what_the_terminal_shows(page: Path) -> None:
    symptom = sections(page.read_text(encoding="utf-8"))["Symptom"]
    quoted = [each.text for each in fences(symptom)]
    assert quoted
    assert all(text in shown(page.stem) for text in quoted)
    assert re.findall(r"exit code (\d+)", symptom) == [str(int(CONCRETE[page.stem].exit_code))]


@each_page
def test_toml_is_read_by_its_reader(page: Path, tmp_path: Path) -> None:
    for fence in fences(page.read_text(encoding="utf-8")):
        if fence.language != "toml":
            continue
        name = fence.text.split("\n", 1)[0].removeprefix("# ")
        if name == "imagekit.toml":
            assert load(fence.text, {}, {}).sources
        else:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(fence.text, encoding="utf-8")
            assert load_recipe(name, tmp_path).name == Path(name).stem


@each_page
def test_commands_exist_with_their_flags(page: Path) -> None:
    context = cli.make_context("imagekit", ["--help"], resilient_parsing=True)
    for line in commands(page.read_text(encoding="utf-8")):
        verb, *words = line.split()
        assert verb in VERBS, line
        command = cli.get_command(context, verb)
        assert command is not None
        known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
        used = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert used <= known, line


@each_page
def test_pages_it_sends_the_reader_to_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wanted = set(re.findall(r"imagekit explain ([a-z][a-z.-]*[a-z])", text))
    assert wanted <= set(pages())


@each_page
def test_it_names_no_server_but_examples(page: Path) -> None:
    hosts = set(re.findall(r"https?://([\w.-]+)", page.read_text(encoding="utf-8")))
    assert {host for host in hosts if not host.endswith(".example.internal")} <= {"github.com"}


@each_recipe_page
def test_a_recipe_page_begins_with_its_name(page: Path) -> None:
    first, _ = page.read_text(encoding="utf-8").split("\n", 1)
    assert first.startswith(f"# Recipe `{page.stem}`")


@each_recipe
def test_a_recipe_page_has_both_toolchains(name: str) -> None:
    text = (SHIPPED / f"{name}.md").read_text(encoding="utf-8")
    toolchain = load_recipe(name, Path()).toolchain
    image = sections(text)["Toolchain from an image"]
    assert f"`{toolchain.image.elixir}`" in image
    assert f"`{toolchain.image.node}`" in image
    assert f"Elixir {toolchain.image.versions.elixir}, OTP {toolchain.image.versions.otp}" in image
    own = sections(text)["Toolchain from the distribution"]
    given = toolchain.distribution
    assert f"`{given.elixir}`" in own
    versions = given.versions
    assert f"Elixir {versions.elixir}, OTP {versions.otp}, Node {versions.node}" in own
    assert all(f"`{package}`" in own for package in given.elixir_unpacked)
    assert all(f"{key}={value}" in own for key, value in given.environment.items())


@each_recipe
def test_a_recipe_page_has_each_package_with_its_reason(name: str) -> None:
    section = sections((SHIPPED / f"{name}.md").read_text(encoding="utf-8"))["Packages"]
    recipe = load_recipe(name, Path())
    needs = recipe.toolchain.needs
    wanted = {*recipe.runtime.packages, *needs.git, *needs.c, *needs.rust}
    assert {each for each in wanted if f"`{each}`" not in section} == set()
    assert f"`{recipe.runtime.base}`" in section


@each_recipe
def test_a_recipe_page_has_each_network_setting(name: str) -> None:
    text = (SHIPPED / f"{name}.md").read_text(encoding="utf-8")
    assert {key for key in NetworkSettings.model_fields if f"`{key}`" not in text} == set()


@each_recipe
def test_a_recipe_page_explains_what_hadolint_finds(name: str) -> None:
    section = sections((SHIPPED / f"{name}.md").read_text(encoding="utf-8"))[
        "What hadolint finds in the Dockerfile"
    ]
    rule, *found = rows(section)
    assert rule == "rule"
    assert found
    assert all(re.fullmatch(r"(DL|SC)\d{4}", each) for each in found)


def test_the_base_page_has_each_stage_and_step_in_order() -> None:
    parts = sections((SHIPPED / "base.md").read_text(encoding="utf-8"))
    stages = load_recipe("debian", Path()).stage
    assert rows(parts["Stages"]) == ["stage", *(stage.name for stage in stages)]
    steps = [step.value for stage in stages for step in stage.steps]
    assert rows(parts["Steps"]) == ["step", *steps]
    assert set(steps) == {step.value for step in StepName}


def test_the_base_page_has_each_value_of_the_policy() -> None:
    section = sections((SHIPPED / "base.md").read_text(encoding="utf-8"))["Policy"]
    runtime = load_recipe("debian", Path()).runtime
    terms = runtime.policy.model_dump(mode="json")
    policy = {
        "root": str(runtime.root),
        "user, group": str(runtime.user),
        "stop_signal": runtime.stop_signal,
        "port": str(runtime.port),
        **{name: str(value).lower() if value is True else value for name, value in terms.items()},
    }
    assert runtime.environment == {}
    assert runtime.user == runtime.group
    assert sorted(rows(section)) == sorted(["key", *policy])
    for key, value in policy.items():
        names = ", ".join(f"`{name}`" for name in key.split(", "))
        assert f"| {names} | `{value}` |" in section
