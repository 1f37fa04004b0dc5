"""IK208: files that everybody may write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_OCTAL: Final = re.compile(r"[0246]?777")
_SYMBOLIC: Final = re.compile(r"(?:a|ugo)[+=]rwx")


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        for command in stage.commands:
            words = command.effective[1:]
            modes = [word for word in words if not word.value.startswith("-")][:1]
            if command.program in ("mkdir", "install"):
                modes = [each for flag, each in pairwise(words) if flag.value in ("-m", "--mode")]
            elif command.program != "chmod":
                continue
            for word in modes:
                if _OCTAL.fullmatch(word.value) or _SYMBOLIC.fullmatch(word.value):
                    message = f"{command.program} {word.value} lets every user write there"
                    yield Hit(span=word.span, message=message)
        for node in stage.copies:
            flag = node.flag("chmod")
            if flag is not None and _OCTAL.fullmatch(flag.value or ""):
                message = f"--chmod={flag.value} lets every user write there"
                yield Hit(span=flag.span, message=message)


RULE = Rule(
    id="IK208",
    name="open-permissions",
    severity=Severity.WARNING,
    summary="Give a folder to the user who needs it, not to everybody",
    dockerfile=_dockerfile,
)
