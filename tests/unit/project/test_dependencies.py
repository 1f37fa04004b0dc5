"""Dependencies: declared in `mix.exs` files, completed by `mix.lock`."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagekit.errors import ProjectNotSupported
from imagekit.resolved import Resolved, Unknown
from tests.unit.project.trees import dependency, mix_exs, read


def wish(name: str, *, optional: bool = False) -> str:
    options = f'[hex: :{name}, repo: "hexpm", optional: {str(optional).lower()}]'
    return f'{{:{name}, "~> 1.0", {options}}}'


def entry(
    name: str, version: str, *wishes: str, managers: str = ":mix", repository: str = "hexpm"
) -> str:
    rest = f'[{managers}], [{", ".join(wishes)}], "{repository}", "bb"'
    return f'"{name}": {{:hex, :{name}, "{version}", "aa", {rest}}}'


def lock(*entries: str) -> str:
    lines = "".join(f"  {each},\n" for each in entries)
    return f"%{{\n{lines}}}\n"


COMMIT = "88ab3a0d790e6a47404cba02800a6b25d2afae50"
ENTRIES = (
    entry("bcrypt_elixir", "3.1.0", wish("comeonin"), wish("elixir_make"), managers=":make, :mix"),
    entry("comeonin", "5.4.0"),
    entry("cowboy", "2.12.0", wish("ranch"), managers=":make, :rebar3"),
    entry("credo", "1.7.0", wish("jason"), wish("bunt")),
    entry("bunt", "1.0.0"),
    entry("elixir_make", "0.8.4"),
    entry("exqlite", "0.20.0", wish("cc_precompiler"), wish("elixir_make"), managers=":make, :mix"),
    entry("cc_precompiler", "0.1.10", wish("elixir_make")),
    f'"heroicons": {{:git, "https://github.com/tailwindlabs/heroicons.git", "{COMMIT}", []}}',
    entry("jason", "1.4.4", wish("decimal", optional=True)),
    entry("mdex", "0.4.0", wish("rustler", optional=True), wish("rustler_precompiled")),
    entry("rustler_precompiled", "0.8.0", wish("rustler", optional=True)),
    '"old": {:hex, :old, "0.1.0"}',
    '"older": {:hex, :older, "0.2.0", "aa", [:make]}',
    entry("oban_pro", "1.5.0", repository="oban"),
    entry("private", "1.0.0", repository="hexpm:acme"),
    entry("ranch", "1.8.0", managers=":make, :rebar3"),
    'odd: {:path, "x"}',
)
LOCK = lock(*ENTRIES)


def test_a_direct_dependency_has_requirement_version_and_both_places() -> None:
    found = dependency(read({"mix.lock": LOCK}, deps='{:jason, "~> 1.2"}'), "jason")
    assert (found.scm, found.requirement, found.direct) == ("hex", "~> 1.2", True)
    assert found.version == Resolved(value="1.4.4", source="mix.lock:11")
    assert found.source == "mix.exs:14"
    assert (found.environments, found.repository, found.path) == (None, "hexpm", None)


def test_a_transitive_dependency_comes_from_the_lock_file() -> None:
    found = dependency(read({"mix.lock": LOCK}, deps='{:cowboy, "~> 2.0"}'), "ranch")
    assert (found.direct, found.requirement, found.source) == (False, None, "mix.lock:18")


def test_a_git_dependency_has_its_commit() -> None:
    deps = '{:heroicons, github: "tailwindlabs/heroicons", tag: "v2.1.1", app: false}'
    found = dependency(read({"mix.lock": LOCK}, deps=deps), "heroicons")
    assert found.scm == "git"
    assert found.version == Resolved(value=COMMIT, source="mix.lock:10")
    assert found.repository == "https://github.com/tailwindlabs/heroicons.git"


def test_without_a_lock_file_versions_are_unknown() -> None:
    project = read(deps='{:jason, "~> 1.2"}, {:a, github: "b/a"}, {:c, "1.0.0", organization: "d"}')
    assert not project.has_lock
    assert project.lock_file is None
    assert {each.name: each.repository for each in project.dependencies} == {
        "a": "https://github.com/b/a.git",
        "c": "hexpm:d",
        "jason": "hexpm",
    }
    assert all(isinstance(each.version, Unknown) for each in project.dependencies)


@pytest.mark.parametrize(
    ("name", "native", "precompiled"),
    [
        ("bcrypt_elixir", ("c",), False),
        ("exqlite", ("c",), True),
        ("older", ("c",), False),
        ("mdex", ("rust",), True),
        ("cowboy", (), False),
        ("jason", (), False),
        ("elixir_make", (), False),
        ("cc_precompiler", (), False),
    ],
)
def test_native_code_is_told_from_the_lock_file(
    name: str, native: tuple[str, ...], *, precompiled: bool
) -> None:
    found = dependency(read({"mix.lock": LOCK}), name)
    assert (found.native, found.precompiled) == (native, precompiled)


@pytest.mark.parametrize(("name", "native"), [("rustler", "rust"), ("elixir_make", "c")])
def test_a_tool_that_the_project_names_is_for_its_own_code(name: str, native: str) -> None:
    project = read(deps=f'{{:{name}, "~> 0.30"}}')
    assert dependency(project, name).native == (native,)
    assert project.apps[0].native == (native,)


def test_an_optional_wish_that_came_true_counts() -> None:
    package = entry("mdex", "0.4.0", wish("rustler", optional=True))
    without, with_rustler = lock(package), lock(package, entry("rustler", "0.34.0"))
    assert dependency(read({"mix.lock": without}), "mdex").native == ()
    assert dependency(read({"mix.lock": with_rustler}), "mdex").native == ("rust",)


@pytest.mark.parametrize(("name", "repository"), [("oban_pro", "oban"), ("private", "hexpm:acme")])
def test_a_private_package_names_its_repository(name: str, repository: str) -> None:
    assert dependency(read({"mix.lock": LOCK}), name).repository == repository


def test_environments_reach_through_the_lock_file() -> None:
    deps = '{:credo, "~> 1.7", only: [:test, :dev], runtime: false}, {:bcrypt_elixir, "~> 3.0"}'
    project = read({"mix.lock": LOCK}, deps=deps)
    assert dependency(project, "credo").environments == ("dev", "test")
    assert dependency(project, "bunt").environments == ("dev", "test")
    assert dependency(project, "jason").environments == ("dev", "test")
    assert dependency(project, "comeonin").environments is None
    assert dependency(project, "ranch").environments is None, "nothing is known to lead there"
    both = read({"mix.lock": LOCK}, deps=f'{deps}, {{:jason, "~> 1.0", only: :prod}}')
    assert dependency(both, "jason").environments == ("prod",), "its own declaration decides"


def test_several_files_are_joined() -> None:
    project = read(
        {
            "mix.exs": mix_exs('apps_path: "apps"', app="", deps='{:jason, "~> 1.0", only: :dev}'),
            "apps/a/mix.exs": mix_exs(app="a", deps='{:jason, "~> 1.1", only: :test}'),
            "apps/b/mix.exs": mix_exs(app="b", deps='{:a, in_umbrella: true}, {:jason, "~> 1.2"}'),
            "apps/c/mix.exs": mix_exs(app="c", deps='{:a, path: "../a"}'),
        }
    )
    jason, a = dependency(project, "jason"), dependency(project, "a")
    assert (jason.requirement, jason.environments, jason.source) == ("~> 1.0", None, "mix.exs:14")
    assert (a.scm, a.path, a.source) == ("umbrella", PurePosixPath("apps/a"), "apps/b/mix.exs:14")
    assert a.version == Resolved(value="0.1.0", source="apps/a/mix.exs:7")


def test_path_dependencies_bring_their_own() -> None:
    project = read(
        {
            "mix.exs": mix_exs(deps='{:lib, path: "vendor/lib"}'),
            "vendor/lib/mix.exs": mix_exs(
                app="lib",
                deps='{:other, path: "../other"}, {:jason, "~> 1.0"}, '
                '{:ex_doc, "~> 0.3", only: :dev}',
            ),
            "vendor/lib/c_src/a.c": "",
            "vendor/other/rebar.config": "",
            "vendor/other/native/crate/Cargo.toml": "",
        }
    )
    assert [(each.name, each.scm) for each in project.dependencies] == [
        ("jason", "hex"),
        ("lib", "path"),
        ("other", "path"),
    ]
    lib, other = dependency(project, "lib"), dependency(project, "other")
    assert lib.version == Resolved(value="0.1.0", source="vendor/lib/mix.exs:7")
    assert (lib.path, lib.native) == (PurePosixPath("vendor/lib"), ("c",))
    assert isinstance(other.version, Unknown)
    assert (other.path, other.native) == (PurePosixPath("vendor/other"), ("rust",))


@pytest.mark.parametrize("path", ["../lib", "/opt/lib", "vendor/../../lib"])
def test_a_path_dependency_outside_the_project_is_refused(path: str) -> None:
    with pytest.raises(ProjectNotSupported) as raised:
        read(deps=f'{{:lib, path: "{path}"}}')
    assert raised.value.file == "mix.exs:14"
    assert path in raised.value.shape


def test_a_path_dependency_outside_is_fine_where_production_does_not_see_it() -> None:
    project = read(deps='{:lib, path: "../lib", only: :dev}')
    assert dependency(project, "lib").path is None
    assert isinstance(dependency(project, "lib").version, Unknown)


def test_a_path_dependency_that_is_not_there_is_refused() -> None:
    with pytest.raises(ProjectNotSupported) as raised:
        read(deps='{:lib, path: "vendor/lib"}')
    assert "vendor/lib has no files" in raised.value.shape


def test_what_cannot_be_read_of_deps_is_unknown_and_the_rest_is_known() -> None:
    project = read(
        deps='{:jason, "~> 1.0"}, extra("a"), {name(), "1.0"}, '
        '{:b, path: System.get_env("B"), only: envs()}, {:c, only: Mix.env()}'
    )
    assert [each.name for each in project.dependencies] == ["b", "c", "jason"]
    assert dependency(project, "c").environments is None
    assert {each.source for each in project.unknowns} == {"mix.exs:14"}
    assert len(project.unknowns) == 5


def test_the_lock_file_may_have_another_name() -> None:
    project = read({"deps.lock": LOCK, "mix.lock": "%{}"}, project='lockfile: "deps.lock"')
    assert project.lock_file == PurePosixPath("deps.lock")
    assert project.has_lock


def test_dependencies_are_sorted_and_named_once() -> None:
    names = [each.name for each in read({"mix.lock": LOCK}, deps="{:jason, []}").dependencies]
    assert names == sorted(set(names))
    assert len(names) == 17


def test_a_tuple_of_a_name_alone_is_a_dependency() -> None:
    (found,) = read(deps="{:jason}").dependencies
    assert (found.name, found.requirement, found.scm) == ("jason", None, "hex")


def test_the_environments_of_several_files_are_joined() -> None:
    project = read(
        {
            "mix.exs": mix_exs('apps_path: "apps"', app=""),
            "apps/a/mix.exs": mix_exs(app="a", deps='{:jason, "~> 1.1", only: :test}'),
            "apps/b/mix.exs": mix_exs(app="b", deps='{:jason, "~> 1.2", only: [:dev, :test]}'),
        }
    )
    assert dependency(project, "jason").environments == ("dev", "test")


@pytest.mark.parametrize(
    "shape", ["{}", "{:hex}", "{:hex, :a}", "{:git}", '{:git, "url"}', "{:hg, 1, 2}", "1", "f()"]
)
def test_an_entry_of_another_shape_is_passed_over(shape: str) -> None:
    found = dependency(read({"mix.lock": f'%{{"a": {shape}, b: 1}}'}, deps="{:a, []}"), "a")
    assert isinstance(found.version, Unknown)


def test_an_old_entry_has_its_version() -> None:
    project = read({"mix.lock": '%{"a": {:hex, :a, "1.0.0", "aa"}}'})
    assert dependency(project, "a").version == Resolved(value="1.0.0", source="mix.lock:1")
