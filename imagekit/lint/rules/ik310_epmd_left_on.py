"""IK310: a release that joins nobody starts Erlang's port mapper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import ExposeNode
from imagekit.lint.model import DockerfileFile, Hit, Rule, Severity
from imagekit.lint.rules.releasing import copied, is_distributed

_PORT: Final = "4369"
_SCRIPTS: Final = frozenset({"env.sh.eex", "vm.args.eex"})


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    final = file.final
    exposed = [
        port
        for node in final.all(ExposeNode)
        for port in node.ports
        if (final.resolve(port) or "").split("/")[0] == _PORT
    ]
    for port in exposed:
        yield Hit(span=port.span, message="epmd tells whoever asks on which ports nodes listen")
    if exposed or not is_distributed(final) or _settled_elsewhere(file):
        return
    for word in copied(file):
        message = "nothing sets RELEASE_DISTRIBUTION: the release starts epmd on port 4369"
        yield Hit(span=word.span, message=message)
        return


def _settled_elsewhere(file: DockerfileFile) -> bool:
    """Tell whether a script that we do not read may settle it, or a variable says how to join."""
    if {"RELEASE_DISTRIBUTION", "RELEASE_NODE", "ERL_DIST_PORT"} & set(file.final.environment):
        return True
    project = file.project
    return project is not None and any(path.name in _SCRIPTS for path in project.paths)


RULE = Rule(
    id="IK310",
    name="epmd-left-on",
    severity=Severity.INFO,
    summary="Set RELEASE_DISTRIBUTION=none where nodes do not join: nothing then listens for them",
    dockerfile=_dockerfile,
)
