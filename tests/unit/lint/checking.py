"""Small helpers: lint texts that are in no file."""

from __future__ import annotations

from collections.abc import Mapping

from imagekit.dockerfile.text import Text
from imagekit.lint.kinds import read_target
from imagekit.lint.model import Finding
from imagekit.lint.outcome import Report
from imagekit.lint.policy import Policy
from imagekit.lint.project import OpenedProject, project_subjects
from imagekit.lint.run import Subject, run
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from imagekit.settings.load import load

MIX_EXS = """\
defmodule Shop.MixProject do
  use Mix.Project

  def project do
    [app: :shop, version: "0.1.0", elixir: "~> 1.15", deps: []]
  end
end
"""


def lint(text: str, file: str = "Dockerfile", **policy: object) -> Report:
    """Lint one file; its name decides what it is."""
    target = read_target(Text(file=file, content=text))
    return run([Subject(target=target, policy=Policy(**policy))])  # type: ignore[arg-type]


def lint_project(files: Mapping[str, str]) -> Report:
    """Lint a project of these files; a `mix.exs` is added when there is none.

    A `Dockerfile` among them stands for the one that would be composed.
    """
    files = {"mix.exs": MIX_EXS, **files}
    tree = SourceTree.of(files)
    settings_text = files.get("imagekit.toml")
    opened = OpenedProject(
        tree=tree,
        project=read_project(tree),
        settings=load(settings_text, {}, {}),
        dockerfile=files.get("Dockerfile"),
    )
    return run(project_subjects(opened, settings_text=settings_text).subjects)


def found(report: Report, rule: str) -> list[Finding]:
    """Give the findings of one rule."""
    return [each for each in report.findings if each.rule == rule]


def marked(finding: Finding) -> str:
    """Give the text that the caret stands below."""
    return finding.text.of(finding.span)


def place(finding: Finding) -> str:
    """Give `line:column-line:column`, the end on the same line as a column alone."""
    at = finding.location
    end = f"{at.end_line}:{at.end_column}" if at.end_line != at.line else f"{at.end_column}"
    return f"{at.line}:{at.column}-{end}"
