"""Which file of the tree goes to which stage, and which to none."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagekit.plan import context, sources
from imagekit.plan.steps import TakeFromContext
from imagekit.project.model import NpmAssets, Project
from tests.unit.plan.contexts import in_context
from tests.unit.plan.projects import (
    PLAIN,
    UMBRELLA,
    dependency,
    mix_assets,
    npm_assets,
    paths,
    phoenix_app,
    project,
    umbrella,
)


def taken(step: TakeFromContext) -> set[str]:
    return {*map(str, step.files), *(f"{each}/" for each in step.directories)}


def npm(project: Project) -> NpmAssets:
    (only,) = (each for each in project.assets if isinstance(each, NpmAssets))
    return only


class TestAPlainApp:
    def test_dependencies_see_mix_files_and_compile_time_configuration(self) -> None:
        assert taken(sources.manifest(project())) == {
            "mix.exs",
            "mix.lock",
            "config/config.exs",
            "config/prod.exs",
        }

    def test_the_compiler_sees_the_code_and_priv(self) -> None:
        assert taken(sources.sources(project())) == {"lib/", "priv/"}

    def test_only_the_release_sees_runtime_configuration_and_rel(self) -> None:
        assert taken(sources.runtime_config(project())) == {"config/runtime.exs", "rel/"}

    def test_what_other_tools_left_at_the_root_may_be_read_by_the_compiler(self) -> None:
        tree = project(paths=paths(PLAIN + " VERSION data/words.txt"))
        assert taken(sources.sources(tree)) == {"VERSION", "data/", "lib/", "priv/"}

    def test_mix_exs_may_read_what_is_beside_it(self) -> None:
        tree = project(paths=paths(PLAIN + " VERSION data/words.txt README.md"))
        assert taken(sources.beside_mix_exs(tree)) == {"VERSION"}

    def test_the_compiler_has_the_projects_own_files_again(self) -> None:
        assert taken(sources.compiled(project())) == {
            *taken(sources.manifest(project())),
            *taken(sources.sources(project())),
        }


class TestAPhoenixApp:
    def test_assets_are_no_input_of_the_compiler(self) -> None:
        assert taken(sources.sources(phoenix_app())) == {"lib/", "priv/"}

    def test_package_files_come_before_the_other_asset_files(self) -> None:
        shop = phoenix_app()
        assert taken(sources.package_files(npm(shop))) == {
            "assets/package.json",
            "assets/package-lock.json",
        }
        assert taken(sources.asset_files(shop, npm(shop))) == {"assets/css/", "assets/js/"}

    def test_assets_that_mix_builds_come_after_the_code(self) -> None:
        shop = phoenix_app(assets=(mix_assets(),), paths=paths(PLAIN + "assets/js/app.js"))
        assert taken(sources.sources(shop)) == {"lib/", "priv/"}
        assert taken(sources.mix_asset_files(shop)) == {"assets/"}

    def test_what_an_earlier_asset_build_left_is_not_taken(self) -> None:
        static = {str(path) for path in all_taken(phoenix_app()) if "static" in path.parts}
        assert static == {"priv/static/favicon.ico"}

    def test_without_assets_plain_static_files_are_the_developers(self) -> None:
        shop = project(paths=paths(PLAIN + "priv/static/assets/app.js"))
        assert PurePosixPath("priv/static/assets/app.js") in all_taken(shop)


class TestAnUmbrella:
    def test_dependencies_see_every_childs_mix_exs(self) -> None:
        found = taken(sources.manifest(umbrella()))
        assert {f"apps/{name}/mix.exs" for name in ("core", "jobs", "web")} <= found

    def test_a_path_dependency_is_compiled_with_the_dependencies(self) -> None:
        found = taken(sources.manifest(umbrella()))
        assert {"libs/money/mix.exs", "libs/money/lib/"} <= found or "libs/" in found

    def test_a_path_dependency_is_not_taken_again_for_the_compiler(self) -> None:
        found = within(umbrella(), sources.compiled(umbrella()))
        assert not [path for path in found if path.is_relative_to("libs")]
        assert PurePosixPath("apps/core/mix.exs") in found

    def test_the_compiler_sees_the_children_without_their_assets(self) -> None:
        assert taken(sources.sources(umbrella())) == {
            "apps/core/lib/",
            "apps/jobs/lib/",
            "apps/web/lib/",
            "apps/web/priv/",
        }

    def test_assets_of_a_child_are_found_in_it(self) -> None:
        mall = umbrella()
        assert taken(sources.package_files(npm(mall))) == {
            "apps/web/assets/package.json",
            "apps/web/assets/package-lock.json",
        }
        assert taken(sources.asset_files(mall, npm(mall))) == {"apps/web/assets/js/"}

    def test_rel_of_the_root_goes_to_the_release(self) -> None:
        assert taken(sources.runtime_config(umbrella())) == {"config/runtime.exs", "rel/"}


NEVER = """
    .env .env.prod .npmrc .netrc .gitignore .formatter.exs .github/workflows/ci.yml .tool-versions
    AGENTS.md README.md CHANGELOG.md LICENSE LICENSE.txt Dockerfile Dockerfile.dev compose.yaml
    imagekit.toml
    docker-compose.yml test/shop_test.exs cover/shop.html doc/index.html config/dev.exs
    config/test.exs deps/jason/mix.exs _build/prod/lib/x.beam erl_crash.dump .git/config
    lib/.env lib/deep/.env.local lib/.DS_Store assets/.npmrc .vscode/settings.json
"""


@pytest.mark.parametrize("path", NEVER.split())
def test_a_plain_app_never_takes(path: str) -> None:
    assert PurePosixPath(path) not in all_taken(phoenix_app(paths=paths(PLAIN + NEVER)))


@pytest.mark.parametrize(
    "path",
    [
        "apps/core/README.md",
        "apps/core/test/core_test.exs",
        "apps/web/.env",
        "libs/money/test/money_test.exs",
        "apps/web/assets/.npmrc",
        "apps/jobs/.env.local",
        "apps/web/deps/x/mix.exs",
        "apps/web/.formatter.exs",
    ],
)
def test_an_umbrella_never_takes(path: str) -> None:
    mall = umbrella(paths=paths(f"{UMBRELLA} {path}"))
    assert PurePosixPath(path) in mall.paths
    assert PurePosixPath(path) not in all_taken(mall)


@pytest.mark.parametrize(
    "path",
    [
        "lib/test/case.ex",
        "lib/doc.ex",
        "priv/README.md",
        "lib/deps/graph.ex",
        "apps/core/lib/test/x.ex",
    ],
)
def test_a_name_that_means_nothing_below_an_app_is_taken_there(path: str) -> None:
    mall = umbrella(paths=paths(f"{UMBRELLA} {path}"))
    assert PurePosixPath(path) in all_taken(mall)


def test_the_scripts_of_an_ejected_build_are_no_input_of_it() -> None:
    shop = project(paths=paths(PLAIN + ".imagekit/seal .dockerignore"))
    assert sources.sources(shop) == sources.sources(project())


def test_a_path_dependency_that_is_a_symbolic_link_goes_with_the_dependencies() -> None:
    shop = project(
        dependencies=(dependency("money", "path", path=PurePosixPath("libs/money")),),
        paths=paths(PLAIN + "libs/money"),
    )
    assert PurePosixPath("libs/money") in within(shop, sources.manifest(shop))


def test_a_package_json_at_the_root_lets_its_bundler_read_everything() -> None:
    shop = phoenix_app(
        assets=(npm_assets(".", output=PurePosixPath("priv/static")),),
        paths=paths(PLAIN + "package.json package-lock.json assets/js/app.js"),
    )
    read = within(shop, sources.asset_files(shop, npm(shop)))
    compiled = within(shop, sources.sources(shop))
    assert PurePosixPath("lib/shop.ex") in read & compiled


def test_what_the_user_takes_back_is_taken() -> None:
    shop = project(ignored=("!README.md",))
    assert PurePosixPath("README.md") in all_taken(shop)


def test_what_is_ignored_is_not_taken_and_the_other_way_round() -> None:
    names = {(each.folder, each.pattern) for each in context.ignored(phoenix_app())}
    assert (None, ".env") in names
    assert (PurePosixPath(), "test") in names
    assert (PurePosixPath(), "priv/static/assets") in names
    assert (PurePosixPath(), "lib") not in names


def test_a_list_of_all_that_is_wanted_does_not_let_secrets_in() -> None:
    """`*` and then `!` lines is how many write their .dockerignore."""
    shop = project(
        ignored=("*", "!mix.*", "!config", "!lib"),
        paths=paths(PLAIN + "lib/.env lib/node_modules/x"),
    )
    assert {str(path) for path in all_taken(shop) if path.parts[0] == "lib"} == {
        "lib/shop.ex",
        "lib/shop/application.ex",
    }


def test_each_app_and_path_dependency_has_its_own_ignored_names() -> None:
    folders = {str(each.folder) for each in context.ignored(umbrella()) if each.pattern == "test"}
    assert folders == {".", "apps/core", "apps/jobs", "apps/web", "libs/money"}


def within(project: Project, step: TakeFromContext) -> set[PurePosixPath]:
    """Give what a step really takes: a folder brings what `.dockerignore` leaves in it."""
    return {
        path
        for path in in_context(project)
        if path in step.files or any(path.is_relative_to(each) for each in step.directories)
    }


def all_taken(project: Project) -> set[PurePosixPath]:
    steps = [sources.manifest(project), sources.sources(project), sources.runtime_config(project)]
    steps.append(sources.mix_asset_files(project))
    for each in project.assets:
        if isinstance(each, NpmAssets):
            steps += [sources.package_files(each), sources.asset_files(project, each)]
    return {path for step in steps for path in within(project, step)}
