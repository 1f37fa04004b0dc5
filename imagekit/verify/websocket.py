"""Effect: one WebSocket, open until the other side ends it. Bounded in time and size."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Final

from imagekit.verify.facts import Closed

_OPEN_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 2.0
_MESSAGE_BYTES: Final = 1024 * 1024
_ABNORMAL: Final = 1006
"""What RFC 6455 (7.1.5) calls a connection that ended without a close frame."""


class Socket:
    """A WebSocket on a thread of its own, which answers pings and a close.

    `problem` says why there is none; it is empty once it is open.
    """

    def __init__(self, host: str, port: int, path: str, *, forwarded_https: bool) -> None:
        self.problem = "no answer came back in time"
        self._closed: Closed | None = None
        self._opened = threading.Event()
        self._ended = threading.Event()
        self._wire: socket.socket | None = None
        literal = f"[{host}]" if ":" in host else host
        arguments = (f"ws://{literal}:{port}{path}", forwarded_https)
        threading.Thread(target=self._run, args=arguments, daemon=True).start()
        # A handshake has a limit of its own; this one is for what it does not count.
        self._opened.wait(_OPEN_SECONDS + _CLOSE_SECONDS)

    def closed(self, seconds: float) -> Closed | None:
        """Wait until it is closed, so long at most."""
        self._ended.wait(seconds)
        return self._closed

    def drop(self) -> None:
        """End the connection, if it has not ended."""
        if self._wire is not None:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)
        self._ended.wait(_CLOSE_SECONDS)

    def _run(self, url: str, forwarded_https: bool) -> None:
        from websockets.exceptions import InvalidStatus, WebSocketException  # noqa: PLC0415

        try:
            self._listen(url, {"x-forwarded-proto": "https"} if forwarded_https else None)
        except InvalidStatus as err:
            self.problem = f"the upgrade was answered with {err.response.status_code}"
        except WebSocketException as err:
            if not self._opened.is_set():
                self.problem = f"what came back is no upgrade to a WebSocket: {err}"
        except OSError as err:  # a time-out is one
            if not self._opened.is_set():
                self.problem = f"no connection: {err}"
        except AssertionError:
            # Of websockets 17 (`Connection.send_context`), when the other side closes meanwhile.
            if not self._opened.is_set():
                self.problem = "no connection: it was closed while the upgrade was sent"
        finally:
            self._opened.set()
            self._ended.set()

    def _listen(self, url: str, headers: dict[str, str] | None) -> None:
        """Read, and throw away, until it is closed."""
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415
        from websockets.sync.client import connect  # noqa: PLC0415

        with connect(
            url,
            additional_headers=headers,
            user_agent_header="imagekit",
            compression=None,
            # Neither a proxy of this machine nor pings of ours have a say in what is looked at.
            proxy=None,
            ping_interval=None,
            open_timeout=_OPEN_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=_MESSAGE_BYTES,
        ) as connection:
            self.problem = ""
            self._wire = connection.socket
            self._opened.set()
            try:
                while True:
                    connection.recv()
            except ConnectionClosed as err:
                frame = err.rcvd
                self._closed = Closed(
                    code=_ABNORMAL if frame is None else int(frame.code),
                    reason="" if frame is None else frame.reason,
                    at=time.monotonic(),
                )
