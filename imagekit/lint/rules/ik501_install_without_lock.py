"""IK501: packages of Node installed without holding to the lock file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.node import environment_of, install_of

_FROZEN: Final = {
    "yarn": ("--frozen-lockfile", "--immutable", "--pure-lockfile", "--check-cache"),
    "pnpm": ("--frozen-lockfile", "--offline"),
    "bun": ("--frozen-lockfile",),
}


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        for command in stage.commands:
            install = install_of(command)
            if install is None or install.is_global or install.packages or install.is_clean:
                continue
            flags = _FROZEN.get(install.tool, ())
            if any(flag in command.options for flag in flags):
                continue
            if install.tool == "pnpm" and environment_of(command, stage, "CI"):
                continue
            wanted = f"write {install.tool} install {flags[0]}" if flags else "write npm ci"
            message = f"{install.tool} may choose other versions than the lock file's: {wanted}"
            yield Hit(span=command.span, message=message)


RULE = Rule(
    id="IK501",
    name="install-without-lock",
    severity=Severity.WARNING,
    summary="Install what the lock file says, or fail",
    dockerfile=_dockerfile,
)
