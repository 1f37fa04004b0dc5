"""Effect: what a port does that gives no HTTP answer. Bounded in time and size."""

from __future__ import annotations

import socket
from typing import Final

from imagekit.verify.facts import NoAnswer

_SECONDS: Final = 1.0
_KEPT_SECONDS: Final = 0.3
"""The engine's proxy, with nothing behind it, closes sooner."""
_BYTES: Final = 64
_REQUEST: Final = b"GET / HTTP/1.0\r\n\r\n"


def examine(host: str, port: int) -> NoAnswer:
    """Tell a port without listener from one that speaks something else.

    A published port takes every connection, whether or not something listens behind
    it (docker-proxy): without a listener it closes at once, before a word was said.
    """
    silent = _first_bytes(host, port, b"")
    if silent == b"":
        return NoAnswer(kind="closed", problem="the connection was closed without an answer")
    answer = silent or _first_bytes(host, port, _REQUEST)
    if answer:
        return NoAnswer(kind="not-http", problem=f"what it says is not HTTP: {answer!r}")
    if answer is None:
        return NoAnswer(kind="slow", problem="no answer came back in time")
    return NoAnswer(kind="not-http", problem="it closes the connection on an HTTP request")


def keeps_connections(host: str, port: int) -> bool:
    """Tell whether something behind a port takes a connection, and does not close it at once."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            connection.settimeout(_KEPT_SECONDS)
            return bool(connection.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False


def _first_bytes(host: str, port: int, say: bytes) -> bytes | None:
    """Give the first bytes that come; none when it closes, `None` when it waits."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            if say:
                connection.sendall(say)
            return connection.recv(_BYTES)
    except TimeoutError:
        return None
    except OSError:
        return b""
