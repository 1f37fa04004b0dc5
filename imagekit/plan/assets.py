"""The steps that build assets: by Node in a stage of its own, and by Mix beside the app."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagekit.errors import ProjectNotSupported
from imagekit.plan import sources
from imagekit.plan.alias import divide
from imagekit.plan.given import Given
from imagekit.plan.steps import (
    BundleAssets,
    InstallNodeModules,
    RunMixTask,
    RunNode,
    Step,
    TakeFromStage,
)
from imagekit.project.model import Assets, MixAssets, NpmAssets
from imagekit.resolved import known


def _assets(given: Given) -> tuple[Assets, ...]:
    """Give the assets of the apps in the release, and those that belong to no app."""
    others = {app.name for app in given.project.apps} - set(given.release.applications)
    return tuple(each for each in given.project.assets if each.app not in others)


def npm_assets(given: Given) -> tuple[NpmAssets, ...]:
    """Give the assets of the release that Node builds."""
    return tuple(each for each in _assets(given) if isinstance(each, NpmAssets))


def _by_mix(given: Given) -> tuple[MixAssets, ...]:
    return tuple(each for each in _assets(given) if isinstance(each, MixAssets))


def node_modules(given: Given) -> tuple[Step, ...]:
    """Install the npm packages of each folder, with the JavaScript that dependencies carry."""
    return tuple(step for each in npm_assets(given) for step in _node_modules(each))


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


def bundle(given: Given) -> tuple[Step, ...]:
    """Bundle by Node, in each folder."""
    return tuple(step for each in npm_assets(given) for step in _bundle(each, given))


def _bundle(assets: NpmAssets, given: Given) -> tuple[Step, ...]:
    builds = _bundling(assets, given)
    if not builds:
        return ()
    files = sources.unless_empty(sources.asset_files(given.project, assets))
    reads = sources.unless_empty(sources.asset_reads(given.project, assets))
    return (*files, *reads, *builds)


def _bundling(assets: NpmAssets, given: Given) -> tuple[BundleAssets | RunNode, ...]:
    """Give what Node runs: the steps of the app's alias that call it, else the npm script."""
    aliases = [each for each in _by_mix(given) if each.app == assets.app]
    divided = [found for each in aliases if (found := divide(each)) is not None]
    if divided and given.settings.values.assets.script is None:
        commands = (command for each in divided for command in each.by_node)
        return tuple(RunNode(directory=each.directory, words=each.words) for each in commands)
    script = given.settings.values.assets.script or known(assets.script)
    return () if script is None else (BundleAssets(directory=assets.directory, script=script),)


def take_built(given: Given) -> tuple[Step, ...]:
    """Take what Node made to where Mix works."""
    return tuple(step for each in npm_assets(given) for step in _built(each, given))


def _built(assets: NpmAssets, given: Given) -> tuple[TakeFromStage, ...]:
    """Give what the asset stage made: the bundle, and the modules where Mix will bundle too."""
    bundled = bool(_bundling(assets, given))
    by_mix = any(each.app == assets.app for each in _by_mix(given))
    made = (
        *((assets.output,) if bundled else ()),
        *((assets.directory / "node_modules",) if by_mix or not bundled else ()),
    )
    return tuple(TakeFromStage(stage="assets", source=each, target=each) for each in made)


def mix_assets(given: Given) -> tuple[Step, ...]:
    """Build what Mix builds: the alias of each app, or its steps that are not Node's."""
    by_mix = _by_mix(given)
    if not by_mix:
        return ()
    tasks = tuple(
        RunMixTask(task=task, arguments=tuple(arguments), directory=each.path, network=True)
        for each in by_mix
        for task, *arguments in _tasks(each, given)
    )
    return (*sources.unless_empty(sources.mix_asset_files(given.project)), *tasks)


def _tasks(assets: MixAssets, given: Given) -> tuple[tuple[str, ...], ...]:
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


def digest(given: Given) -> tuple[Step, ...]:
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


def _has_static(given: Given, root: PurePosixPath) -> bool:
    static = root / "priv/static"
    return any(path.is_relative_to(static) for path in given.project.paths) or any(
        each.output == static for each in npm_assets(given)
    )
