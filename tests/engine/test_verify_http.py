"""Servers that misbehave: every request ends in time. Real sockets, on loopback."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from websockets.sync.server import ServerConnection, serve

from imagekit.verify.facts import Answer, NoAnswer
from imagekit.verify.http import BODY_BYTES, HttpClient
from imagekit.verify.port import examine
from imagekit.verify.websocket import Socket

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
LIMIT = 0.5


@contextmanager
def serving(serve: Callable[[socket.socket], None], times: int = 1) -> Iterator[int]:
    """Accept connections on a free port and leave them to `serve`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            for _ in range(times):
                with suppress(OSError):
                    client, _address = listener.accept()
                    with client:
                        serve(client)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert not thread.is_alive()


def ask(serve: Callable[[socket.socket], None]) -> tuple[Answer | NoAnswer, float]:
    begun = time.monotonic()
    with serving(serve) as port, HttpClient(seconds=LIMIT) as client:
        begun = time.monotonic()
        found = client.get("127.0.0.1", port, "/")
        return found, time.monotonic() - begun


def trickle(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def serve(client: socket.socket) -> None:
        client.sendall(first)
        with suppress(OSError):
            while True:
                client.sendall(drop)
                time.sleep(0.05)

    return serve


def wait_for_the_end(client: socket.socket) -> None:
    while client.recv(1024):
        pass


def close_after_reading(client: socket.socket) -> None:
    client.recv(65536)


def test_a_server_that_says_nothing() -> None:
    found, took = ask(wait_for_the_end)
    assert isinstance(found, NoAnswer)
    assert found.kind == "slow"
    assert took < LIMIT + 1


def test_a_server_that_closes() -> None:
    found, _ = ask(close_after_reading)
    assert isinstance(found, NoAnswer)
    assert found.kind == "closed"


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with HttpClient(seconds=LIMIT) as client:
        found = client.get("127.0.0.1", port, "/")
    assert isinstance(found, NoAnswer)
    assert found.kind == "refused"


def test_a_body_that_trickles_is_cut_in_time() -> None:
    found, took = ask(trickle(HEAD + b"\r\n", b"x"))
    assert isinstance(found, Answer)
    assert (found.status, found.cut) == (200, "slow")
    assert set(found.body) == {"x"}
    assert took < LIMIT + 1


def test_a_body_that_never_ends_is_kept_in_part() -> None:
    found, took = ask(trickle(HEAD + b"\r\n", b"x" * 2_000_000))
    assert isinstance(found, Answer)
    assert len(found.body) == BODY_BYTES
    assert not found.whole
    assert took < LIMIT + 1


@pytest.mark.parametrize(("missing", "cut"), [(0, None), (1, "broken")])
def test_a_large_answer_is_whole_when_it_is_whole(missing: int, cut: str | None) -> None:
    size = 3 * BODY_BYTES

    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(HEAD + f"Content-Length: {size}\r\n\r\n".encode())
        client.sendall(b"x" * (size - missing))

    found, _ = ask(answer)
    assert isinstance(found, Answer)
    assert (len(found.body), found.cut) == (BODY_BYTES, cut)


def test_promises_of_an_answer_without_end_are_none() -> None:
    found, took = ask(trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"))
    assert isinstance(found, NoAnswer)
    assert took < LIMIT + 1


def test_headers_that_trickle_are_no_answer() -> None:
    found, took = ask(trickle(HEAD + b"X-A: ", b"x"))
    assert isinstance(found, NoAnswer)
    assert found.kind == "slow"
    assert took < LIMIT + 1


def test_headers_without_end_are_no_answer() -> None:
    found, took = ask(trickle(HEAD + b"X-A: ", b"x" * 100_000))
    assert isinstance(found, NoAnswer)
    assert took < LIMIT + 1


def greet(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-Nothing\r\n")
    wait_for_the_end(client)


def greet_in_lines(client: socket.socket) -> None:
    client.sendall(b"220 mail ESMTP\r\n\r\n")
    wait_for_the_end(client)


def test_another_protocol() -> None:
    found, _ = ask(greet_in_lines)
    assert isinstance(found, NoAnswer)
    assert found.kind == "not-http"


def refuse(client: socket.socket) -> None:
    """Answer as a TLS listener answers plain text: an alert, and the end."""
    client.recv(1)
    client.sendall(b"\x15\x03\x01\x00\x02\x02\x46")


def hang_up(client: socket.socket) -> None:
    client.recv(1)


@pytest.mark.parametrize(
    ("serve", "kind", "words"),
    [
        (lambda _: None, "closed", "closed without an answer"),
        (greet, "not-http", "SSH-2.0-Nothing"),
        (refuse, "not-http", "x15"),
        (hang_up, "not-http", "it closes the connection on an HTTP request"),
        (wait_for_the_end, "slow", "no answer came back in time"),
    ],
    ids=["nobody", "greets", "refuses", "hangs up", "waits"],
)
def test_a_port_without_an_http_answer(
    serve: Callable[[socket.socket], None], kind: str, words: str
) -> None:
    with serving(serve, times=2) as port:
        found = examine("127.0.0.1", port)
    assert found.kind == kind
    assert words in found.problem


def test_one_client_asks_often() -> None:
    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

    with HttpClient(seconds=LIMIT) as client:
        for _ in range(3):
            with serving(answer) as port:
                found = client.get("127.0.0.1", port, "/")
            assert isinstance(found, Answer)
            assert found.whole


def test_it_tells_when_the_request_is_on_its_way() -> None:
    sent = threading.Event()

    def answer_when_told(client: socket.socket) -> None:
        client.recv(65536)
        # The other side knows before there is any answer.
        if sent.wait(5):
            client.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

    with serving(answer_when_told) as port, HttpClient(seconds=10) as client:
        found = client.get("127.0.0.1", port, "/", on_sent=sent.set)
    assert isinstance(found, Answer)


@contextmanager
def websocket(handle: Callable[[ServerConnection], None]) -> Iterator[int]:
    """Serve WebSockets on a free port."""
    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
    thread.join(5)


def opened(port: int) -> Socket:
    found = Socket("127.0.0.1", port, "/socket", forwarded_https=True)
    assert found.problem == ""
    return found


def test_a_websocket_that_is_closed_tells_its_code() -> None:
    told: list[tuple[str, str | None]] = []

    def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        headers = connection.request.headers
        told.append((connection.request.path, headers.get("x-forwarded-proto")))
        connection.send("something")
        connection.close(1001, "going away")

    with websocket(handle) as port:
        closed = opened(port).closed(5)
    assert closed is not None
    assert (closed.code, closed.reason) == (1001, "going away")
    assert told == [("/socket", "https")]


def test_a_websocket_that_is_dropped_is_told_apart() -> None:
    with websocket(lambda connection: connection.socket.shutdown(socket.SHUT_RDWR)) as port:
        closed = opened(port).closed(5)
    assert closed is not None
    assert closed.code == 1006


def test_a_websocket_that_stays_open_is_waited_for_no_longer_than_asked() -> None:
    done = threading.Event()
    with websocket(lambda _: done.wait(10) and None) as port:
        found = opened(port)
        begun = time.monotonic()
        assert found.closed(0.2) is None
        assert time.monotonic() - begun < 1
        found.drop()
        done.set()


def test_what_is_no_websocket_says_why() -> None:
    def answer(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(HEAD.replace(b"200 OK", b"404 Not Found") + b"Content-Length: 0\r\n\r\n")

    with serving(answer) as port:
        found = Socket("127.0.0.1", port, "/", forwarded_https=False)
    assert found.problem == "the upgrade was answered with 404"
    with serving(greet) as port:
        other = Socket("127.0.0.1", port, "/", forwarded_https=False)
    assert other.problem
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "no connection" in Socket("127.0.0.1", port, "/", forwarded_https=False).problem
