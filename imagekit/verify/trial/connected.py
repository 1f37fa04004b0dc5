"""Effect: the stop signal while a WebSocket is open."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from imagekit.verify.facts import Stop
from imagekit.verify.secrets import scrub
from imagekit.verify.trial.model import OpenedSocket
from imagekit.verify.watch import Watch
from imagekit.verify.websocket import Socket

OPEN_FOR: Final = 0.5
"""Seconds that it is open before the signal: one that is closed by itself is told apart."""
_LATE: Final = 1.0
"""The end of a container is seen sooner than that of a connection through the engine's proxy."""


def stop_connected(
    watch: Watch, address: tuple[str, int] | None, path: str, *, forwarded_https: bool
) -> tuple[OpenedSocket, Stop | None]:
    """Open it, stop the container, and tell what became of both."""
    if address is None:
        return OpenedSocket(problem="it ended before it could be asked"), None
    socket = Socket(*address, path, forwarded_https=forwarded_https)
    hidden = watch.expected.hidden
    if socket.problem:
        return OpenedSocket(problem=scrub(socket.problem, hidden)), None
    try:
        early = socket.closed(OPEN_FOR)
        # The clock of sockets is this process's own, whatever a test makes of the watch's.
        signalled = time.monotonic()
        stop = watch.stop()
        closed = early or socket.closed(_LATE)
    finally:
        socket.drop()
    if closed is None:
        return OpenedSocket(), stop
    after = closed.at - signalled
    return (
        OpenedSocket(
            closed=replace(closed, reason=scrub(closed.reason, hidden)), closed_after=after
        ),
        stop,
    )
