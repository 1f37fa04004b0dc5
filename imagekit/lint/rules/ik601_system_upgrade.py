"""IK601: the system's packages are upgraded in a build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity

_APT: Final = ("upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade")
_DNF: Final = ("upgrade", "update", "distro-sync")
_UPGRADES: Final = {
    "apt-get": _APT,
    "apt": _APT,
    "aptitude": _APT,
    "apk": ("upgrade",),
    "dnf": _DNF,
    "microdnf": _DNF,
    "yum": _DNF,
    "zypper": ("update", "up", "dup", "dist-upgrade"),
}


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    for stage in file.stages:
        for command in stage.commands:
            verbs = [
                word for word in command.operands if word in _UPGRADES.get(command.program, ())
            ]
            if verbs and "install" not in command.operands:
                message = f"{command.program} {verbs[0]} gives another image each day"
                yield Hit(span=command.span, message=message)


RULE = Rule(
    id="IK601",
    name="system-upgrade",
    severity=Severity.WARNING,
    summary="Take a newer base image instead of upgrading the packages of an old one",
    covers=frozenset({"DL3005", "DL3017", "DL3031", "DL3035", "DL3039"}),
    dockerfile=_dockerfile,
)
