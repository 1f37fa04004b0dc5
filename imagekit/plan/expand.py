"""What each step name of a recipe means for one project: zero or more steps of the plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, assert_never

from imagekit.errors import ProjectNotSupported
from imagekit.plan import sources
from imagekit.plan.alias import divide
from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.steps import (
    ApplyContract,
    AskedPackage,
    AssembleRelease,
    BundleAssets,
    CompileApp,
    CompileDependencies,
    FetchDependencies,
    FindPackages,
    InstallFound,
    InstallMixTools,
    InstallNodeModules,
    InstallPackages,
    MakeRootfs,
    ReduceManifest,
    RunMixTask,
    RunNode,
    SplitLayers,
    Step,
    TakeFromContext,
    TakeFromStage,
    TakeLayers,
    TakeRootfs,
)
from imagekit.plan.tools import distillery_task
from imagekit.plan.versions import has_check_locked
from imagekit.project.model import Assets, Dependency, MixAssets, NpmAssets, Project, Release
from imagekit.recipe.schema import Recipe, StepName, ToolchainSource
from imagekit.resolved import known
from imagekit.settings.load import Settings

_HERE: Final = PurePosixPath()
_MANIFEST: Final = PurePosixPath("/manifest")
MANIFEST_PROJECT: Final = _MANIFEST / "project"
"""What fetching dependencies sees of the project, in the stage `manifest`."""
MANIFEST_CONFIG: Final = _MANIFEST / "config"
"""What compiling dependencies sees besides."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything a step may look at."""

    project: Project
    release: Release
    settings: Settings
    recipe: Recipe
    toolchain: ToolchainSource
    contract: RuntimeContract
    elixir: str
    """The version that compiles."""
    labels: tuple[tuple[str, str], ...]


def expand(step: StepName, given: Inputs) -> tuple[Step, ...]:
    """Give the steps that a name stands for; none when this project does not need them."""
    project = given.project
    match step:
        case StepName.BUILDER_PACKAGES:
            return _install(given, builder_packages(given), _unpacked(given))
        case StepName.MIX_TOOLS:
            return (InstallMixTools(),)
        case StepName.TAKE_MANIFEST:
            beside = sources.beside_mix_exs(project)
            return (sources.manifest(project), *_unless_empty(beside))
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
            packages = given.recipe.toolchain.distribution.node_packages
            wanted = given.toolchain == "distribution" and bool(npm_assets(given))
            return _install(given, packages if wanted else ())
        case StepName.INSTALL_NODE_MODULES:
            return tuple(step for each in npm_assets(given) for step in _node_modules(each))
        case StepName.BUNDLE_ASSETS:
            return tuple(step for each in npm_assets(given) for step in _bundle(each, given))
        case StepName.TAKE_SOURCES:
            return _unless_empty(sources.compiled(project))
        case StepName.COMPILE_APP:
            return (CompileApp(network=any(app.native for app in project.apps)),)
        case StepName.TAKE_ASSETS:
            return tuple(step for each in npm_assets(given) for step in _built(each, given))
        case StepName.MIX_ASSETS:
            return _mix_assets(given)
        case StepName.DIGEST_ASSETS:
            return _digest(given)
        case StepName.TAKE_RUNTIME_CONFIG:
            return _unless_empty(sources.runtime_config(project))
        case StepName.ASSEMBLE_RELEASE:
            return (_assemble(given),)
        case StepName.SPLIT_LAYERS:
            groups = given.contract.groups
            own_apps = _own_apps(project)
            return (SplitLayers(release=given.release.name, groups=groups, own_apps=own_apps),)
        case StepName.ROOTFS_PACKAGES:
            return _rootfs_packages(given) if _on_nothing(given) else ()
        case StepName.MAKE_ROOTFS:
            make = MakeRootfs(stage="release", packages=asked_packages(given))
            return (make,) if _on_nothing(given) else ()
        case StepName.TAKE_ROOTFS:
            return (TakeRootfs(stage="rootfs"),) if _on_nothing(given) else ()
        case StepName.FIND_PACKAGES:
            return () if _on_nothing(given) else _find_packages(given)
        case StepName.RUNTIME_PACKAGES:
            found = InstallFound(manager=given.recipe.package_manager, stage="packages")
            return () if _on_nothing(given) else (found,)
        case StepName.TAKE_LAYERS:
            return (TakeLayers(stage="release", groups=given.contract.groups),)
        case StepName.CONTRACT:
            return (ApplyContract(labels=given.labels),)
        case _:
            assert_never(step)


def builder_packages(given: Inputs) -> tuple[str, ...]:
    """Give the packages of the builder: the toolchain's, those dependencies need, the user's."""
    toolchain = given.recipe.toolchain
    wanted = tuple(
        each
        for each in given.project.dependencies
        if each.environments is None or "prod" in each.environments
    )
    own = (kind for app in given.project.apps for kind in app.native)
    # What comes precompiled needs a compiler only where there is none for the platform.
    built = (each for each in wanted if not each.precompiled)
    native = {*own, *(kind for each in built for kind in each.native)}
    from_git = any(each.scm == "git" for each in wanted)
    over_ssh = any(_over_ssh(each) for each in wanted)
    return (
        *(toolchain.distribution.elixir_packages if given.toolchain == "distribution" else ()),
        *(toolchain.needs.git if from_git else ()),
        *(toolchain.needs.ssh if over_ssh else ()),
        *(toolchain.needs.c if "c" in native else ()),
        *(toolchain.needs.rust if "rust" in native else ()),
        *given.settings.values.build.packages,
    )


def _assemble(given: Inputs) -> AssembleRelease:
    tool, policy = given.project.release_tool, given.recipe.runtime.policy
    return AssembleRelease(
        release=given.release.name if given.release.defined else None,
        tool=tool,
        task=distillery_task(given.project, given.elixir) if tool == "distillery" else "release",
        port_table=None if policy.port_table is False else policy.port_table,
        distribution_needs_cookie=policy.distribution_needs_cookie,
    )


def _fetch(given: Inputs) -> FetchDependencies:
    return FetchDependencies(
        locked=given.project.has_lock and has_check_locked(given.elixir),
        ssh=any(_over_ssh(each) for each in given.project.dependencies),
    )


def _over_ssh(dependency: Dependency) -> bool:
    """Tell `ssh://host/path` and git's short form of it, `git@host:path`."""
    url = dependency.repository or ""
    short = "://" not in url and ":" in url and "@" in url.split(":", 1)[0]
    return dependency.scm == "git" and (url.startswith("ssh://") or short)


def _on_nothing(given: Inputs) -> bool:
    """Tell whether the runtime has no base, so that its root file system is ours to make."""
    return given.recipe.runtime.base == "scratch"


def asked_packages(given: Inputs) -> tuple[AskedPackage, ...]:
    """Give the packages of the runtime that no file of the release tells of."""
    in_release = {
        each.name
        for each in given.project.dependencies
        if each.environments is None or "prod" in each.environments
    }
    asked = (AskedPackage(name=each) for each in given.settings.values.build.runtime_packages)
    opened = (
        AskedPackage(name=package, dependency=dependency)
        for dependency, packages in given.recipe.runtime.opened.items()
        if dependency in in_release
        for package in packages
    )
    return _sorted((*asked, *opened))


def _sorted(packages: Iterable[AskedPackage]) -> tuple[AskedPackage, ...]:
    return tuple(sorted(set(packages), key=lambda each: (each.name, each.dependency or "")))


def _rootfs_packages(given: Inputs) -> tuple[Step, ...]:
    asked = (each.name for each in asked_packages(given))
    return _install(given, (*given.recipe.runtime.packages, *asked))


def _find_packages(given: Inputs) -> tuple[Step, ...]:
    """Find them where what is asked for is installed too: precompiled files may need it."""
    own = (AskedPackage(name=each) for each in given.recipe.runtime.packages)
    asked = _sorted((*own, *asked_packages(given)))
    install = _install(given, tuple(each.name for each in asked if each.dependency is None))
    return (*install, FindPackages(stage="release", packages=asked))


def _unpacked(given: Inputs) -> tuple[str, ...]:
    distribution = given.recipe.toolchain.distribution
    return distribution.elixir_unpacked if given.toolchain == "distribution" else ()


def _install(
    given: Inputs, packages: tuple[str, ...], unpacked: tuple[str, ...] = ()
) -> tuple[Step, ...]:
    if not packages and not unpacked:
        return ()
    return (
        InstallPackages(
            manager=given.recipe.package_manager,
            packages=tuple(sorted(set(packages))),
            unpacked=unpacked,
        ),
    )


def _assets(given: Inputs) -> tuple[Assets, ...]:
    """Give the assets of the apps in the release, and those that belong to no app."""
    others = {app.name for app in given.project.apps} - set(given.release.applications)
    return tuple(each for each in given.project.assets if each.app not in others)


def npm_assets(given: Inputs) -> tuple[NpmAssets, ...]:
    """Give the assets of the release that Node builds."""
    return tuple(each for each in _assets(given) if isinstance(each, NpmAssets))


def _by_mix(given: Inputs) -> tuple[MixAssets, ...]:
    return tuple(each for each in _assets(given) if isinstance(each, MixAssets))


def _own_apps(project: Project) -> tuple[str, ...]:
    local = (each.name for each in project.dependencies if each.scm in ("path", "umbrella"))
    return tuple(sorted({*(app.name for app in project.apps), *local}))


def _unless_empty(taken: TakeFromContext) -> tuple[Step, ...]:
    return (taken,) if taken.files or taken.directories else ()


def _node_modules(assets: NpmAssets) -> tuple[Step, ...]:
    carried = tuple(
        TakeFromStage(
            stage="fetch",
            source=PurePosixPath("deps") / name,
            target=PurePosixPath("deps") / name,
        )
        for name in assets.dependencies_used
    )
    package = sources.package_files(assets)
    return (package, *carried, InstallNodeModules(directory=assets.directory))


def _script(assets: NpmAssets, settings: Settings) -> str | None:
    return settings.values.assets.script or known(assets.script)


def _bundle(assets: NpmAssets, given: Inputs) -> tuple[Step, ...]:
    builds = _bundling(assets, given)
    if not builds:
        return ()
    files = _unless_empty(sources.asset_files(given.project, assets))
    reads = _unless_empty(sources.asset_reads(given.project, assets))
    return (*files, *reads, *builds)


def _bundling(assets: NpmAssets, given: Inputs) -> tuple[BundleAssets | RunNode, ...]:
    """Give what Node runs: the steps of the app's alias that call it, else the npm script."""
    aliases = [each for each in _by_mix(given) if each.app == assets.app]
    divided = [found for each in aliases if (found := divide(each)) is not None]
    if divided and given.settings.values.assets.script is None:
        commands = (command for each in divided for command in each.by_node)
        return tuple(RunNode(directory=each.directory, words=each.words) for each in commands)
    script = _script(assets, given.settings)
    return () if script is None else (BundleAssets(directory=assets.directory, script=script),)


def _built(assets: NpmAssets, given: Inputs) -> tuple[TakeFromStage, ...]:
    """Give what the asset stage made: the bundle, and the modules where Mix will bundle too."""
    bundled = bool(_bundling(assets, given))
    by_mix = any(each.app == assets.app for each in _by_mix(given))
    made = (
        *((assets.output,) if bundled else ()),
        *((assets.directory / "node_modules",) if by_mix or not bundled else ()),
    )
    return tuple(TakeFromStage(stage="assets", source=each, target=each) for each in made)


def _mix_assets(given: Inputs) -> tuple[Step, ...]:
    by_mix = _by_mix(given)
    if not by_mix:
        return ()
    tasks = tuple(
        RunMixTask(task=task, arguments=tuple(arguments), directory=each.path, network=True)
        for each in by_mix
        for task, *arguments in _tasks(each, given)
    )
    return (*_unless_empty(sources.mix_asset_files(given.project)), *tasks)


def _tasks(assets: MixAssets, given: Inputs) -> tuple[tuple[str, ...], ...]:
    """Give the alias, or those of its steps that Mix runs by itself.

    Raises:
        ProjectNotSupported: a step calls Node where there is no package.json to run it beside.
    """
    divided = divide(assets)
    if divided is None:
        return ((assets.task,),)
    if divided.by_node and all(each.app != assets.app for each in npm_assets(given)):
        raise ProjectNotSupported(
            file=assets.source,
            shape=f"`{assets.task}` calls Node, and {assets.app} has no assets/package.json",
            way_out="Add one with its package-lock.json: that is what Node's stage is made from.",
        )
    return divided.by_mix


def _digest(given: Inputs) -> tuple[Step, ...]:
    """Digest static files, unless the task that built them did it already."""
    project = given.project
    chosen = given.settings.values.assets.digest
    detected: str | None = known(project.digest_task)
    task = detected if chosen is None else chosen
    if not task:
        return ()
    done = {each.path for each in _by_mix(given) if task in each.steps}
    return tuple(
        RunMixTask(task=task, directory=app.path, network=False)
        for app in project.apps
        if app.name in given.release.applications
        and app.path not in done
        and _has_static(given, app.path)
    )


def _has_static(given: Inputs, root: PurePosixPath) -> bool:
    static = root / "priv/static"
    return any(path.is_relative_to(static) for path in given.project.paths) or any(
        each.output == static for each in npm_assets(given)
    )
