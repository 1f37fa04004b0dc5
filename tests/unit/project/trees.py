"""Small projects as texts: the smallest one to begin with, its parts changed by name."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import PurePosixPath

from imagekit.project.model import Dependency, EnvironmentVariable, Project
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.resolved import Unknown


def mix_exs(project: str = "", *, app: str = "shop", deps: str = "", body: str = "") -> str:
    """Give a `mix.exs` with more keys in `project/0`, dependencies and functions."""
    named = f'app: :{app}, version: "0.1.0",' if app else ""
    return f"""
defmodule {(app or "shop").title().replace("_", "")}.MixProject do
  use Mix.Project

  def project do
    [
      {named}
      {project.rstrip(" ,")}{"," if project else ""}
      deps: deps()
    ]
  end

  defp deps do
    [{deps}]
  end

  {body}
end
"""


def read(files: dict[str, str] | None = None, **keywords: str) -> Project:
    """Read a project of texts; without a `mix.exs` among them, of `mix_exs(**keywords)`."""
    return read_project(SourceTree.of({"mix.exs": mix_exs(**keywords)} | (files or {})))


def runtime(text: str) -> dict[str, EnvironmentVariable]:
    """Read the variables of a `config/runtime.exs`, by name."""
    return {each.name: each for each in read({"config/runtime.exs": text}).environment}


def dependency(project: Project, name: str) -> Dependency:
    return next(each for each in project.dependencies if each.name == name)


def paths(*names: str) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(name) for name in names)


def plain(value: object) -> object:
    """Give a value as JSON has it; an `Unknown` shows as such."""
    if isinstance(value, Unknown):
        return {"unknown": value.reason, "source": value.source}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, PurePosixPath) else value
