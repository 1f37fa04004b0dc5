"""Effect: one bounded HTTP request. Whatever the other side does, it ends in time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx

from imagekit.verify.facts import Answer, Cut, NoAnswer

BODY_BYTES: Final = 1024 * 1024
"""What is kept of a body."""
ENDLESS_BYTES: Final = 256 * 1024 * 1024
"""What is read of one, to see its end."""
HEADERS: Final = 64
_ASK_SECONDS: Final = 2.0
_SENT: Final = "http11.send_request_body.complete"
"""What httpcore calls the moment after the last byte of a request."""

Told = TypeVar("Told")


class HttpClient:
    """Asks again and again; every request has its own connection and a total time limit.

    httpx limits each read, not their sum: an answer that trickles would never end.
    The asyncio timeout around it is that limit.
    """

    def __init__(
        self, seconds: float = _ASK_SECONDS, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._seconds = seconds
        # With a factory of its own the runner leaves the thread's current loop alone.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
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
        self._run(self._client.aclose())
        _apart(self._runner.close)

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
        return self._run(self._ask(f"http://{literal}:{port}{path}", headers, on_sent))

    def _run(self, coroutine: Coroutine[Any, Any, Told]) -> Told:
        return _apart(lambda: self._runner.run(coroutine))

    async def _ask(
        self, url: str, headers: dict[str, str], on_sent: Callable[[], None]
    ) -> Answer | NoAnswer:
        async def trace(moment: str, _: Any) -> None:
            if moment == _SENT:
                on_sent()

        read = bytearray()
        answer: httpx.Response | None = None
        length = 0
        cut: Cut | None = None
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(
                    "GET", url, headers=headers, extensions={"trace": trace}
                ) as answer,
            ):
                async for chunk in answer.aiter_raw():
                    read += chunk[: BODY_BYTES - len(read)]
                    length += len(chunk)
                    if length > ENDLESS_BYTES:
                        cut = "large"
                        break
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as err:
            # With a status line and headers there is an answer, however its body ends.
            if answer is None:
                return _silence(err)
            cut = "slow" if isinstance(err, TimeoutError | httpx.TimeoutException) else "broken"
        return Answer(
            status=answer.status_code,
            headers=tuple(answer.headers.items())[:HEADERS],
            body=bytes(read).decode("utf-8", errors="replace"),
            cut=cut,
            forwarded_https="x-forwarded-proto" in headers,
        )


def _apart(call: Callable[[], Told]) -> Told:
    """Use a loop: here, or on a thread of its own where the caller's loop is running.

    Tests may be coroutines, and use what the plugin gives them.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call()
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(call).result()


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
