"""Releases, as Mix and Distillery define them."""

from __future__ import annotations

import pytest

from imagekit.errors import ReleaseDefinedTwice
from imagekit.project.model import Project, Release
from imagekit.resolved import Resolved, Unknown
from tests.unit.project.trees import mix_exs, read

CHILDREN = {
    "apps/core/mix.exs": mix_exs(app="core"),
    "apps/web/mix.exs": mix_exs(app="web", deps="{:core, in_umbrella: true}"),
    "apps/jobs/mix.exs": mix_exs(
        app="jobs",
        deps='{:core, path: "../core"}, {:tools, in_umbrella: true, runtime: false}, '
        "{:web, in_umbrella: true, only: :test}",
    ),
    "apps/tools/mix.exs": mix_exs(app="tools"),
}


def umbrella(releases: str, body: str = "") -> Project:
    text = mix_exs(f'apps_path: "apps", version: "2.0.0", {releases}', app="", body=body)
    return read({"mix.exs": text, **CHILDREN})


def members(project: Project) -> dict[str, tuple[str, ...]]:
    return {each.name: each.applications for each in project.releases}


def test_an_app_without_releases_has_one_of_its_name() -> None:
    project = read()
    assert project.releases == (
        Release(
            name="shop",
            applications=("shop",),
            include_erts=Resolved(value=True, source="default"),
            version=Resolved(value="0.1.0", source="mix.exs:7"),
            source="mix.exs",
            defined=False,
        ),
    )
    assert (project.release_tool, project.default_release) == ("mix", None)


def test_an_umbrella_without_releases_has_none() -> None:
    assert umbrella("").releases == ()


@pytest.mark.parametrize("written", ["releases: [web_only: [{}]]", "releases: releases()"])
def test_a_release_is_read_where_it_is_written(written: str) -> None:
    options = 'include_erts: false, version: "3.0.0", steps: [:assemble, :tar]'
    body = f"defp releases do\n[web_only: [{options}]]\nend"
    (release,) = read(project=written.replace("{}", options), body=body).releases
    assert (release.name, release.applications, release.defined) == ("web_only", ("shop",), True)
    assert isinstance(release.include_erts, Resolved)
    assert release.include_erts.value is False
    assert isinstance(release.version, Resolved)
    assert release.version.value == "3.0.0"


def test_a_release_holds_what_its_applications_bring_along() -> None:
    project = umbrella(
        "default_release: :web, "
        "releases: [web: [applications: [web: :permanent, logger: :permanent]], "
        "jobs: [applications: [jobs: :permanent]], all: [applications: [:tools, :web]]]"
    )
    assert members(project) == {
        "all": ("core", "tools", "web"),
        "jobs": ("core", "jobs"),
        "web": ("core", "web"),
    }
    assert project.default_release == "web"


@pytest.mark.parametrize(
    ("option", "version"),
    [
        ("", Resolved(value="2.0.0", source="mix.exs:8")),
        ('version: "3.0.0"', Resolved(value="3.0.0", source="mix.exs:8")),
        ("version: {:from_app, :web}", Resolved(value="0.1.0", source="apps/web/mix.exs:7")),
    ],
)
def test_a_release_has_a_version(option: str, version: Resolved[str]) -> None:
    assert umbrella(f"releases: [web: [{option}]]").releases[0].version == version


@pytest.mark.parametrize(
    ("option", "expected"),
    [("true", True), ("false", False), ('"/opt/erts-14.0"', "/opt/erts-14.0")],
)
def test_include_erts_is_a_boolean_or_a_path(option: str, expected: bool | str) -> None:
    (release,) = read(project=f"releases: [shop: [include_erts: {option}]]").releases
    assert release.include_erts == Resolved(value=expected, source="mix.exs:8")


def test_a_computed_include_erts_is_unknown() -> None:
    (release,) = read(project='releases: [shop: [include_erts: System.get_env("ERTS")]]').releases
    assert isinstance(release.include_erts, Unknown)


def test_options_may_be_a_function() -> None:
    project = umbrella("releases: [web: fn -> [applications: [web: :permanent]] end]")
    assert members(project) == {"web": ("core", "web")}


@pytest.mark.parametrize("options", ["&options/0", "[applications: chosen(1)]", "options(1)"])
def test_what_applications_cannot_be_read_may_be_any(options: str) -> None:
    project = umbrella(f"releases: [web: {options}]")
    assert members(project) == {"web": ("core", "jobs", "tools", "web")}
    assert [each.source for each in project.unknowns] == ["mix.exs:8"]


def test_computed_releases_are_none_and_say_so() -> None:
    project = read(project="releases: Shop.releases()")
    assert project.releases == ()
    assert [each.source for each in project.unknowns] == ["mix.exs:8"]


DISTILLERY = {
    "mix.exs": mix_exs('apps_path: "apps"', app="", deps='{:distillery, "~> 2.1"}'),
    "rel/config.exs": """
use Distillery.Releases.Config,
  default_release: :default,
  default_environment: Mix.env()

environment :dev do
  set include_erts: false
end

environment :prod do
  set include_erts: true
  set cookie: :"secret"
end

release :web do
  set version: "1.4.0"
  set include_erts: false
  set applications: [:runtime_tools, web: :permanent]
end

release :jobs do
  set version: current_version(:jobs)
  set applications: [jobs: :permanent]
end
""",
    **CHILDREN,
}


def test_distillery_defines_its_own() -> None:
    project = read(DISTILLERY)
    assert (project.release_tool, project.default_release) == ("distillery", "web")
    assert members(project) == {"jobs": ("core", "jobs"), "web": ("core", "web")}
    jobs, web = project.releases
    assert web.version == Resolved(value="1.4.0", source="rel/config.exs:16")
    assert isinstance(jobs.version, Unknown)
    assert web.include_erts == Resolved(value=True, source="rel/config.exs:11")
    assert web.source == "rel/config.exs:15"


@pytest.mark.parametrize("missing", ["rel/config.exs", "distillery"])
def test_distillery_needs_the_dependency_and_its_configuration(missing: str) -> None:
    files = dict(DISTILLERY)
    if missing == "distillery":
        files["mix.exs"] = mix_exs('apps_path: "apps"', app="")
    else:
        del files[missing]
    assert read(files).release_tool == "mix"


def test_two_releases_of_one_name_are_refused_with_both_places() -> None:
    twice = 'releases: [web: [version: "1"],\n web: [version: "2"]]'
    with pytest.raises(ReleaseDefinedTwice) as refused:
        read(project=twice)
    assert refused.value.release == "web"
    assert refused.value.first != refused.value.second


def test_two_releases_of_one_name_by_distillery_are_refused() -> None:
    again = DISTILLERY | {"rel/config.exs": DISTILLERY["rel/config.exs"] + "release :web do\nend\n"}
    with pytest.raises(ReleaseDefinedTwice, match=r"rel/config\.exs:\d+: the release `web`"):
        read(again)
