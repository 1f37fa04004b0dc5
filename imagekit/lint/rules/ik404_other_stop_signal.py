"""IK404: the image is stopped by a signal that does not stop Erlang in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imagekit.lint.model import DockerfileFile, Edit, Fix, Hit, Rule, Severity
from imagekit.lint.rules.mix import releases

_ORDERLY: Final = frozenset({"SIGTERM", "TERM", "15"})
_NEVER: Final = frozenset({"SIGKILL", "KILL", "9", "SIGSTOP", "STOP", "19"})


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    node = file.final.stop_signal
    signal = file.final.resolve(node.signal) if node is not None else None
    if node is None or signal is None or signal.upper() in _ORDERLY:
        return
    if signal.upper() in _NEVER:
        message = f"{signal} cannot be caught: every stop is a crash"
    elif releases(file):
        message = f"Erlang does not stop in order on {signal}: requests are lost"
    else:
        return
    fix = Fix(title="Write SIGTERM", edits=(Edit(node.signal.span, "SIGTERM"),))
    yield Hit(span=node.signal.span, message=message, fix=fix if releases(file) else None)


RULE = Rule(
    id="IK404",
    name="other-stop-signal",
    severity=Severity.ERROR,
    summary="Stop a release with SIGTERM: it is the one signal on which Erlang stops in order",
    dockerfile=_dockerfile,
)
