"""Packages of the distribution: installed, looked for, made into a root file system."""

from __future__ import annotations

from typing import assert_never

from imagekit.dockerfile import (
    BindMount,
    Command,
    Mount,
    Run,
)
from imagekit.lower.places import (
    APK_MOUNTS,
    APT_MOUNTS,
    DEBCONF_MOUNT,
    NATIVE,
    PACKAGES,
    ROOTFS,
    SCRIPTS,
    SCRIPTS_MOUNT,
)
from imagekit.plan.model import Stage
from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.steps import (
    AskedPackage,
    FindPackages,
    InstallFound,
    InstallPackages,
    MakeRootfs,
    PackageManager,
)


def install(step: InstallPackages, stage: Stage) -> Run:
    """Install packages that are named."""
    match step.manager:
        case "apt":
            return _settled(_apt(step), stage, "apt", APT_MOUNTS)
        case "apk":
            add = Command(words=("apk", "add", "--no-cache", *step.packages))
            return _settled((add,), stage, "apk", APK_MOUNTS)
        case _:
            assert_never(step.manager)


def install_found(step: InstallFound, stage: Stage) -> Run:
    """Install the packages that another stage found."""
    mounts = {"apt": (*APT_MOUNTS, DEBCONF_MOUNT), "apk": APK_MOUNTS}[step.manager]
    found = BindMount(target=PACKAGES, from_stage=step.stage, source=PACKAGES)
    add = Command(words=(str(SCRIPTS / "add-packages"), step.manager, str(PACKAGES)))
    return _settled((add,), stage, step.manager, (*mounts, found))


def _settled(
    commands: tuple[Command, ...], stage: Stage, manager: PackageManager, mounts: tuple[Mount, ...]
) -> Run:
    """Install, and let nothing of when it was done be in the layer."""
    begin = Command(words=("touch", "/dev/shm/begin"))  # noqa: S108 - a path in the build
    # busybox's find compares whole seconds: what comes within this one would not be newer.
    wait = (Command(words=("sleep", "1")),) if manager == "apk" else ()
    end = (
        Command(words=("mkdir", "-p", str(stage.directory))),
        Command(words=(str(SCRIPTS / "settle"), "packages")),
    )
    return Run(commands=(begin, *wait, *commands, *end), mounts=(*mounts, SCRIPTS_MOUNT))


def _apt(step: InstallPackages) -> tuple[Command, ...]:
    install = ("apt-get", "install", "--yes", "--no-install-recommends", *step.packages)
    unpack = Command(words=(str(SCRIPTS / "unpack-package"), *step.unpacked))
    return (
        Command(words=("apt-get", "update")),
        Command(words=install),
        *((unpack,) if step.unpacked else ()),
    )


def find_packages(step: FindPackages, contract: RuntimeContract) -> Run:
    """Find the packages that the divided release needs."""
    words = (
        *(str(SCRIPTS / "needed-packages"), str(NATIVE), str(PACKAGES), str(contract.root)),
        *map(_asked, step.packages),
    )
    settle = (str(SCRIPTS / "settle"), "tree", str(PACKAGES))
    commands = (Command(words=words), Command(words=settle))
    return Run(commands=commands, mounts=(SCRIPTS_MOUNT, _native(step.stage)))


def _native(stage: str) -> BindMount:
    """Mount what the system must fit to: the builder keys by its content, not by the release's."""
    return BindMount(target=NATIVE, from_stage=stage, source=NATIVE)


def _asked(package: AskedPackage) -> str:
    return package.name if package.dependency is None else f"{package.name}={package.dependency}"


def make_rootfs(step: MakeRootfs, contract: RuntimeContract) -> Run:
    """Make the root file system of a runtime that has no base."""
    words = (
        *(str(SCRIPTS / "rootfs"), str(NATIVE), str(ROOTFS), str(contract.root)),
        *(str(contract.user), str(contract.group), *map(_asked, step.packages)),
    )
    made = ("mkdir", "-p", f"{ROOTFS}{contract.root}")
    settle = (str(SCRIPTS / "settle"), "tree", str(ROOTFS))
    commands = (Command(words=words), Command(words=made), Command(words=settle))
    return Run(commands=commands, mounts=(SCRIPTS_MOUNT, _native(step.stage)))
