"""What a command line asks lint for: files read and linted, known findings taken away."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagekit.engine.process import HostProcesses
from imagekit.errors import ProjectNotSupported, ReleaseNotChosen
from imagekit.lint import baseline
from imagekit.lint import buildkit as buildkits
from imagekit.lint import hadolint as hadolints
from imagekit.lint.buildkit import buildkit, without_said
from imagekit.lint.collect import Collector
from imagekit.lint.collected import Collected
from imagekit.lint.files import name_of, read_text
from imagekit.lint.hadolint import hadolint, locate
from imagekit.lint.kinds import Kind
from imagekit.lint.model import DockerfileFile, Severity
from imagekit.lint.outcome import Ran, Report
from imagekit.lint.policy import Policy
from imagekit.lint.project import OpenedProject
from imagekit.lint.run import Subject, run

HADOLINT: Final = hadolints.LINTER
BUILDKIT: Final = buildkits.LINTER

# What opens a project, and the settings' schema, are imported where they are needed: a Dockerfile
# alone is linted in a fraction of a second.


@dataclass(frozen=True)
class Linting:
    """What a command line asks for; run as often as fixes need."""

    paths: tuple[Path, ...]
    kind: Kind | None
    release: str | None
    fail_on: Severity | None
    baseline: Path | None

    def collect(self) -> Collected:
        """Read all files."""
        collector = Collector(
            open_project=lambda folder: _open(folder, self.release), load_policy=_policy
        )
        return collector.collect(self.paths, self.kind)

    def report(self, others: Iterable[str] = (), *, notes: tuple[str, ...] = ()) -> Report:
        """Read all files and lint them, with other linters by their names."""
        found = self.collect()
        ran = _others(found.subjects, frozenset(others))
        report = run(
            found.subjects,
            foreign=ran.foreign,
            unreadable=found.unreadable,
            notes=(*notes, *found.notes, *ran.notes),
            fail_on=self.fail_on,
        )
        given = name_of(self.baseline) if self.baseline is not None else None
        for file, files in baseline.files_of(report, given).items():
            path = self.baseline or Path(file)
            known = baseline.parse(read_text(path).content, file)
            report = baseline.without(report, known, file, files)
        return report


def _policy(folder: Path) -> Policy:
    from imagekit.cli.options import read_settings  # noqa: PLC0415

    return Policy.of(read_settings(folder, {}).values.lint, name_of(folder))


def _open(folder: Path, release: str | None) -> OpenedProject:
    from imagekit import eject  # noqa: PLC0415
    from imagekit.cli.options import (  # noqa: PLC0415
        read_lock,
        read_project_in,
        read_settings,
        recipe_of,
    )
    from imagekit.plan.compose import compose  # noqa: PLC0415
    from imagekit.project.tree import SourceTree  # noqa: PLC0415

    tree = SourceTree.read(folder)
    settings = read_settings(folder, {"release": release})
    project = read_project_in(folder, tree)
    recipe = recipe_of(settings, folder)
    text, problem = None, ""
    try:
        text = eject.dockerfile(compose(project, settings, recipe, read_lock(folder)))
    except (ReleaseNotChosen, ProjectNotSupported) as err:
        problem = f"{err.what} {err.advice}"
    return OpenedProject(
        tree=tree, project=project, settings=settings, dockerfile=text, problem=problem
    )


def _others(subjects: Sequence[Subject], wanted: frozenset[str]) -> Ran:
    """Run the other linters on the Dockerfiles whose settings want them."""
    found = [each for each in subjects if isinstance(each.target, DockerfileFile)]
    processes, first, second = HostProcesses(), Ran(), Ran()
    if HADOLINT in wanted:
        first = hadolint(
            _targets(each for each in found if each.policy.hadolint),
            program=locate(os.environ.get("PATH")),
            processes=processes,
            environment=os.environ,
        )
    if BUILDKIT in wanted:
        files = _targets(each for each in found if each.policy.buildkit)
        second = buildkit(files, processes=processes, environment=os.environ)
        second = without_said(second, first.foreign)
    return Ran(foreign=(*first.foreign, *second.foreign), notes=(*first.notes, *second.notes))


def _targets(subjects: Iterable[Subject]) -> list[DockerfileFile]:
    return [each.target for each in subjects if isinstance(each.target, DockerfileFile)]
