"""IK303: production's settings come from the environment, and no file reads it at start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from imagekit.lint.model import Hit, ProjectFiles, Rule, Severity
from imagekit.lint.rules.compiling import read_at_compile_time


def _project(project: ProjectFiles) -> Iterator[Hit]:
    if project.with_role("runtime"):
        return
    for file in project.elixir:
        if file.role != "config" or file.environment != "prod":
            continue
        for read in read_at_compile_time(file):
            wanted = PurePosixPath(file.path.parent, "runtime.exs")
            message = f"the release takes nothing from the environment: there is no {wanted}"
            yield Hit(span=file.span(read.call), message=message, file=file.text)
            break


RULE = Rule(
    id="IK303",
    name="no-runtime-configuration",
    severity=Severity.ERROR,
    summary="Write config/runtime.exs: without it a release cannot be configured when it starts",
    project=_project,
)
