"""Effect: one bounded HTTP request. Whatever the other side does, it ends in time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Self

import httpx

from imagekit.verify.facts import Answer, NoAnswer

BODY_BYTES: Final = 1024 * 1024
HEADERS: Final = 64
_ASK_SECONDS: Final = 2.0
_SENT: Final = "http11.send_request_body.complete"
"""What httpcore calls the moment after the last byte of a request."""


class HttpClient:
    """Asks again and again; every request has its own connection and a total time limit.

    httpx limits each read, not their sum: an answer that trickles would never end.
    The asyncio timeout around it is that limit.
    """

    def __init__(
        self, seconds: float = _ASK_SECONDS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._seconds = seconds
        self._runner = asyncio.Runner()
        # Neither a proxy nor a .netrc of this machine has a say in what is asked of loopback.
        self._client = httpx.AsyncClient(
            transport=transport,
            trust_env=False,
            # Only plain HTTP is spoken: no authorities are read, which takes its time.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            follow_redirects=False,
            timeout=seconds,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()

    def get(
        self,
        host: str,
        port: int,
        path: str,
        *,
        forwarded_https: bool = False,
        on_sent: Callable[[], None] = lambda: None,
    ) -> Answer | NoAnswer:
        """Ask once; `on_sent` is called when the request is on its way."""
        literal = f"[{host}]" if ":" in host else host
        headers = {
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "close",
            "user-agent": "imagekit",
        }
        if forwarded_https:
            headers["x-forwarded-proto"] = "https"
        return self._runner.run(self._ask(f"http://{literal}:{port}{path}", headers, on_sent))

    async def _ask(
        self, url: str, headers: dict[str, str], on_sent: Callable[[], None]
    ) -> Answer | NoAnswer:
        async def trace(moment: str, _: Any) -> None:
            if moment == _SENT:
                on_sent()

        read = bytearray()
        answer: httpx.Response | None = None
        whole = False
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(
                    "GET", url, headers=headers, extensions={"trace": trace}
                ) as answer,
            ):
                async for chunk in answer.aiter_raw():
                    read += chunk
                    if len(read) > BODY_BYTES:
                        break
                else:
                    whole = True
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as err:
            # With a status line and headers there is an answer, however its body ends.
            if answer is None:
                return _silence(err)
        return Answer(
            status=answer.status_code,
            headers=tuple(answer.headers.items())[:HEADERS],
            body=bytes(read[:BODY_BYTES]).decode("utf-8", errors="replace"),
            whole=whole,
            forwarded_https="x-forwarded-proto" in headers,
        )


def _silence(err: Exception) -> NoAnswer:
    match err:
        case httpx.ConnectError():
            return NoAnswer(kind="refused", problem="the connection was refused")
        case TimeoutError() | httpx.TimeoutException():
            return NoAnswer(kind="slow", problem="no answer came back in time")
        case httpx.RemoteProtocolError() if "without sending" not in str(err):
            return NoAnswer(kind="not-http", problem=f"what came back is not HTTP: {err}")
        case _:
            return NoAnswer(kind="closed", problem="the connection was closed without an answer")
