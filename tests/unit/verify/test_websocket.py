"""A WebSocket that cannot be had says why, and ends."""

from __future__ import annotations

from typing import NoReturn

import pytest
from websockets.exceptions import InvalidMessage
from websockets.sync import client

from imagekit.verify.websocket import Socket


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (ConnectionRefusedError("refused"), "no connection: refused"),
        (TimeoutError("timed out"), "no connection: timed out"),
        (InvalidMessage("no HTTP"), "what came back is no upgrade to a WebSocket: no HTTP"),
        (AssertionError(), "no connection: it was closed while the upgrade was sent"),
    ],
)
def test_what_the_library_raises_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, problem: str
) -> None:
    def connect(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(client, "connect", connect)
    opened = Socket("127.0.0.1", 1, "/live", forwarded_https=False)
    assert opened.problem == problem
    assert opened.closed(1.0) is None
