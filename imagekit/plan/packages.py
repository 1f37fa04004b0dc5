"""The steps that have to do with packages of the distribution: the builder's, the runtime's."""

from __future__ import annotations

from collections.abc import Iterable

from imagekit.plan.given import Given
from imagekit.plan.steps import AskedPackage, FindPackages, InstallPackages, Step
from imagekit.project.model import Dependency


def for_builder(given: Given) -> tuple[Step, ...]:
    """Install what the builder needs: the toolchain, what dependencies ask for, the user's."""
    distribution = given.recipe.toolchain.distribution
    unpacked = distribution.elixir_unpacked if given.toolchain == "distribution" else ()
    return _install(given, _of_builder(given), unpacked)


def _of_builder(given: Given) -> tuple[str, ...]:
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
    by_ssh = any(over_ssh(each) for each in wanted)
    return (
        *(toolchain.distribution.elixir_packages if given.toolchain == "distribution" else ()),
        *(toolchain.needs.git if from_git else ()),
        *(toolchain.needs.ssh if by_ssh else ()),
        *(toolchain.needs.c if "c" in native else ()),
        *(toolchain.needs.rust if "rust" in native else ()),
        *given.settings.values.build.packages,
    )


def asked(given: Given) -> tuple[AskedPackage, ...]:
    """Give the packages of the runtime that no file of the release tells of."""
    in_release = {
        each.name
        for each in given.project.dependencies
        if each.environments is None or "prod" in each.environments
    }
    by_user = (AskedPackage(name=each) for each in given.settings.values.build.runtime_packages)
    opened = (
        AskedPackage(name=package, dependency=dependency)
        for dependency, packages in given.recipe.runtime.opened.items()
        if dependency in in_release
        for package in packages
    )
    return _sorted((*by_user, *opened))


def _sorted(packages: Iterable[AskedPackage]) -> tuple[AskedPackage, ...]:
    return tuple(sorted(set(packages), key=lambda each: (each.name, each.dependency or "")))


def for_node(given: Given) -> tuple[Step, ...]:
    """Install Node where it comes from the distribution too."""
    packages = given.recipe.toolchain.distribution.node_packages
    return _install(given, packages if given.toolchain == "distribution" else ())


def for_rootfs(given: Given) -> tuple[Step, ...]:
    """Install, in the builder, what the root file system is made from."""
    names = (each.name for each in asked(given))
    return _install(given, (*given.recipe.runtime.packages, *names))


def find_packages(given: Given) -> tuple[Step, ...]:
    """Find them where what is asked for is installed too: precompiled files may need it."""
    own = (AskedPackage(name=each) for each in given.recipe.runtime.packages)
    wanted = _sorted((*own, *asked(given)))
    install = _install(given, tuple(each.name for each in wanted if each.dependency is None))
    return (*install, FindPackages(stage="release", packages=wanted))


def _install(
    given: Given, packages: tuple[str, ...], unpacked: tuple[str, ...] = ()
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


def over_ssh(dependency: Dependency) -> bool:
    """Tell `ssh://host/path` and git's short form of it, `git@host:path`."""
    url = dependency.repository or ""
    short = "://" not in url and ":" in url and "@" in url.split(":", 1)[0]
    return dependency.scm == "git" and (url.startswith("ssh://") or short)
