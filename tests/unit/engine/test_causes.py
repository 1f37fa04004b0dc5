"""Words of engines, builders and tools, and the cause they tell of."""

from __future__ import annotations

import pytest

from imagekit.engine.causes import is_disk_full, is_engine_gone, registry_cause

UNANSWERED = (
    "dial tcp: lookup registry.example.internal: no such host",
    "dial tcp 127.0.0.1:1: connect: connection refused",
    "net/http: TLS handshake timeout",
    'Head "https://r.test/v2/": dial tcp 192.0.2.1:443: i/o timeout',
    "unexpected status from HEAD request to https://r.test/v2/x: 503 Service Unavailable",
    "failed to copy: failed open: unexpected status code https://r.test/v2/x: 502 Bad Gateway",
    "429 Too Many Requests - toomanyrequests: You have reached your pull rate limit.",
    "Temporary failure resolving 'debian.example.internal'",
    "curl: (6) Could not resolve host: example.org",
    "getaddrinfo EAI_AGAIN npm.example.internal",
    "npm error code ECONNREFUSED",
    "wget: bad address 'alpine.example.internal'",
    "Name or service not known",
)
MISSING = (
    "docker.io/library/debian:nope: not found",
    "manifest unknown: manifest unknown",
    "pull access denied, repository does not exist or may require authorization",
    "server message: insufficient_scope: authorization failed",
    "no match for platform in manifest: not found",
    "denied: requested access to the resource is denied",
    "unexpected status from HEAD request to https://r.test/v2/x/manifests/1: 403 Forbidden",
)
NEITHER = ("exit code: 1", "** (CompileError) lib/a.ex:1", "no space left on device", "503 tests")


@pytest.mark.parametrize("text", UNANSWERED)
def test_a_registry_that_does_not_answer(text: str) -> None:
    assert registry_cause(text) == "unanswered"


@pytest.mark.parametrize("text", MISSING)
def test_a_registry_that_does_not_have_it(text: str) -> None:
    assert registry_cause(text) == "missing"


@pytest.mark.parametrize("text", NEITHER)
def test_other_words_tell_nothing_of_a_registry(text: str) -> None:
    assert registry_cause(text) is None


def test_a_full_disk() -> None:
    assert is_disk_full("write /a: no space left on device")
    assert is_disk_full("cp: error writing 'x': No space left on device")
    assert not is_disk_full("out of memory")


def test_an_engine_that_went_away() -> None:
    assert is_engine_gone("rpc error: code = Unavailable desc = error reading from server: EOF")
    assert is_engine_gone("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
    assert not is_engine_gone("exit code: 137")
