"""Reading recipes: those that are shipped, a user's own, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from pydantic import ValidationError

from imagekit.errors import (
    InvalidValue,
    RecipeNotFound,
    UnknownKey,
    UnreadableConfiguration,
)
from imagekit.recipe.load import load_recipe, shipped
from imagekit.recipe.schema import Recipe, StepName


def own(folder: Path, text: str, name: str = "mine.toml") -> Recipe:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return load_recipe(name, folder)


def test_three_recipes_are_shipped_and_base_is_not_one_to_build_with() -> None:
    assert shipped() == ("alpine", "debian", "minimal")
    with pytest.raises(InvalidValue, match="`package_manager`"):
        load_recipe("base", Path())


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_recipe_is_whole(name: str) -> None:
    recipe = load_recipe(name, Path("/nowhere"))
    assert recipe.name == name
    assert recipe.summary.endswith(".")
    assert [stage.name for stage in recipe.stage] == [
        *("toolchain", "manifest", "fetch", "deps", "assets", "app", "release"),
        *("packages", "rootfs", "runtime"),
    ]
    assert {step for stage in recipe.stage for step in stage.steps} == {*StepName}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_recipe_builds_and_runs_on_one_distribution(name: str) -> None:
    """A runtime of another C library than the builder's boots nothing."""
    recipe = load_recipe(name, Path())
    toolchain = recipe.toolchain
    own = toolchain.distribution.elixir
    assert own == toolchain.distribution.node
    assert recipe.runtime.base in (own, "scratch")
    release = own.partition(":")[2].removesuffix("-slim")
    # Assets are files for browsers: where Node ran is no matter to the runtime.
    assert release in toolchain.image.elixir


@pytest.mark.parametrize("name", shipped())
def test_images_have_a_place_for_each_version(name: str) -> None:
    image = load_recipe(name, Path()).toolchain.image
    assert "{elixir}" in image.elixir
    assert "{otp}" in image.elixir
    assert "{node}" in image.node


@pytest.mark.parametrize("name", shipped())
def test_package_lists_are_sorted_and_without_duplicates(name: str) -> None:
    recipe = load_recipe(name, Path())
    distribution = recipe.toolchain.distribution
    for packages in (recipe.runtime.packages, distribution.elixir_packages):
        assert list(packages) == sorted(set(packages))


def test_the_policy_comes_from_base() -> None:
    debian, alpine = load_recipe("debian", Path()).runtime, load_recipe("alpine", Path()).runtime
    assert debian.user == alpine.user == 65532
    assert debian.root == PurePosixPath("/app")
    assert debian.environment == alpine.environment


def test_a_recipe_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_recipe("debian", Path()).name = "other"


def test_a_shipped_name_wins_over_a_file_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "debian").write_text("not = 'this'")
    assert load_recipe("debian", tmp_path) == load_recipe("debian", Path())


def test_an_own_recipe_replaces_single_keys_and_keeps_the_rest(tmp_path: Path) -> None:
    mine = own(tmp_path, 'extends = "debian"\n[runtime]\nport = 8080\n')
    debian = load_recipe("debian", Path())
    assert mine == debian.model_copy(
        update={"name": "mine", "runtime": debian.runtime.model_copy(update={"port": 8080})}
    )


def test_tables_are_merged_at_any_depth(tmp_path: Path) -> None:
    mine = own(tmp_path, 'extends = "debian"\n[runtime.environment]\nTZ = "UTC"\nLANG = "C"\n')
    debian = load_recipe("debian", Path())
    assert mine.runtime.environment == {**debian.runtime.environment, "TZ": "UTC", "LANG": "C"}


def test_a_list_is_replaced_whole(tmp_path: Path) -> None:
    mine = own(
        tmp_path,
        'extends = "debian"\nruntime.packages = ["tini"]\n'
        '[[stage]]\nname = "only"\nbase = "runtime"\nsteps = ["contract"]\n',
    )
    assert mine.runtime.packages == ("tini",)
    assert [stage.name for stage in mine.stage] == ["only"]


def test_a_recipe_may_stand_alone(tmp_path: Path) -> None:
    mine = own(
        tmp_path,
        """
        summary = "Everything by itself."
        package_manager = "apt"
        toolchain.source = "image"
        toolchain.needs = { git = [], c = [], rust = [] }
        stage = [{ name = "only", base = "runtime", steps = [] }]
        [toolchain.image]
        elixir = "a:{elixir}"
        node = "b:{node}"
        versions = { elixir = "1", otp = "2", node = "3" }
        [toolchain.distribution]
        elixir = "a"
        node = "b"
        elixir_packages = []
        node_packages = []
        versions = { elixir = "1", otp = "2", node = "3" }
        [runtime]
        base = "c"
        packages = []
        root = "/srv"
        user = 1
        group = 0
        stop_signal = "SIGTERM"
        port = 1
        """,
    )
    assert mine.runtime.environment == {}
    assert mine.toolchain.distribution.elixir_unpacked == ()


def test_a_chain_of_own_recipes(tmp_path: Path) -> None:
    own(tmp_path, 'extends = "debian"\nruntime.port = 1\nruntime.user = 1\n', "team.toml")
    mine = own(tmp_path, 'extends = "./team.toml"\nruntime.port = 2\n')
    assert (mine.runtime.port, mine.runtime.user, mine.runtime.group) == (2, 1, 65532)


def test_extends_is_relative_to_the_file_that_says_it(tmp_path: Path) -> None:
    own(tmp_path, 'extends = "debian"\nruntime.port = 1\n', "deploy/team.toml")
    mine = own(tmp_path, 'extends = "team.toml"\n', "deploy/mine.toml")
    assert (mine.name, mine.runtime.port) == ("mine", 1)


@pytest.mark.parametrize("write", [str, lambda path: f"~/{path.name}"], ids=["absolute", "home"])
def test_a_path_may_be_absolute_or_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    own(tmp_path, 'extends = "debian"\n')
    assert load_recipe(write(tmp_path / "mine.toml"), Path("/nowhere")).name == "mine"


@pytest.mark.parametrize("name", ["debain", "./nothing.toml", "nothing.toml", "folder.toml", ""])
def test_there_is_no_such_recipe(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(RecipeNotFound) as caught:
        load_recipe(name, tmp_path)
    assert caught.value.name == name
    assert caught.value.shipped == ("alpine", "debian", "minimal")


def test_a_near_miss_gets_a_suggestion() -> None:
    with pytest.raises(RecipeNotFound) as caught:
        load_recipe("debain", Path())
    assert caught.value.advice.startswith("Perhaps you meant `debian`.")


def test_the_missing_parent_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeNotFound) as caught:
        own(tmp_path, 'extends = "alpin"\n')
    assert caught.value.name == "alpin"


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_chain_that_comes_back_to_itself_ends(tmp_path: Path, length: int) -> None:
    for number in range(length):
        (tmp_path / f"{number}.toml").write_text(f'extends = "{(number + 1) % length}.toml"\n')
    with pytest.raises(InvalidValue):
        load_recipe("0.toml", tmp_path)


def test_a_long_chain_is_read_up_to_its_limit(tmp_path: Path) -> None:
    """Seven `extends`, the last of them `debian`'s own to `base`."""
    for number in range(6):
        parent = "debian" if number == 5 else f"{number + 1}.toml"
        (tmp_path / f"{number}.toml").write_text(f'extends = "{parent}"\n')
    assert load_recipe("0.toml", tmp_path).package_manager == "apt"
    (tmp_path / "longer.toml").write_text('extends = "0.toml"\n')
    with pytest.raises(InvalidValue):
        load_recipe("longer.toml", tmp_path)


UNKNOWN = {
    "in a table": ("runtime.prt = 1", "runtime.prt", "port"),
    "two tables deep": ('toolchain.image.elxir = "x"', "toolchain.image.elxir", "elixir"),
    "at the top": ('sumary = "x"', "sumary", "summary"),
    "in a stage": (
        '[[stage]]\nname = "a"\nbase = "runtime"\nsteps = []\nbse = "scratch"',
        "stage.0.bse",
        None,
    ),
    "like no other": ("zzz = 1", "zzz", None),
}


@pytest.mark.parametrize(("text", "key", "meant"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_key_is_an_error_with_a_suggestion(
    tmp_path: Path, text: str, key: str, meant: str | None
) -> None:
    with pytest.raises(UnknownKey) as caught:
        own(tmp_path, f'extends = "debian"\n{text}\n')
    assert (caught.value.file, caught.value.key) == ("recipe mine.toml", key)
    if meant is not None:
        assert caught.value.advice == f"Perhaps you meant `{meant}`."
        assert meant in caught.value.allowed


INVALID = {
    "root as the user": ("runtime.user = 0", "runtime.user"),
    "a user by name": ('runtime.user = "app"', "runtime.user"),
    "a port out of range": ("runtime.port = 70000", "runtime.port"),
    "a signal by number": ('runtime.stop_signal = "15"', "runtime.stop_signal"),
    "a package that is an option": ('runtime.packages = ["--allow"]', "runtime.packages.0"),
    "a package that is a command": ('runtime.packages = ["a; b"]', "runtime.packages.0"),
    "a package with a line break": ('runtime.packages = ["a\\nb"]', "runtime.packages.0"),
    "another package manager": ('package_manager = "dnf"', "package_manager"),
    "another source": ('toolchain.source = "asdf"', "toolchain.source"),
    "a list for a table": ("runtime = []", "runtime"),
    "an unknown step": (
        '[[stage]]\nname = "a"\nbase = "runtime"\nsteps = ["fly"]',
        "stage.0.steps.0",
    ),
    "a stage name with a blank": (
        '[[stage]]\nname = "a b"\nbase = "runtime"\nsteps = []',
        "stage.0.name",
    ),
    "a base with an instruction in it": (
        '[[stage]]\nname = "a"\nbase = "stage:b\\nRUN c"\nsteps = []',
        "stage.0.base",
    ),
    "two parents": ("", "extends"),
}


@pytest.mark.parametrize(("text", "key"), INVALID.values(), ids=INVALID.keys())
def test_an_invalid_value_is_named_by_its_key(tmp_path: Path, text: str, key: str) -> None:
    extends = '["debian", "alpine"]' if key == "extends" else '"debian"'
    with pytest.raises(InvalidValue) as caught:
        own(tmp_path, f"extends = {extends}\n{text}\n")
    assert caught.value.key == key
    assert "mine.toml" in caught.value.file


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue) as caught:
        own(tmp_path, 'extends = "base"\n')
    assert caught.value.key == "package_manager"


BAD = {
    "no TOML": (b"runtime = = 1\n", "line 1"),
    "a key twice": (b"a = 1\na = 2\n", "line 2"),
    "not UTF-8": (b"\xff\xfe", "utf-8"),
}


@pytest.mark.parametrize(("content", "place"), BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_toml_says_where(tmp_path: Path, content: bytes, place: str) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(UnreadableConfiguration) as caught:
        load_recipe("mine.toml", tmp_path)
    assert caught.value.file == "mine.toml"
    assert place in caught.value.found


def test_a_broken_parent_is_the_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "team.toml").write_text("runtime = = 1\n")
    with pytest.raises(UnreadableConfiguration) as caught:
        own(tmp_path, 'extends = "team.toml"\n')
    assert caught.value.file == "team.toml"
