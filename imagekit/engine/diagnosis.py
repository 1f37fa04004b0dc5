"""From a build that ended badly to the error that says why. Pure."""

from __future__ import annotations

import re
from typing import Final

from imagekit.engine.causes import is_disk_full, is_engine_gone, registry_cause
from imagekit.engine.events import CacheFailed, Failure
from imagekit.engine.process import NOT_EXECUTABLE, NOT_FOUND
from imagekit.engine.progress import Progress
from imagekit.errors import (
    BaseImageNotFound,
    BuilderMissing,
    BuildFailed,
    DiskFull,
    EngineLost,
    ImagekitError,
    RegistryUnanswered,
)

_SHORT: Final = 100
_INTERNAL: Final = "[internal] "
_BEFORE_ANY: Final = "Dockerfile"
"""Stands for a stage where the Dockerfile as a whole is refused."""
_AFTER_COMMAND: Final = "did not complete successfully: "
_REF: Final = re.compile(r"failed to (?:compute cache key|calculate checksum of ref \S+): ")
_BASE: Final = re.compile(r"\[internal\] load metadata for (\S+)|FROM (\S+)|(?:.* )?resolve (\S+)")
_CANCELLED: Final = re.compile(r"Canceled: context canceled\s*$")
# What containerd says of a layer that a registry lost or that is not what its digest says. BuildKit
# takes a cache's word for a layer, and asks for the layer itself only when something needs it.
_LAYER_LOST: Final = re.compile(
    r"httpReadSeeker: |could not fetch content descriptor|failed commit on ref \"layer-"
    r"|unexpected commit digest"
)
# Two builds that make the same image put it into containerd's store under its digest; which of
# them comes second loses where the name was not there when both looked (seen with Docker 26.1).
_NAME_TAKEN: Final = re.compile(r"image \"moby-dangling@sha256:[0-9a-f]{64}\": already exists")
_INCAPABLE: Final = re.compile(
    r"no builder \S+ found|is not supported for the docker driver"
    r"|is not a docker command|unknown command: docker|^(?:ERROR: )?unknown flag",
    re.MULTILINE,
)


def diagnose(status: int, progress: Progress) -> ImagekitError:
    """Give the error for a build whose command ended with this status."""
    last_words = "\n".join(progress.text)
    failure = progress.failure
    if failure is not None:
        return _of_step(failure)
    if status in {NOT_FOUND, NOT_EXECUTABLE} or _INCAPABLE.search(last_words):
        return BuilderMissing(problem=_problem(progress))
    # Nobody here cancelled it: an interrupted build does not get this far.
    if is_engine_gone(last_words) or _CANCELLED.search(last_words):
        return EngineLost(during="the build", problem=_problem(progress))
    kind = DiskFull if is_disk_full(last_words) else BuildFailed
    # A Dockerfile that does not parse, a target that does not exist.
    return kind(stage=_BEFORE_ANY, step=_problem(progress), output=progress.text, status=None)


def broken_cache(progress: Progress) -> CacheFailed | None:
    """Tell whether a build broke on a layer that an external cache promised and does not have."""
    failure = progress.failure
    if failure is None or failure.status is not None or not progress.caches_read:
        return None
    if _LAYER_LOST.search(failure.problem) is None:
        return None
    caches = ", ".join(progress.caches_read)
    return CacheFailed(step=failure.step, during="read", cache=caches, problem=failure.problem)


def lost_a_race(progress: Progress) -> bool:
    """Tell whether another build put the same image into the store at the same moment."""
    failure = progress.failure
    return failure is not None and _NAME_TAKEN.search(failure.problem) is not None


def _of_step(failure: Failure) -> ImagekitError:
    step = failure.step
    stage = step.stage or step.text.removeprefix(_INTERNAL)
    # A step without output, as COPY, has its problem; the builder's own keys help nobody.
    output = failure.output or (_REF.sub("", failure.problem),)
    if is_engine_gone(failure.problem):
        return EngineLost(during=_short(step.text), problem=failure.problem)
    base = _BASE.fullmatch(step.text)
    # A command's problem repeats the command, whose own words are no cause.
    problem = failure.problem.rpartition(_AFTER_COMMAND)[2]
    words = "\n".join((problem, *failure.output))
    # What a command prints may quote anything: whoever knows the tool reads it.
    cause = None if step.text.startswith("RUN ") else registry_cause(words)
    if base is not None and cause == "missing":
        reference = next(filter(None, base.groups()))
        # Docker Hub's names without what nobody writes.
        short = reference.removeprefix("docker.io/").removeprefix("library/")
        return BaseImageNotFound(reference=short, problem=failure.problem)
    if cause == "unanswered":
        return RegistryUnanswered(during=_short(step.text), output=output, base=base is not None)
    if is_disk_full(words):
        return DiskFull(stage=stage, step=step.text, output=output, status=failure.status)
    return BuildFailed(stage=stage, step=step.text, output=output, status=failure.status)


def _short(text: str) -> str:
    """Give an instruction's first line, for a sentence."""
    first = next(iter(text.removeprefix(_INTERNAL).splitlines()), "")
    line = " ".join(word for word in first.split() if not word.startswith("--mount="))
    return f"`{line if len(line) <= _SHORT else line[: _SHORT - 3] + '...'}`"


def _problem(progress: Progress) -> str:
    """Give buildx's own verdict: its last `ERROR:` line, else its last line."""
    told = [line for line in progress.text if line.startswith("ERROR: ")]
    lines = told or [line for line in progress.text if "--help" not in line]
    return lines[-1].removeprefix("ERROR: ") if lines else "it ended without a word"
