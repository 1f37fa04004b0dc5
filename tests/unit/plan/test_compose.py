"""Project, settings and recipe become one plan, or an error that says what is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from random import Random
from typing import Any, TypeVar

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.errors import (
    ProjectNotSupported,
    ReleaseNotChosen,
    ReleaseNotFound,
    ReleaseWithoutErts,
)
from imagekit.plan.compose import compose
from imagekit.plan.model import Plan, Stage
from imagekit.plan.steps import (
    AskedPackage,
    AssembleRelease,
    BundleAssets,
    CompileDependencies,
    FetchDependencies,
    FindPackages,
    InstallFound,
    InstallMixTools,
    InstallPackages,
    MakeRootfs,
    RunMixTask,
    SplitLayers,
    Step,
    TakeFromContext,
    TakeFromStage,
)
from imagekit.project.model import Project
from imagekit.resolved import Resolved, Unknown
from tests.unit.plan.projects import (
    NOT_SAID,
    app,
    dependency,
    mix_assets,
    npm_assets,
    phoenix_app,
    project,
    recipe,
    release,
    said,
    settings,
    umbrella,
    variable,
    versions,
)

T = TypeVar("T")


def plan(project: Project, text: str = "", recipe_name: str = "debian", **flags: Any) -> Plan:
    return compose(project, settings(text, **flags), recipe(recipe_name))


def stage(plan: Plan, name: str) -> Stage:
    return next(each for each in plan.stages if each.name == name)


def steps(plan: Plan, kind: type[Step]) -> list[Any]:
    return [step for each in plan.stages for step in each.steps if isinstance(step, kind)]


def names(plan: Plan) -> list[str]:
    return [each.name for each in plan.stages]


class TestTheRelease:
    def test_the_only_one_is_built(self) -> None:
        assert plan(project()).release == Resolved(value="shop", source="mix.exs")

    def test_several_are_a_question(self) -> None:
        with pytest.raises(ReleaseNotChosen) as raised:
            plan(umbrella())
        assert raised.value.releases == ("jobs_release", "web_release")

    def test_the_default_of_mix_is_the_default_here(self) -> None:
        found = plan(umbrella(default_release="web_release")).release
        assert found == Resolved(value="web_release", source="default_release")

    def test_the_answer_is_taken(self) -> None:
        found = plan(umbrella(), release="web_release")
        assert found.release == Resolved(value="web_release", source="flag --release")
        assert found.name == "web_release"

    def test_a_wrong_answer_is_refused_with_the_one_that_was_meant(self) -> None:
        with pytest.raises(ReleaseNotFound) as raised:
            plan(umbrella(), 'release = "web_relaese"\n')
        assert raised.value.advice == "Perhaps you meant `web_release`."

    def test_a_wrong_answer_is_refused_even_where_there_is_one_release(self) -> None:
        with pytest.raises(ReleaseNotFound):
            plan(project(), release="shopp")

    def test_an_umbrella_without_one_is_told_what_to_add(self) -> None:
        with pytest.raises(ProjectNotSupported) as raised:
            plan(umbrella(releases=()))
        assert "releases:" in raised.value.way_out

    def test_one_that_is_defined_is_assembled_by_name(self) -> None:
        (step,) = steps(plan(project()), AssembleRelease)
        assert step.release == "shop"

    def test_mixs_default_is_assembled_without_one(self) -> None:
        (step,) = steps(plan(project(releases=(release(defined=False),))), AssembleRelease)
        assert step.release is None


class TestStages:
    def test_all_of_them_where_npm_builds_assets(self) -> None:
        building = ["toolchain", "manifest", "fetch", "deps", "assets", "app", "release"]
        assert names(plan(phoenix_app())) == [*building, "packages", "runtime"]

    def test_no_asset_stage_without_npm(self) -> None:
        assert "assets" not in names(plan(project()))
        assert "assets" not in names(plan(phoenix_app(assets=(mix_assets(),))))

    def test_a_stage_copies_from_earlier_ones_only(self) -> None:
        found = plan(phoenix_app())
        order = names(found)
        for each in found.stages:
            used = {step.stage for step in each.steps if isinstance(step, TakeFromStage)}
            assert all(order.index(name) < order.index(each.name) for name in used)

    def test_the_asset_stage_does_not_wait_for_the_compiler(self) -> None:
        used = {s.stage for s in stage(plan(phoenix_app()), "assets").steps if hasattr(s, "stage")}
        assert used == {"fetch"}

    def test_the_asset_stage_gets_the_javascript_of_dependencies(self) -> None:
        assets = stage(plan(phoenix_app()), "assets")
        step = next(each for each in assets.steps if isinstance(each, TakeFromStage))
        assert step == TakeFromStage(
            stage="fetch",
            source=PurePosixPath("deps/phoenix"),
            target=PurePosixPath("deps/phoenix"),
        )

    def test_the_runtime_has_no_build_environment(self) -> None:
        found = plan(project())
        assert dict(stage(found, "toolchain").environment)["MIX_ENV"] == "prod"
        assert stage(found, "runtime").environment == ()

    def test_each_says_why(self) -> None:
        assert all(each.why for each in plan(phoenix_app()).stages)


class TestToolchain:
    def test_from_an_image_versions_are_in_its_name(self) -> None:
        base = stage(plan(project(versions=versions(elixir="1.17.2"))), "toolchain").base
        assert base.value.startswith("hexpm/elixir:1.17.2-erlang-27.3.4.3-debian-")
        assert base.source == "recipe debian, .tool-versions"

    def test_from_an_image_mix_gets_its_tools(self) -> None:
        assert steps(plan(project()), InstallMixTools)

    def test_from_the_distribution_it_is_packages(self) -> None:
        found = plan(project(), toolchain="distribution")
        assert found.toolchain == Resolved(value="distribution", source="flag --toolchain")
        first = stage(found, "toolchain")
        assert first.base.value == "debian:trixie-slim"
        (packages, *_) = first.steps
        assert isinstance(packages, InstallPackages)
        assert {"elixir", "erlang-hex"} <= set(packages.packages)
        assert packages.unpacked == ("rebar3",)
        assert dict(first.environment)["MIX_REBAR3"] == "/usr/bin/rebar3"

    def test_from_the_distribution_node_is_packages_too(self) -> None:
        found = plan(phoenix_app(), toolchain="distribution")
        first = stage(found, "assets").steps[0]
        assert isinstance(first, InstallPackages)
        assert "npm" in first.packages

    def test_alpine_has_no_package_of_hex_so_mix_fetches_it(self) -> None:
        assert steps(plan(project(), "", "alpine", toolchain="distribution"), InstallMixTools)

    @pytest.mark.parametrize("source", ["image", "distribution"])
    def test_no_version_of_node_is_asked_for_where_no_assets_need_it(self, source: str) -> None:
        shop = project(versions=versions(node="lts/*"))
        assert "node" not in plan(shop, toolchain=source).versions


class TestPackages:
    def test_what_dependencies_need_to_compile(self) -> None:
        native = dependency("argon2", native=("c",)), dependency("nif", native=("rust",))
        wanted = set(self.builder(project(dependencies=native)))
        assert {"build-essential", "cargo"} <= wanted

    def test_git_only_for_a_git_dependency(self) -> None:
        assert "git" in self.builder(project(dependencies=(dependency("x", "git"),)))
        assert self.builder(project()) == ()

    def test_what_the_apps_own_code_needs_to_compile(self) -> None:
        assert "build-essential" in self.builder(project(apps=(app(native=("c",)),)))

    def test_what_the_user_adds_is_sorted_in_and_named_once(self) -> None:
        text = 'build.packages = ["zlib1g-dev", "git", "git"]\nbuild.runtime_packages = ["aom"]\n'
        found = plan(project(), text)
        assert self.builder_of(found) == ("git", "zlib1g-dev")

    def test_what_the_user_adds_to_the_runtime_is_there_when_the_release_is_looked_at(self) -> None:
        found = plan(project(), 'build.runtime_packages = ["libaom3"]\n')
        install, look = stage(found, "packages").steps
        assert install == InstallPackages(manager="apt", packages=("libaom3",))
        assert look == FindPackages(stage="release", packages=(AskedPackage(name="libaom3"),))
        assert steps(found, InstallFound) == [InstallFound(manager="apt", stage="packages")]

    def test_nothing_is_named_for_the_runtime_where_nobody_asks(self) -> None:
        assert stage(plan(project()), "packages").steps == (FindPackages(stage="release"),)
        assert "packages" not in names(plan(project(), "", "minimal"))

    @pytest.mark.parametrize("name", ["alpine", "debian", "minimal"])
    def test_zones_come_with_the_dependency_that_reads_the_systems(self, name: str) -> None:
        zones = AskedPackage(name="tzdata", dependency="zoneinfo")
        for each, expected in {"zoneinfo": (zones,), "tzdata": (), "tz": ()}.items():
            found = plan(project(dependencies=(dependency(each),)), "", name)
            asked = [*steps(found, FindPackages), *steps(found, MakeRootfs)]
            assert [step.packages for step in asked] == [expected]

    def test_a_dependency_for_development_brings_no_zones(self) -> None:
        only = dependency("zoneinfo", environments=("dev",))
        assert stage(plan(project(dependencies=(only,))), "packages").steps == (
            FindPackages(stage="release"),
        )

    def test_packages_whose_files_are_taken_are_installed_where_they_are_taken(self) -> None:
        found = plan(project(dependencies=(dependency("zoneinfo"),)), "", "minimal")
        (install, _) = stage(found, "rootfs").steps
        assert isinstance(install, InstallPackages)
        assert install.packages == ("busybox-static", "ca-certificates", "tzdata")

    def test_a_development_dependency_brings_no_compiler(self) -> None:
        only = dependency("nif", native=("rust",), environments=("dev", "test"))
        assert self.builder(project(dependencies=(only,))) == ()

    def builder(self, project: Project) -> tuple[str, ...]:
        return self.builder_of(plan(project))

    def builder_of(self, plan: Plan) -> tuple[str, ...]:
        found = [s for s in stage(plan, "toolchain").steps if isinstance(s, InstallPackages)]
        return tuple(name for each in found for name in each.packages)


class TestAssets:
    def test_a_release_without_their_app_builds_none(self) -> None:
        assert "assets" not in names(plan(umbrella(), release="jobs_release"))

    def test_a_bundler_that_scans_templates_gets_them(self) -> None:
        shop = phoenix_app(assets=(npm_assets(reads=(PurePosixPath("lib"),)),))
        taken = [s for s in stage(plan(shop), "assets").steps if isinstance(s, TakeFromContext)]
        assert PurePosixPath("lib") in {each for step in taken for each in step.directories}

    def test_the_script_can_be_chosen(self) -> None:
        (step,) = steps(plan(phoenix_app(), 'assets.script = "prod"\n'), BundleAssets)
        assert step.script == "prod"

    def test_npm_without_a_script_brings_its_modules_to_mix(self) -> None:
        both = (npm_assets(script=NOT_SAID), mix_assets())
        found = plan(phoenix_app(assets=both))
        assert not steps(found, BundleAssets)
        modules = PurePosixPath("assets/node_modules")
        assert TakeFromStage(stage="assets", source=modules, target=modules) in steps(
            found, TakeFromStage
        )

    def test_npm_without_a_lock_file_is_refused(self) -> None:
        with pytest.raises(ProjectNotSupported, match=r"package-lock\.json") as raised:
            plan(phoenix_app(assets=(npm_assets(lock_file=None),)))
        assert raised.value.file == "assets/package.json"

    def test_static_files_are_digested_where_they_are(self) -> None:
        (step,) = steps(plan(umbrella(), release="web_release"), RunMixTask)
        expected = RunMixTask(task="phx.digest", directory=PurePosixPath("apps/web"), network=False)
        assert step == expected

    @pytest.mark.parametrize(
        ("text", "tasks"),
        [
            ("", ["phx.digest"]),
            ('assets.digest = "shop.digest"\n', ["shop.digest"]),
            ("assets.digest = false\n", []),
        ],
    )
    def test_the_digest_can_be_chosen(self, text: str, tasks: list[str]) -> None:
        assert [step.task for step in steps(plan(phoenix_app(), text), RunMixTask)] == tasks

    def test_mix_that_builds_them_digests_them_itself(self) -> None:
        (step,) = steps(plan(phoenix_app(assets=(mix_assets(),))), RunMixTask)
        assert (step.task, step.network) == ("assets.deploy", True)

    def test_an_alias_that_digests_nothing_is_followed_by_the_digest(self) -> None:
        only_bundles = mix_assets(steps=("tailwind shop --minify", "esbuild shop --minify"))
        found = steps(plan(phoenix_app(assets=(only_bundles,))), RunMixTask)
        assert [step.task for step in found] == ["assets.deploy", "phx.digest"]


class TestWhatItSays:
    def test_a_lock_file_that_exists_must_fit(self) -> None:
        (step,) = steps(plan(project()), FetchDependencies)
        assert step.locked

    def test_without_a_lock_file_a_note_says_so(self) -> None:
        found = plan(project(has_lock=False))
        (step,) = steps(found, FetchDependencies)
        assert not step.locked
        assert any("mix.lock" in note for note in found.notes)

    @pytest.mark.parametrize(("name", "noted"), [("DATABASE_PATH", False), ("LEDGER_KEY", True)])
    def test_what_the_boot_will_need_is_noted_unless_phoenix_has_it(
        self, name: str, noted: bool
    ) -> None:
        found = plan(project(environment=(variable(name, required=True),)))
        assert [note for note in found.notes if name in note] == (
            [f"the boot will need {name}: give them under [verify] env"] if noted else []
        )

    def test_a_version_left_to_mix_is_noted_and_no_label(self) -> None:
        shop = project(apps=(app(version=Unknown(reason="a function", source="mix.exs:4")),))
        found = plan(shop)
        assert found.notes == ("shop: version left to Mix (a function)",)
        assert "org.opencontainers.image.version" not in labels(found)

    def test_labels_say_what_the_image_is(self) -> None:
        assert labels(plan(phoenix_app())) == {
            "dev.imagekit.layers": "erts,deps,assets,app",
            "dev.imagekit.recipe": "debian",
            "org.opencontainers.image.base.name": "debian:trixie-slim",
            "org.opencontainers.image.title": "shop",
            "org.opencontainers.image.version": "1.2.3",
        }

    def test_apps_of_different_versions_give_the_image_none(self) -> None:
        mall = umbrella(
            apps=(app("core", "apps/core"), app("jobs", "apps/jobs", version=said("2")))
        )
        found = plan(mall, release="jobs_release")
        assert "org.opencontainers.image.version" not in labels(found)

    def test_an_umbrellas_children_compile_later(self) -> None:
        (step,) = steps(plan(umbrella(), release="jobs_release"), CompileDependencies)
        assert step.umbrella

    def test_own_apps_are_children_and_path_dependencies(self) -> None:
        (step,) = steps(plan(umbrella(), release="jobs_release"), SplitLayers)
        assert step.own_apps == ("core", "jobs", "money", "web")

    def test_the_users_own_ignored_lines_are_handed_on(self) -> None:
        assert plan(project(ignored=("big/", "!big/x"))).ignored_by_user == ("big/", "!big/x")


def labels(plan: Plan) -> dict[str, str]:
    (step,) = (s for s in stage(plan, "runtime").steps if hasattr(s, "labels"))
    return dict(step.labels)


@hypothesis.settings(deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["debian", "alpine"]))
def test_the_order_in_which_a_project_was_found_does_not_show(random: Random, name: str) -> None:
    mall = umbrella()

    def shuffled(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.sample(values, len(values)))

    other = replace(
        mall,
        apps=shuffled(mall.apps),
        releases=shuffled(mall.releases),
        dependencies=shuffled(mall.dependencies),
        config=shuffled(mall.config),
        environment=shuffled(mall.environment),
        paths=shuffled(mall.paths),
    )
    one = plan(mall, "", name, release="web_release")
    assert plan(other, "", name, release="web_release") == one


@pytest.mark.parametrize("erts", [False, "/usr/lib/erlang"])
def test_a_release_without_a_vm_of_the_build_is_refused(erts: bool | str) -> None:
    bare = release(include_erts=Resolved(value=erts, source="mix.exs:9"))
    with pytest.raises(ReleaseWithoutErts, match="brings no ERTS"):
        compose(project(releases=(bare,)), settings(), recipe())
