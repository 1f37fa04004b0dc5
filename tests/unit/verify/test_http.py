"""What a request gives, by the answers a transport can give."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from imagekit.verify.facts import Answer, NoAnswer
from imagekit.verify.http import BODY_BYTES, HttpClient


class Body(httpx.AsyncByteStream):
    def __init__(self, content: bytes = b"") -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


class Endless(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 10_000_000


def ask(answer: Callable[[httpx.Request], httpx.Response], **options: bool) -> Answer | NoAnswer:
    with HttpClient(transport=httpx.MockTransport(answer)) as client:
        return client.get("127.0.0.1", 4000, "/healthz", **options)


def raising(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return answer


def test_an_answer() -> None:
    found = ask(lambda _: httpx.Response(200, headers={"X-A": "b"}, stream=Body(b"\xffok")))
    assert isinstance(found, Answer)
    assert (found.status, found.body, found.whole) == (200, "\ufffdok", True)
    assert found.header("x-a") == "b"


def test_the_request_is_plain() -> None:
    seen: list[httpx.Request] = []
    ask(lambda request: seen.append(request) or httpx.Response(200, stream=Body()))
    assert str(seen[0].url) == "http://127.0.0.1:4000/healthz"
    assert "x-forwarded-proto" not in seen[0].headers
    assert seen[0].headers["accept-encoding"] == "identity"


def test_the_request_claims_https_when_told_to() -> None:
    seen: list[httpx.Request] = []
    found = ask(
        lambda request: seen.append(request) or httpx.Response(200, stream=Body()),
        forwarded_https=True,
    )
    assert seen[0].headers["x-forwarded-proto"] == "https"
    assert isinstance(found, Answer)
    assert found.forwarded_https


def test_a_redirect_is_not_followed() -> None:
    found = ask(lambda _: httpx.Response(302, headers={"location": "/log_in"}, stream=Body()))
    assert isinstance(found, Answer)
    assert (found.status, found.header("location")) == (302, "/log_in")


def test_an_endless_body_is_cut() -> None:
    found = ask(lambda _: httpx.Response(200, stream=Endless()))
    assert isinstance(found, Answer)
    assert len(found.body) == BODY_BYTES
    assert found.cut == "large"


def test_a_large_body_is_kept_in_part_and_seen_to_its_end() -> None:
    found = ask(lambda _: httpx.Response(200, stream=Body(b"x" * (BODY_BYTES + 1))))
    assert isinstance(found, Answer)
    assert (len(found.body), found.whole) == (BODY_BYTES, True)


@pytest.mark.parametrize(
    ("error", "cut"),
    [
        (httpx.ReadTimeout("slow"), "slow"),
        (TimeoutError(), "slow"),
        (httpx.ReadError("reset"), "broken"),
        (httpx.RemoteProtocolError("peer closed connection"), "broken"),
    ],
)
def test_a_body_that_fails_on_its_way(error: Exception, cut: str) -> None:
    class Failing(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"ok"
            raise error

    found = ask(lambda _: httpx.Response(200, stream=Failing()))
    assert isinstance(found, Answer)
    assert (found.body, found.cut) == ("ok", cut)


def test_it_asks_where_a_loop_runs_already() -> None:
    async def test() -> Answer | NoAnswer:
        return ask(lambda _: httpx.Response(200, stream=Body(b"ok")))

    found = asyncio.run(test())
    assert isinstance(found, Answer)
    assert found.body == "ok"


def test_it_leaves_the_current_loop_alone() -> None:
    mine = asyncio.new_event_loop()
    asyncio.set_event_loop(mine)
    try:
        ask(lambda _: httpx.Response(200, stream=Body(b"ok")))
        assert asyncio.get_event_loop() is mine
    finally:
        asyncio.set_event_loop(None)
        mine.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), "refused"),
        (httpx.ReadTimeout("slow"), "slow"),
        (httpx.ConnectTimeout("slow"), "slow"),
        (httpx.ReadError("reset"), "closed"),
        (
            httpx.RemoteProtocolError("Server disconnected without sending a response."),
            "closed",
        ),
        (httpx.RemoteProtocolError("illegal status line"), "not-http"),
    ],
)
def test_no_answer(error: Exception, kind: str) -> None:
    found = ask(raising(error))
    assert isinstance(found, NoAnswer)
    assert found.kind == kind
