"""What a file is, by its name and, for YAML, its content; and how it becomes a target. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, get_args

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Text
from imagekit.errors import UnknownFileKind
from imagekit.lint.targets.compose import ComposeFile
from imagekit.lint.targets.dockerfile import DockerfileFile
from imagekit.lint.targets.elixir import ElixirFile, Role
from imagekit.lint.targets.kubernetes import ManifestFile
from imagekit.lint.targets.settings import SettingsFile
from imagekit.lint.targets.yaml import YamlMapping, parse_yaml
from imagekit.project.elixir.parse import parse

if TYPE_CHECKING:
    from imagekit.project.model import Project

Kind = Literal["dockerfile", "compose", "kubernetes", "elixir", "settings"]
FileTarget = DockerfileFile | ComposeFile | ManifestFile | ElixirFile | SettingsFile

KINDS: Final[tuple[str, ...]] = get_args(Kind)
_DOCKERFILES: Final = ("dockerfile", "containerfile")
_OF_OTHERS: Final = frozenset(
    {"cfg", "go", "html", "java", "js", "json", "log", "php", "png", "py", "rb", "rs", "rst", "sh"}
    | {"sql", "svg", "toml", "ts", "txt", "xml", "zip"}
)
"""Endings of files that are about Dockerfiles: `dockerfile_parse.py`, `dockerfile-maven.xml`."""
_NO_DOCKERFILES: Final = frozenset(
    {".bak", ".dockerignore", ".eex", ".erb", ".j2", ".md", ".orig", ".template", ".tmpl"}
)
"""Endings of what is beside Dockerfiles, or becomes one: templates are none before."""
_COMPOSE: Final = ("compose", "docker-compose")
_KUSTOMIZATIONS: Final = ("kustomization", "kustomization.yaml", "kustomization.yml")
"""What Kustomize itself looks for; `apiVersion` and `kind` are optional in it.

Source: kubernetes-sigs/kustomize, api/konfig/general.go and api/types/kustomization.go.
"""
_YAML: Final = frozenset({".yaml", ".yml"})
_ENVIRONMENTS: Final = frozenset({"dev", "test", "prod"})


def no_project() -> Project | None:
    """Say that a file stands in no Elixir project."""
    return None


def kind_of(path: PurePosixPath) -> Kind | Literal["yaml"] | None:
    """Tell what a file is by its name; `yaml` when only its content can tell."""
    name = path.name.lower()
    if name == "imagekit.toml":
        return "settings"
    stem = name.split(".", 1)[0]
    if path.suffix.lower() in _NO_DOCKERFILES:
        return None
    if stem in _DOCKERFILES and path.suffix not in _YAML:
        return "dockerfile"
    if name.endswith(tuple(f".{each}" for each in _DOCKERFILES)):
        return "dockerfile"
    if name in _KUSTOMIZATIONS:
        return "kubernetes"
    if path.suffix in _YAML:
        base = stem.split("-override", 1)[0]
        return "compose" if base in _COMPOSE else "yaml"
    if path.suffix in (".exs", ".ex"):
        return "elixir"
    is_dockerfile = re.split("[-_]", name, maxsplit=1)[0] in _DOCKERFILES
    return "dockerfile" if is_dockerfile and path.suffix.lower()[1:] not in _OF_OTHERS else None


def read_target(
    text: Text,
    *,
    kind: Kind | None = None,
    find_project: Callable[[], Project | None] = no_project,
) -> FileTarget:
    """Understand one file.

    Args:
        text: its content; its name tells the kind unless that is given.
        kind: what it is.
        find_project: gives the project that it stands in, when a rule asks.

    Raises:
        UnreadableDockerfile, UnreadableManifest, SourceSyntaxError: it does not parse.
        UnknownFileKind: it is none of the kinds that there are rules for.
        ConfigurationError: an `imagekit.toml` that is not valid.
    """
    path = PurePosixPath(text.file)
    found = kind or kind_of(path)
    match found:
        case "dockerfile":
            return DockerfileFile(parsed=parse_dockerfile(text), find_project=find_project)
        case "elixir":
            return elixir_file(text, path)
        case "settings":
            return _settings(text)
        case "compose" | "kubernetes" | "yaml":
            return _from_yaml(text, found, find_project)
        case None:
            raise UnknownFileKind(
                file=text.file, problem="its name does not say what it is", kinds=KINDS
            )


def elixir_file(
    text: Text, path: PurePosixPath, *, role: Role | None = None, environment: str | None = None
) -> ElixirFile:
    """Parse an Elixir file.

    Args:
        text: its content.
        path: from the project's root.
        role: what it is for; else its path tells.
        environment: the only Mix environment that reads it; else its name tells.

    Raises:
        SourceSyntaxError: it does not parse.
    """
    source = parse(text.content, text.file)
    role = role or _role(path)
    if environment is None and role == "config" and path.stem in _ENVIRONMENTS:
        environment = path.stem
    return ElixirFile(text=text, source=source, path=path, role=role, environment=environment)


def _role(path: PurePosixPath) -> Role:
    if path.name == "mix.exs":
        return "mix"
    folders = path.parent.parts
    if "rel" in folders:
        return "release"
    if path.name in ("runtime.exs", "releases.exs") and folders[-1:] in ((), ("config",)):
        return "runtime"
    if path.suffix == ".exs" and "config" in folders:
        return "config"
    return "other"


def _settings(text: Text) -> SettingsFile:
    from imagekit.settings.load import load  # noqa: PLC0415 - loads the whole schema

    return SettingsFile(text=text, settings=load(text.content, {}, {}))


def _from_yaml(
    text: Text, kind: str, find_project: Callable[[], Project | None]
) -> ComposeFile | ManifestFile:
    documents = parse_yaml(text)
    tables = [each for each in documents if isinstance(each, YamlMapping)]
    if kind == "yaml":
        is_object = any(each.get("apiVersion") and each.get("kind") for each in tables)
        is_compose = any(isinstance(each.get("services"), YamlMapping) for each in tables)
        kind = "kubernetes" if is_object else "compose" if is_compose else "yaml"
    if kind == "compose" and len(tables) == 1:
        return ComposeFile(text=text, root=tables[0], find_project=find_project)
    if kind == "kubernetes":
        implied = PurePosixPath(text.file).name.lower() in _KUSTOMIZATIONS
        return ManifestFile(
            text=text,
            documents=documents,
            implied_kind="Kustomization" if implied else None,
            find_project=find_project,
        )
    problem = "it has neither `services` nor objects with `apiVersion` and `kind`"
    raise UnknownFileKind(file=text.file, problem=problem, kinds=KINDS)
