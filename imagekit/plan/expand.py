"""What each step name of a recipe means for one project: zero or more steps of the plan."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final, assert_never

from imagekit.plan import assets, packages, sources
from imagekit.plan.given import Given
from imagekit.plan.steps import (
    ApplyContract,
    AssembleRelease,
    CompileApp,
    CompileDependencies,
    FetchDependencies,
    InstallFound,
    InstallMixTools,
    MakeRootfs,
    ReduceManifest,
    SplitLayers,
    Step,
    TakeFromStage,
    TakeLayers,
    TakeRootfs,
)
from imagekit.plan.tools import distillery_task
from imagekit.plan.versions import has_check_locked
from imagekit.project.model import Project
from imagekit.recipe.schema import StepName

_HERE: Final = PurePosixPath()
_MANIFEST: Final = PurePosixPath("/manifest")
MANIFEST_PROJECT: Final = _MANIFEST / "project"
"""What fetching dependencies sees of the project, in the stage `manifest`."""
MANIFEST_CONFIG: Final = _MANIFEST / "config"
"""What compiling dependencies sees besides."""


def expand(step: StepName, given: Given) -> tuple[Step, ...]:
    """Give the steps that a name stands for; none when this project does not need them."""
    project = given.project
    match step:
        case StepName.BUILDER_PACKAGES:
            return packages.for_builder(given)
        case StepName.MIX_TOOLS:
            return (InstallMixTools(),)
        case StepName.TAKE_MANIFEST:
            beside = sources.beside_mix_exs(project)
            return (sources.manifest(project), *sources.unless_empty(beside))
        case StepName.REDUCE_MANIFEST:
            return (ReduceManifest(target=_MANIFEST),)
        case StepName.USE_MANIFEST:
            return (TakeFromStage(stage="manifest", source=MANIFEST_PROJECT, target=_HERE),)
        case StepName.USE_CONFIG:
            return (TakeFromStage(stage="manifest", source=MANIFEST_CONFIG, target=_HERE),)
        case StepName.FETCH_DEPENDENCIES:
            return (_fetch(given),)
        case StepName.COMPILE_DEPENDENCIES:
            return (CompileDependencies(umbrella=project.shape == "umbrella"),)
        case StepName.NODE_PACKAGES:
            return packages.for_node(given) if assets.npm_assets(given) else ()
        case StepName.INSTALL_NODE_MODULES:
            return assets.node_modules(given)
        case StepName.BUNDLE_ASSETS:
            return assets.bundle(given)
        case StepName.TAKE_SOURCES:
            return sources.unless_empty(sources.compiled(project))
        case StepName.COMPILE_APP:
            return (CompileApp(network=any(app.native for app in project.apps)),)
        case StepName.TAKE_ASSETS:
            return assets.take_built(given)
        case StepName.MIX_ASSETS:
            return assets.mix_assets(given)
        case StepName.DIGEST_ASSETS:
            return assets.digest(given)
        case StepName.TAKE_RUNTIME_CONFIG:
            return sources.unless_empty(sources.runtime_config(project))
        case StepName.ASSEMBLE_RELEASE:
            return (_assemble(given),)
        case StepName.SPLIT_LAYERS:
            groups = given.contract.groups
            own_apps = _own_apps(project)
            return (SplitLayers(release=given.release.name, groups=groups, own_apps=own_apps),)
        case StepName.ROOTFS_PACKAGES:
            return packages.for_rootfs(given) if given.on_nothing else ()
        case StepName.MAKE_ROOTFS:
            make = MakeRootfs(stage="release", packages=packages.asked(given))
            return (make,) if given.on_nothing else ()
        case StepName.TAKE_ROOTFS:
            return (TakeRootfs(stage="rootfs"),) if given.on_nothing else ()
        case StepName.FIND_PACKAGES:
            return () if given.on_nothing else packages.find_packages(given)
        case StepName.RUNTIME_PACKAGES:
            found = InstallFound(manager=given.recipe.package_manager, stage="packages")
            return () if given.on_nothing else (found,)
        case StepName.TAKE_LAYERS:
            return (TakeLayers(stage="release", groups=given.contract.groups),)
        case StepName.CONTRACT:
            return (ApplyContract(labels=given.labels),)
        case _:
            assert_never(step)


def _assemble(given: Given) -> AssembleRelease:
    tool, policy = given.project.release_tool, given.recipe.runtime.policy
    return AssembleRelease(
        release=given.release.name if given.release.defined else None,
        tool=tool,
        task=distillery_task(given.project, given.elixir) if tool == "distillery" else "release",
        port_table=None if policy.port_table is False else policy.port_table,
        distribution_needs_cookie=policy.distribution_needs_cookie,
    )


def _fetch(given: Given) -> FetchDependencies:
    return FetchDependencies(
        locked=given.project.has_lock and has_check_locked(given.elixir),
        ssh=any(packages.over_ssh(each) for each in given.project.dependencies),
    )


def _own_apps(project: Project) -> tuple[str, ...]:
    local = (each.name for each in project.dependencies if each.scm in ("path", "umbrella"))
    return tuple(sorted({*(app.name for app in project.apps), *local}))
