"""Any tree at all is divided: each file goes to one part, and a folder is taken for one part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import PurePosixPath
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from imagekit.plan import sources
from imagekit.plan.steps import TakeFromContext
from imagekit.project.model import MixAssets, NpmAssets, Project
from tests.unit.plan.contexts import in_context
from tests.unit.plan.projects import mix_assets, phoenix_app, project, umbrella

# Two hundred milliseconds are soon gone on a machine that also builds images.
patient = settings(deadline=None)

NAMES: Final = [
    "mix.exs",
    "mix.lock",
    "config.exs",
    "prod.exs",
    "dev.exs",
    "test.exs",
    "runtime.exs",
    "package.json",
    "app.js",
    "x.ex",
    ".env",
    ".env.prod",
    ".npmrc",
    "README.md",
    ".gitignore",
    "Dockerfile",
    "cache_manifest.json",
    "favicon.ico",
]
FOLDERS: Final = [
    "lib",
    "priv",
    "static",
    "assets",
    "config",
    "rel",
    "overlays",
    "test",
    "deps",
    "apps",
    "core",
    "jobs",
    "web",
    "libs",
    "money",
    ".imagekit",
    "node_modules",
    "_build",
    "doc",
    "js",
    ".github",
]

SHAPES: Final = {
    "plain": project(),
    "assets by npm": phoenix_app(),
    "assets by Mix": phoenix_app(assets=(mix_assets(),)),
    "umbrella": umbrella(),
}

trees = st.frozensets(
    st.builds(
        lambda folders, name: PurePosixPath(*folders, name),
        st.lists(st.sampled_from(FOLDERS), max_size=4),
        st.sampled_from(NAMES),
    ),
    max_size=30,
)


shapes = st.sampled_from(tuple(SHAPES))


def grown(shape: str, tree: frozenset[PurePosixPath]) -> Project:
    return replace(SHAPES[shape], paths=tuple(sorted({*SHAPES[shape].paths, *tree})))


def parts(project: Project) -> dict[str, tuple[TakeFromContext, ...]]:
    npm = [each for each in project.assets if isinstance(each, NpmAssets)]
    return {
        "manifest": (sources.manifest(project),),
        "app": (sources.sources(project),),
        "release": (sources.runtime_config(project), sources.mix_asset_files(project)),
        "assets": tuple(
            step
            for each in npm
            for step in (sources.package_files(each), sources.asset_files(project, each))
        ),
    }


def divided(project: Project) -> dict[str, frozenset[PurePosixPath]]:
    context = in_context(project)
    return {
        name: frozenset(path for step in steps for path in taken(step, context))
        for name, steps in parts(project).items()
    }


def taken(step: TakeFromContext, context: frozenset[PurePosixPath]) -> Iterator[PurePosixPath]:
    for path in context:
        if path in step.files or any(path.is_relative_to(each) for each in step.directories):
            yield path


@patient
@given(shape=shapes, tree=trees)
def test_no_file_is_taken_for_two_parts(shape: str, tree: frozenset[PurePosixPath]) -> None:
    project = grown(shape, tree)
    found = divided(project)
    assert not {
        (one, other): found[one] & found[other]
        for one, other in combinations(found, 2)
        if found[one] & found[other]
    }


@patient
@given(shape=shapes, tree=trees)
def test_no_step_names_a_path_twice(shape: str, tree: frozenset[PurePosixPath]) -> None:
    project = grown(shape, tree)
    for steps in parts(project).values():
        for step in steps:
            named = (*step.files, *step.directories)
            assert len(named) == len(set(named))
            assert not [
                (path, folder)
                for folder in step.directories
                for path in named
                if path != folder and path.is_relative_to(folder)
            ]


@patient
@given(shape=shapes, tree=trees)
def test_secrets_and_caches_are_never_taken(shape: str, tree: frozenset[PurePosixPath]) -> None:
    project = grown(shape, tree)
    every = frozenset[PurePosixPath]().union(*divided(project).values())
    names = {".env", ".env.prod", ".npmrc", "node_modules", "_build"}
    assert not [path for path in every if names & set(path.parts) or path.parts[0] == ".imagekit"]


@patient
@given(shape=shapes, tree=trees)
def test_nothing_that_a_build_may_read_is_forgotten(
    shape: str, tree: frozenset[PurePosixPath]
) -> None:
    project = grown(shape, tree)
    every = frozenset[PurePosixPath]().union(*divided(project).values())
    left = in_context(project) - every
    assert not [
        path
        for path in left
        if path.name not in ("dev.exs", "test.exs") and path.parts[0] != ".imagekit"
    ]


@patient
@given(shape=shapes, tree=trees)
def test_every_step_takes_what_is_in_the_context(
    shape: str, tree: frozenset[PurePosixPath]
) -> None:
    project = grown(shape, tree)
    context = in_context(project)
    for steps in parts(project).values():
        for step in steps:
            assert all(each in context for each in step.files)
            assert all(any(p.is_relative_to(f) for p in context) for f in step.directories)


def test_the_shapes_above_have_what_they_are_for() -> None:
    kinds = {type(each) for shape in SHAPES.values() for each in shape.assets}
    assert kinds == {NpmAssets, MixAssets}
