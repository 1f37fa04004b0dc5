"""Exit 6: the build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imagekit.errors.base import ExitCode, ImagekitError


class BuildError(ImagekitError):
    """The image could not be built."""

    exit_code = ExitCode.BUILD


@dataclass(kw_only=True, eq=False)
class BuildFailed(BuildError):
    """A step of the build ended with an error. `cause` names a page for known causes."""

    page: ClassVar[str] = "build-failed"
    stage: str
    step: str
    output: tuple[str, ...]
    status: int | None = None

    @property
    def what(self) -> str:
        status = "" if self.status is None else f" (exit status {self.status})"
        return f"The build failed in stage `{self.stage}`{status}."

    @property
    def found(self) -> str:
        return "\n".join((_without_mounts(self.step), *self.output))

    @property
    def advice(self) -> str:
        return "Read the step's last output above; `--progress plain` shows all of it."


def _without_mounts(step: str) -> str:
    """Leave out what says how a command is run, and not what is run."""
    words = step.split()
    return " ".join(word for word in words if not word.startswith("--mount="))


class LockOutOfStep(BuildFailed):
    """`mix deps.get --check-locked` refused `mix.lock`."""

    page: ClassVar[str] = "lock-out-of-step"

    @property
    def what(self) -> str:
        return "mix.lock does not match the dependencies that mix.exs asks for."

    @property
    def advice(self) -> str:
        return (
            "Run `mix deps.get` in the project, with the Elixir version of the build (a lock file "
            "of an older Mix can differ too), and commit mix.lock."
        )


class ProjectNotLoaded(BuildFailed):
    """A `mix.exs` raises where the stage `manifest` loads it."""

    page: ClassVar[str] = "project-not-loaded"

    @property
    def what(self) -> str:
        return "A mix.exs does not load in the build."

    @property
    def advice(self) -> str:
        return (
            "Let it load without what only your machine has. Before dependencies are there it sees "
            "the files beside it, mix.lock and config/."
        )


class DependencyNotCompiled(BuildFailed):
    """A dependency does not compile."""

    page: ClassVar[str] = "dependency-not-compiled"

    @property
    def what(self) -> str:
        return "A dependency does not compile."

    @property
    def advice(self) -> str:
        return (
            "The output above names the dependency. If it wants a system package, "
            "add it to `packages` under [build] in imagekit.toml."
        )


@dataclass(kw_only=True, eq=False)
class FileNotInContext(BuildFailed):
    """Code reads a file while it compiles, and the build does not have it."""

    page: ClassVar[str] = "file-not-in-context"
    file: str

    @property
    def what(self) -> str:
        return f"Code reads {self.file} while it compiles, and the build does not have that file."

    @property
    def advice(self) -> str:
        return (
            "If the project has it, it is one that images do without (documents, tests, editors' "
            f"files): add the line `!{self.file}` to .dockerignore, and it is there."
        )


class LibraryNotFound(BuildFailed):
    """A file of the release needs a shared library that the builder does not have."""

    page: ClassVar[str] = "library-not-found"

    @property
    def what(self) -> str:
        return "The release needs a shared library that is not in the builder."

    @property
    def advice(self) -> str:
        return (
            "Add the package that has the library to `packages` under [build] in imagekit.toml; "
            "the output above says which file needs it."
        )


class LibraryOfNoPackage(BuildFailed):
    """A file of the release needs a library of the builder that no package can bring."""

    page: ClassVar[str] = "library-of-no-package"

    @property
    def what(self) -> str:
        return "The release needs a library that belongs to no package of the builder."

    @property
    def advice(self) -> str:
        return (
            "Link it statically, put it into `priv` of the application that needs it, or take the "
            "recipe `minimal`, which copies libraries as files."
        )


class RustNotFound(BuildFailed):
    """Something that compiles calls Rust's tools, and the builder has none."""

    page: ClassVar[str] = "rust-not-found"

    @property
    def what(self) -> str:
        return "A dependency needs Rust, and the builder has none."

    @property
    def advice(self) -> str:
        return (
            'Add it: `packages = ["cargo"]` under [build] in imagekit.toml. The builder gets it by '
            "itself where `mix.lock` or a `Cargo.toml` tells of `rustler`."
        )


class FileForAnotherMachine(BuildFailed):
    """A file of the release is for another machine than the one that it is built for."""

    page: ClassVar[str] = "file-for-another-machine"

    @property
    def what(self) -> str:
        return "The release has a file for another machine."

    @property
    def advice(self) -> str:
        return (
            "The output above names the file and its package: let the package compile in the "
            "builder instead of taking a precompiled file, or leave the file out of `priv`."
        )


class DiskFull(BuildFailed):
    """The engine's storage has no room left."""

    page: ClassVar[str] = "disk-full"

    @property
    def what(self) -> str:
        return "The engine has no disk space left."

    @property
    def advice(self) -> str:
        return "Free space, for instance with `docker buildx prune`, then build again."


@dataclass(kw_only=True, eq=False)
class BaseImageNotFound(BuildError):
    """A registry answered and does not have the image."""

    page: ClassVar[str] = "base-image-not-found"
    reference: str
    problem: str

    @property
    def what(self) -> str:
        return f"The base image {self.reference} cannot be had."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return (
            "Check that a tag exists for these versions (`imagekit plan` shows where each came "
            'from), or take the distribution\'s packages: `toolchain = "distribution"`.'
        )
