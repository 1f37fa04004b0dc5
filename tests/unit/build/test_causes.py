"""A failed step is told by what the tool printed: a lock file, a dependency, a registry."""

from __future__ import annotations

import pytest

from imagekit.build.causes import cause
from imagekit.errors import (
    BuildFailed,
    DependencyNotCompiled,
    DiskFull,
    FileForAnotherMachine,
    FileNotInContext,
    LibraryNotFound,
    LibraryOfNoPackage,
    LockOutOfStep,
    ProjectNotLoaded,
    RegistryUnanswered,
    RustNotFound,
)


def failed(stage: str, *output: str, step: str = "RUN x") -> BuildFailed:
    return BuildFailed(stage=stage, step=step, output=("before", *output, "after"), status=1)


@pytest.mark.parametrize(
    "line",
    [
        '** (Mix) Your mix.lock is out of date and must be updated without the "--check-locked"',
        "** (Mix) The mix.lock file was out of date",
        "  lock mismatch: the dependency is out of date. To fetch locked version run",
        "  the dependency is out of date",
    ],
)
def test_a_lock_file_out_of_step(line: str) -> None:
    found = cause(failed("fetch", line))
    assert isinstance(found, LockOutOfStep)
    assert found.exit_code == 6
    assert found.output == ("before", line, "after")
    assert (found.stage, found.status) == ("fetch", 1)


def test_a_lock_file_is_a_matter_of_fetching() -> None:
    assert type(cause(failed("app", "the dependency is out of date"))) is BuildFailed


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        ("fetch", "** (Mix) Request failed ({:failed_connect, [{..., :econnrefused}]})"),
        ("fetch", "Request failed (:nxdomain)"),
        ("fetch", "Failed to fetch record for jason from registry (using cache): :timeout"),
        ("fetch", "Request failed (:closed)"),
        ("fetch", "fatal: unable to access 'x': Could not resolve host: github.com"),
        ("assets", "npm error code ECONNREFUSED"),
        ("assets", "npm error network request to x failed, reason: read ECONNRESET"),
        ("assets", "npm error code EAI_AGAIN"),
        ("assets", "npm error code ETIMEDOUT"),
        ("assets", "npm error code ENOTFOUND"),
        ("toolchain", "W: Failed to fetch x  Temporary failure resolving 'debian.example'"),
        ("runtime", "E: Failed to fetch x  Could not connect to debian.example:80"),
        ("runtime", "Connection timed out [IP: 192.0.2.1 80]"),
        ("toolchain", "WARNING: updating x: temporary error (try again later)"),
    ],
)
def test_a_registry_that_does_not_answer_is_worth_another_try(stage: str, line: str) -> None:
    found = cause(failed(stage, line))
    assert isinstance(found, RegistryUnanswered)
    assert found.exit_code == 75
    assert found.during == f"stage `{stage}`"
    assert line in found.output


def test_a_program_that_prints_such_a_word_is_no_registry() -> None:
    line = "    {:error, :timeout} -> raise MyError"
    assert type(cause(failed("app", line))) is BuildFailed


def test_a_bundler_that_mix_cannot_download_is_worth_another_try() -> None:
    line = "** (RuntimeError) couldn't fetch esbuild: {:failed_connect, [:nxdomain]}"
    found = cause(failed("release", line, step="RUN mix assets.deploy"))
    assert isinstance(found, RegistryUnanswered)


def test_a_dependency_that_does_not_compile() -> None:
    found = cause(failed("deps", "== Compilation error", step="RUN mix deps.compile"))
    assert isinstance(found, DependencyNotCompiled)
    assert found.exit_code == 6


def test_a_mix_exs_that_raises() -> None:
    line = "imagekit: apps/web/mix.exs does not load; here it sees the files beside it"
    assert type(cause(failed("manifest", line, "** (RuntimeError) no"))) is ProjectNotLoaded
    assert type(cause(failed("app", line))) is BuildFailed


def test_a_library_that_the_builder_does_not_have() -> None:
    line = "imagekit: library not found: libvips.so.42, which /app/lib/x-1.0.0/priv/x.so needs"
    assert isinstance(cause(failed("packages", line)), LibraryNotFound)
    found = cause(failed("rootfs", line))
    assert isinstance(found, LibraryNotFound)
    assert found.exit_code == 6
    assert line in found.output


def test_a_library_that_no_package_of_the_builder_has() -> None:
    line = "imagekit: library of no package: /usr/local/lib/libmine.so, which /app/x.so needs"
    assert isinstance(cause(failed("packages", line)), LibraryOfNoPackage)


def test_what_nothing_is_known_of_stays_as_it_is() -> None:
    given = failed("release", "** (Mix) unknown")
    assert cause(given) is given


def test_a_cause_that_the_engine_found_is_not_guessed_at_again() -> None:
    given = DiskFull(stage="deps", step="RUN mix deps.compile", output=("no space",), status=1)
    assert cause(given) is given


@pytest.mark.parametrize(
    ("read", "file"),
    [("README.md", "README.md"), ("/build/apps/web/test/seed.csv", "apps/web/test/seed.csv")],
)
def test_a_file_that_code_reads_and_the_context_has_not(read: str, file: str) -> None:
    line = f'** (File.Error) could not read file "{read}": no such file or directory'
    found = cause(failed("app", line))
    assert isinstance(found, FileNotInContext)
    assert (found.file, found.output, found.status) == (file, ("before", line, "after"), 1)


def test_a_file_that_a_dependency_misses_is_not_the_projects() -> None:
    line = 'could not read file "x": no such file or directory'
    found = cause(failed("deps", line, step="RUN mix deps.compile"))
    assert type(found) is DependencyNotCompiled


@pytest.mark.parametrize("stage", ["deps", "app", "release"])
@pytest.mark.parametrize(
    "line",
    [
        '    (elixir 1.18.3) lib/system.ex:1114: System.cmd("cargo", ["metadata"], [])',
        "/bin/sh: 1: cargo: not found",
        "make: cargo: command not found",
        "Rustup could not be found on your machine.",
    ],
)
def test_rust_that_is_not_there(stage: str, line: str) -> None:
    found = cause(failed(stage, line, step="RUN mix deps.compile"))
    assert isinstance(found, RustNotFound)
    assert "cargo" in found.advice


def test_rust_is_a_matter_of_compiling() -> None:
    assert type(cause(failed("runtime", "cargo: not found"))) is BuildFailed


def test_a_file_for_another_machine() -> None:
    line = "imagekit: file for another machine: /app/lib/a-1/priv/a.so is for aarch64, the VM for x"
    for stage in ("packages", "rootfs"):
        assert isinstance(cause(failed(stage, line)), FileForAnotherMachine)
