"""From a failed step to the error of the catalogue that names its cause.

The engine knows no Elixir; what Mix, npm and apt print is recognised here. Each
text was seen in the tool named beside it.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from imagekit.errors import (
    BuildFailed,
    DependencyNotCompiled,
    FileForAnotherMachine,
    FileNotInContext,
    ImagekitError,
    LibraryNotFound,
    LibraryOfNoPackage,
    LockOutOfStep,
    ProjectNotLoaded,
    RegistryUnanswered,
    RustNotFound,
)
from imagekit.plan.compose import BUILD_DIRECTORY

_LOCK: Final = (
    "Your mix.lock is out of date",  # Mix 1.15 and newer, deps.get --check-locked
    "mix.lock file was out of date",  # Hex 2
    "lock mismatch",  # Mix, deps.loadpaths
    "the dependency is out of date",  # Mix
)
_NOT_LOADED: Final = "mix.exs does not load; here it sees "  # our own `scripts/manifest.exs`
_NO_LIBRARY: Final = "imagekit: library not found: "  # our own `scripts/needs.exs`
_NO_PACKAGE: Final = "imagekit: library of no package: "  # our own `scripts/needed-packages`
_NO_FILE: Final = re.compile(
    r'could not (?:read|open|stream) (?:file )?"([^"]+)": no such file or directory'
)
"""Elixir's `File.Error`."""
_COMPILES_THE_PROJECT: Final = ("app", "release")
_FOREIGN: Final = "imagekit: file for another machine: "  # our own `scripts/needs.exs`
_LOOKS_AT_NATIVE: Final = ("packages", "rootfs")
_NO_RUST: Final = (
    'System.cmd("cargo",',  # Rustler, with `:enoent` above it
    "cargo: not found",  # sh
    "cargo: command not found",  # bash
    "Rustup could not be found",  # Rustler
)
_UNANSWERED: Final = (
    ":econnrefused",  # Hex, httpc
    ":nxdomain",
    ":timeout",
    ":closed",
    "ECONNREFUSED",  # npm
    "ECONNRESET",
    "EAI_AGAIN",
    "ETIMEDOUT",
    "ENOTFOUND",
    "Temporary failure resolving",  # apt
    "Could not connect to",
    "Connection timed out",
    "Could not resolve host",  # git, curl
    "temporary error (try again later)",  # apk
)
_DOWNLOAD_FAILED: Final = (
    "failed_connect",  # httpc: the esbuild and tailwind wrappers, precompiled libraries
    ":nxdomain",
    "Could not resolve host",
)
"""What says so even in the output of a compiler, which may quote anything."""
_COMPILES: Final = ("deps", "app", "release")
_REACHES_REGISTRIES: Final = ("toolchain", "fetch", "assets", "packages", "rootfs", "runtime")


def cause(failed: BuildFailed) -> ImagekitError:
    """Give the error that says most about a failed step: itself when nothing more is known."""
    if type(failed) is not BuildFailed:
        return failed  # the engine knew the cause
    text = "\n".join(failed.output)
    telling = _UNANSWERED if failed.stage in _REACHES_REGISTRIES else _DOWNLOAD_FAILED
    if any(each in text for each in telling):
        return RegistryUnanswered(during=f"stage `{failed.stage}`", output=failed.output)
    if failed.stage == "fetch" and any(each in text for each in _LOCK):
        return _as(LockOutOfStep, failed)
    if failed.stage == "manifest" and _NOT_LOADED in text:
        return _as(ProjectNotLoaded, failed)
    if failed.stage in _COMPILES and any(each in text for each in _NO_RUST):
        return _as(RustNotFound, failed)
    if failed.stage == "deps" and "deps.compile" in failed.step:
        return _as(DependencyNotCompiled, failed)
    if failed.stage in _LOOKS_AT_NATIVE and (native := _of_native(text)) is not None:
        return _as(native, failed)
    if failed.stage in _COMPILES_THE_PROJECT and (missing := _NO_FILE.search(text)) is not None:
        file = PurePosixPath(missing[1])
        inside = file.relative_to(BUILD_DIRECTORY) if file.is_relative_to(BUILD_DIRECTORY) else file
        return FileNotInContext(
            stage=failed.stage,
            step=failed.step,
            output=failed.output,
            status=failed.status,
            file=str(inside),
        )
    return failed


def _of_native(text: str) -> type[BuildFailed] | None:
    if _FOREIGN in text:
        return FileForAnotherMachine
    if _NO_LIBRARY in text:
        return LibraryNotFound
    return LibraryOfNoPackage if _NO_PACKAGE in text else None


def _as(kind: type[BuildFailed], failed: BuildFailed) -> BuildFailed:
    return kind(stage=failed.stage, step=failed.step, output=failed.output, status=failed.status)
