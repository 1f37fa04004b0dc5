"""Exit 3: the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from imagekit.errors.base import ExitCode, ImagekitError


class ProjectError(ImagekitError):
    """The source tree is not one that imagekit can build."""

    exit_code = ExitCode.PROJECT


@dataclass(kw_only=True, eq=False)
class ProjectNotRecognised(ProjectError):
    """A folder without `mix.exs`."""

    page: ClassVar[str] = "project-not-recognised"
    path: str
    saw: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"{self.path} is not an Elixir project: it has no mix.exs."

    @property
    def found(self) -> str:
        return f"saw: {', '.join(self.saw)}" if self.saw else "saw: an empty folder"

    @property
    def advice(self) -> str:
        return "Run imagekit in the folder that holds mix.exs, or give that folder as PATH."


@dataclass(kw_only=True, eq=False)
class SourceSyntaxError(ProjectError):
    """An Elixir file that does not parse."""

    page: ClassVar[str] = "source-syntax-error"
    file: str
    line: int
    column: int
    excerpt: str
    comma_after: int | None = None
    """The line at whose end a comma may be missing."""

    @property
    def what(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: not valid Elixir."

    @property
    def found(self) -> str:
        return f"{self.excerpt}\n{' ' * (self.column - 1)}^"

    @property
    def advice(self) -> str:
        if self.comma_after is not None:
            return (
                f"A comma may be missing at the end of line {self.comma_after}; `mix format` on "
                f"{self.file} names the place too."
            )
        return f"Correct the syntax of {self.file}; `mix format` on it names the place too."


@dataclass(kw_only=True, eq=False)
class ProjectNotSupported(ProjectError):
    """An Elixir project of a shape that imagekit does not build (yet)."""

    page: ClassVar[str] = "project-not-supported"
    file: str
    shape: str
    way_out: str

    @property
    def what(self) -> str:
        return f"{self.file}: {self.shape}."

    @property
    def advice(self) -> str:
        return self.way_out


@dataclass(kw_only=True, eq=False)
class ReleaseWithoutErts(ProjectError):
    """A release that brings no virtual machine, or another machine's."""

    page: ClassVar[str] = "release-without-erts"
    file: str
    release: str
    include_erts: str

    @property
    def what(self) -> str:
        return f"{self.file}: the release `{self.release}` brings no ERTS of the build."

    @property
    def found(self) -> str:
        return f"include_erts: {self.include_erts}"

    @property
    def advice(self) -> str:
        return "Leave `include_erts` out: the release then brings the builder's virtual machine."


@dataclass(kw_only=True, eq=False)
class ReleaseDefinedTwice(ProjectError):
    """Two definitions claim one release."""

    page: ClassVar[str] = "release-defined-twice"
    release: str
    first: str
    second: str

    @property
    def what(self) -> str:
        return f"{self.second}: the release `{self.release}` is defined a second time."

    @property
    def found(self) -> str:
        return f"first: {self.first}"

    @property
    def advice(self) -> str:
        return "Give one of them another name, or remove it: only the first would ever be built."


@dataclass(kw_only=True, eq=False)
class DistilleryDoesNotFit(ProjectError):
    """A Distillery that cannot work under the Elixir of the build."""

    page: ClassVar[str] = "distillery-does-not-fit"
    file: str
    version: str
    elixir: str
    reason: str
    way_out: str

    @property
    def what(self) -> str:
        return f"{self.file}: Distillery {self.version} does not work with Elixir {self.elixir}."

    @property
    def found(self) -> str:
        return self.reason

    @property
    def advice(self) -> str:
        return self.way_out


@dataclass(kw_only=True, eq=False)
class UnreadableDockerfile(ProjectError):
    """A Dockerfile that BuildKit would refuse too."""

    page: ClassVar[str] = "unreadable-dockerfile"
    file: str
    line: int
    problem: str
    excerpt: str

    @property
    def what(self) -> str:
        return f"{self.file}:{self.line}: not a valid Dockerfile: {self.problem}."

    @property
    def found(self) -> str:
        return self.excerpt

    @property
    def advice(self) -> str:
        return f"Correct line {self.line} of {self.file}; `docker build` stops there too."


@dataclass(kw_only=True, eq=False)
class UnreadableManifest(ProjectError):
    """A compose file or Kubernetes manifest that is not YAML."""

    page: ClassVar[str] = "unreadable-manifest"
    file: str
    line: int
    problem: str
    excerpt: str

    @property
    def what(self) -> str:
        return f"{self.file}:{self.line}: not valid YAML: {self.problem}."

    @property
    def found(self) -> str:
        return self.excerpt

    @property
    def advice(self) -> str:
        return (
            f"Correct line {self.line} of {self.file}. A template (Helm, Kustomize patches) must "
            "be rendered first."
        )


@dataclass(kw_only=True, eq=False)
class UnknownFileKind(ProjectError):
    """`lint` was pointed at a file that it has no rules for."""

    page: ClassVar[str] = "unknown-file-kind"
    file: str
    problem: str
    kinds: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"{self.file} is no file that imagekit lints: {self.problem}."

    @property
    def found(self) -> str:
        return f"kinds: {', '.join(self.kinds)}"

    @property
    def advice(self) -> str:
        return "Name another file, or say what it is with `--kind`."


@dataclass(kw_only=True, eq=False)
class NothingToLint(ProjectError):
    """`lint` was given a folder without `mix.exs` and without a file that has rules."""

    page: ClassVar[str] = "nothing-to-lint"
    path: str
    saw: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"{self.path} has nothing to lint: no mix.exs, and no file that there are rules for."

    @property
    def found(self) -> str:
        return f"saw: {', '.join(self.saw)}" if self.saw else "saw: an empty folder"

    @property
    def advice(self) -> str:
        return "Name a project's folder, a Dockerfile, a compose file or Kubernetes manifests."
