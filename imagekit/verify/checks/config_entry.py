"""The entry point: exec form, so that the release is PID 1 and gets the signals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from imagekit.image import Image
from imagekit.verify.check import ConfigCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation

_SHELLS: Final = frozenset({"sh", "ash", "bash", "dash", "ksh", "zsh"})
_INITS: Final = frozenset({"tini", "dumb-init", "docker-init", "catatonit"})


def _run(image: Image, expected: Expectation) -> Verdict:
    config = image.config
    words = (*config.entrypoint, *config.command)
    problems: list[str] = []
    if not words:
        problems.append("neither ENTRYPOINT nor CMD: there is nothing to start")
    if (script := _shell_script(words)) is not None and not script.startswith("exec "):
        problems.append(
            f"shell form: `{words[0]}` is the first process, and SIGTERM ends at the shell"
        )
    for name, found, wanted in (
        ("ENTRYPOINT", config.entrypoint, expected.entrypoint),
        ("CMD", config.command, expected.command),
    ):
        if wanted is not None and found != wanted:
            problems.append(f"{name} is {_shown(found)}, the plan says {_shown(wanted)}")
    return verdict(f"exec form: {' '.join(words)}", tuple(problems))


def _shell_script(words: Sequence[str]) -> str | None:
    """Give the script when a shell is told to run one: `/bin/sh -c "..."`, also below an init."""
    rest = list(words)
    if rest and PurePosixPath(rest[0]).name in _INITS:
        rest = rest[1:]
        while rest and rest[0].startswith("-"):
            rest = rest[1:]
    if len(rest) < 3 or PurePosixPath(rest[0]).name not in _SHELLS:  # noqa: PLR2004 - sh -c text
        return None
    flag, script = rest[1], rest[2]
    return script.strip() if flag.startswith("-") and flag.endswith("c") else None


def _shown(words: Sequence[str]) -> str:
    return f"[{', '.join(words)}]"


CHECK = ConfigCheck(id="config.entry", title="starts its program without a shell", run=_run)
