"""`compose`: project, settings and recipe become a plan. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from imagekit.errors import (
    ProjectNotSupported,
    ReleaseNotChosen,
    ReleaseNotFound,
    ReleaseWithoutErts,
)
from imagekit.pins import LOCK_FILE, Pins
from imagekit.plan import context
from imagekit.plan.assets import npm_assets
from imagekit.plan.bases import check_bases
from imagekit.plan.contract import WELL_KNOWN, compose_contract
from imagekit.plan.expand import expand
from imagekit.plan.given import Given
from imagekit.plan.model import Plan, Stage
from imagekit.plan.policy import in_force, resolve_policy
from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.versions import resolve_node, resolve_versions
from imagekit.plan.whole import goes_in_whole
from imagekit.project.model import NpmAssets, Project, Release
from imagekit.recipe.schema import Recipe, StageRecipe, ToolchainSource
from imagekit.resolved import Resolved, Unknown, known
from imagekit.settings.load import Settings

BUILD_DIRECTORY: Final = PurePosixPath("/build")
"""Where builder stages work. Not the runtime's root: nothing may rely on both being the same."""

_BUILDER_ENVIRONMENT: Final = (
    # Without it the compiler writes absolute paths and its own options into every module.
    ("ERL_COMPILER_OPTIONS", "deterministic"),
    ("LANG", "C.UTF-8"),
    ("MIX_ENV", "prod"),
)

_WHY: Final = {
    "toolchain": "Elixir and what dependencies need to compile; never in the runtime",
    "manifest": "what dependencies can see of the project, and nothing else",
    "fetch": "Mix dependencies, fetched as mix.lock says",
    "deps": "Mix dependencies, compiled; survives every change of the project's own code",
    "assets": "JavaScript and styles, built by Node beside the compilation of dependencies",
    "app": "the project's own applications, compiled",
    "release": "the release, assembled and divided by rate of change",
    "packages": "which packages have the libraries that the release's ELF files need",
    "rootfs": "a shell, certificates and the libraries that the release's ELF files need",
    "runtime": "the image: the release and what it needs to run",
}


def compose(project: Project, settings: Settings, recipe: Recipe, pins: Pins | None = None) -> Plan:
    """Compose the plan.

    Args:
        pins: digests that base images are taken by; one that has no pin is taken by its tag.

    Raises:
        ReleaseNotChosen: several releases and none named.
        ReleaseNotFound: the named release is not defined.
        ProjectNotSupported: no release, or a version the recipe cannot give.
        BasesDoNotFit: what the builder's base builds cannot run on the runtime's.
    """
    pins = pins or Pins()
    policy = resolve_policy(recipe, settings)
    recipe = in_force(recipe, policy)
    _refuse_unlocked_npm(project)
    chosen = choose_release(project, settings)
    release = next(
        (each for each in project.releases if each.name == chosen.value),
        _unread_release(project, chosen),
    )
    _refuse_without_erts(release)
    asked = settings.resolved("toolchain")
    toolchain: Resolved[ToolchainSource] = asked or Resolved(
        value=recipe.toolchain.source, source=f"recipe {recipe.name}"
    )
    contract = compose_contract(project, release, settings, recipe)
    versions = resolve_versions(project, settings, recipe, toolchain.value)
    given = Given(
        project=project,
        release=release,
        settings=settings,
        recipe=recipe,
        toolchain=toolchain.value,
        contract=contract,
        elixir=versions["elixir"].value,
        labels=_labels(project, release, recipe, contract, pins),
    )
    if npm_assets(given):
        versions["node"] = resolve_node(project, settings, recipe, toolchain.value)
    stages = tuple(_stages(given, versions, pins))
    return Plan(
        name=release.name,
        release=chosen,
        recipe=settings.resolved("recipe") or Resolved(value=recipe.name, source="default"),
        toolchain=Resolved(value=str(toolchain.value), source=toolchain.source),
        versions=dict(sorted(versions.items())),
        stages=stages,
        contract=contract,
        policy=policy,
        ignored=context.ignored(project),
        ignored_by_user=project.ignored,
        notes=(
            *_notes(project, settings, contract),
            *goes_in_whole(project, versions["elixir"].value),
        ),
    )


def choose_release(project: Project, settings: Settings) -> Resolved[str]:
    """Settle which release is built.

    Raises:
        ReleaseNotChosen, ReleaseNotFound, ProjectNotSupported: see `compose`.
    """
    names = tuple(each.name for each in project.releases)
    asked = settings.resolved("release")
    if not names:
        if asked is not None:
            return asked
        raise ProjectNotSupported(
            file="mix.exs",
            shape="it defines no release that can be read without running it",
            way_out="Add `releases:` to `project/0` (`mix help release`), or name the release to "
            "build: `--release NAME`.",
        )
    if asked is not None:
        if asked.value not in names:
            raise ReleaseNotFound(name=asked.value, releases=names)
        return asked
    if len(names) > 1 and project.default_release in names:
        # As `mix release` without a name takes it.
        return Resolved(value=project.default_release, source="default_release")
    if len(names) > 1:
        raise ReleaseNotChosen(releases=names)
    return Resolved(value=names[0], source=project.releases[0].source)


def _unread_release(project: Project, named: Resolved[str]) -> Release:
    """Take the user's word for a release that only Mix can tell about."""
    return Release(
        name=named.value,
        applications=tuple(app.name for app in project.apps),
        include_erts=Unknown(reason="`releases:` is not literal", source="mix.exs"),
        source=named.source,
    )


def _refuse_without_erts(release: Release) -> None:
    erts = known(release.include_erts)
    if erts is False or isinstance(erts, str):
        written = erts if isinstance(erts, str) else "false"
        raise ReleaseWithoutErts(file=release.source, release=release.name, include_erts=written)


def _refuse_unlocked_npm(project: Project) -> None:
    for each in project.assets:
        if isinstance(each, NpmAssets) and each.manager != "npm":
            raise ProjectNotSupported(
                file=each.source,
                shape=f"its packages are {each.manager}'s, and imagekit installs with npm only",
                way_out="Run `npm install --package-lock-only` there and commit package-lock.json.",
            )
        if isinstance(each, NpmAssets) and each.lock_file is None:
            raise ProjectNotSupported(
                file=str(each.directory / "package.json"),
                shape="there is no package-lock.json beside it, and `npm ci` installs nothing else",
                way_out="Run `npm install --package-lock-only` in that folder and commit the file.",
            )


def _stages(given: Given, versions: dict[str, Resolved[str]], pins: Pins) -> list[Stage]:
    stages: list[Stage] = []
    bases: dict[str, str] = {}
    for each in given.recipe.stage:
        steps = tuple(step for name in each.steps for step in expand(name, given))
        if not steps and not each.base.startswith("toolchain"):
            continue
        base = _base(each, given, versions)
        bases[each.base] = base.value
        stages.append(
            Stage(
                name=each.name,
                base=_pinned(base, pins),
                directory=_directory(each.base, given.contract),
                environment=_environment(given, each.base),
                steps=steps,
                why=_WHY.get(each.name, f"stage of recipe {given.recipe.name}"),
            )
        )
    if "toolchain" in bases and "runtime" in bases:
        check_bases(bases["toolchain"], bases["runtime"], given.recipe.package_manager)
    return stages


def _pinned(base: Resolved[str], pins: Pins) -> Resolved[str]:
    if base.value not in pins.digests:
        return base
    return Resolved(value=pins.pinned(base.value), source=f"{base.source}, {LOCK_FILE}")


def _base(stage: StageRecipe, given: Given, versions: dict[str, Resolved[str]]) -> Resolved[str]:
    recipe = given.recipe
    source = f"recipe {recipe.name}"
    if stage.base.startswith("stage:"):
        return Resolved(value=stage.base.removeprefix("stage:"), source=source)
    if stage.base == "scratch":
        return Resolved(value="scratch", source=source)
    if stage.base == "runtime":
        return Resolved(value=recipe.runtime.base, source=source)
    images = recipe.toolchain.image if given.toolchain == "image" else recipe.toolchain.distribution
    template = images.elixir if stage.base == "toolchain" else images.node
    reference = template
    for name, version in versions.items():
        reference = reference.replace(f"{{{name}}}", version.value)
    used = sorted({v.source for n, v in versions.items() if f"{{{n}}}" in template} - {source})
    return Resolved(value=reference, source=", ".join((source, *used)))


def _directory(base: str, contract: RuntimeContract) -> PurePosixPath:
    if base == "runtime":
        return contract.root
    return PurePosixPath("/") if base == "scratch" else BUILD_DIRECTORY


def _environment(given: Given, base: str) -> tuple[tuple[str, str], ...]:
    if base != "toolchain":
        return ()
    extra = given.recipe.toolchain.distribution.environment
    mine = extra if given.toolchain == "distribution" else {}
    return tuple(sorted((*_BUILDER_ENVIRONMENT, *mine.items())))


def _labels(
    project: Project, release: Release, recipe: Recipe, contract: RuntimeContract, pins: Pins
) -> tuple[tuple[str, str], ...]:
    """Give OCI labels (image-spec `annotations.md`) and our own; no date, no host, no user."""
    labels = {
        "dev.imagekit.layers": ",".join(contract.groups),
        "dev.imagekit.recipe": recipe.name,
        "org.opencontainers.image.title": release.name,
    }
    if recipe.runtime.base != "scratch":
        labels["org.opencontainers.image.base.name"] = recipe.runtime.base
    if recipe.runtime.base in pins.digests:
        labels["org.opencontainers.image.base.digest"] = pins.digests[recipe.runtime.base]
    versions = {known(app.version) for app in project.apps if app.name in release.applications}
    if len(versions) == 1 and (version := versions.pop()) is not None:
        labels["org.opencontainers.image.version"] = version
    return tuple(sorted(labels.items()))


def _notes(project: Project, settings: Settings, contract: RuntimeContract) -> tuple[str, ...]:
    notes = []
    given = {*settings.values.verify.env, *WELL_KNOWN, *dict(contract.environment)}
    missing = [each.name for each in contract.required if each.name not in given]
    if missing:
        notes.append(f"the boot will need {', '.join(missing)}: give them under [verify] env")
    fetched = any(each.scm in ("hex", "git") for each in project.dependencies)
    if fetched and not project.has_lock:
        notes.append("no mix.lock: dependencies are resolved anew in every build; commit one")
    notes.extend(
        f"{each.directory}: it imports phoenix-colocated, which is there only after the app is "
        "compiled, and npm bundles before: let the Mix package esbuild bundle"
        for each in project.assets
        if isinstance(each, NpmAssets) and each.colocated and isinstance(each.script, Resolved)
    )
    notes.extend(
        f"{app.name}: version left to Mix ({app.version.reason})"
        for app in project.apps
        if isinstance(app.version, Unknown)
    )
    return tuple(notes)
