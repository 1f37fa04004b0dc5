"""What a failed build is told as, where the words alone do not decide."""

from __future__ import annotations

import json

from imagekit.engine.diagnosis import diagnose
from imagekit.engine.progress import Progress
from imagekit.errors import (
    BaseImageNotFound,
    BuilderMissing,
    BuildFailed,
    DiskFull,
    EngineLost,
    ImagekitError,
    RegistryUnanswered,
)


def failed(name: str, error: str) -> ImagekitError:
    progress = Progress()
    progress.feed(json.dumps({"vertexes": [{"digest": "a", "name": name, "error": error}]}))
    return diagnose(1, progress)


def said(*lines: str, status: int = 1) -> ImagekitError:
    progress = Progress()
    for line in lines:
        progress.feed(line)
    return diagnose(status, progress)


def test_a_missing_file_is_no_missing_image() -> None:
    error = failed("[a 2/2] COPY x /x", 'failed to calculate checksum of ref r::1: "/x": not found')
    assert isinstance(error, BuildFailed)
    assert error.output == ('"/x": not found',)


def test_a_missing_base_is_named_as_users_write_it() -> None:
    for reference, shown in {
        "docker.io/library/debian:nope": "debian:nope",
        "docker.io/hexpm/elixir:nope": "hexpm/elixir:nope",
        "ghcr.io/a/b:nope": "ghcr.io/a/b:nope",
    }.items():
        error = failed(f"[internal] load metadata for {reference}", f"{reference}: not found")
        assert isinstance(error, BaseImageNotFound)
        assert error.reference == shown


def test_what_a_command_is_called_is_no_cause() -> None:
    """BuildKit repeats the command in its problem."""
    for words in ("connection refused", "no space left on device"):
        process = f'process "/bin/sh -c echo {words}" did not complete successfully: exit code: 1'
        assert type(failed(f"[a 1/1] RUN echo {words}", process)) is BuildFailed


def test_the_builder_s_own_troubles() -> None:
    full = failed("exporting to image", "failed to write layer: no space left on device")
    assert isinstance(full, DiskFull)
    assert full.stage == "exporting to image"
    lost = failed("[a 1/1] RUN x", "rpc error: code = Unavailable desc = transport is closing")
    assert isinstance(lost, EngineLost)
    slow = failed(
        "FROM docker.io/library/debian:12", "failed to copy: net/http: TLS handshake timeout"
    )
    assert isinstance(slow, RegistryUnanswered)


def test_a_step_is_named_shortly() -> None:
    name = "[a 1/1] ADD --checksum=sha256:0 http://x /" + "y" * 200
    error = failed(name, "Could not resolve host: x")
    assert isinstance(error, RegistryUnanswered)
    assert error.during.startswith("`ADD --checksum=sha256:0 http://x /yyy")
    assert len(error.during) <= 102


def test_what_a_command_prints_is_no_cause() -> None:
    """A compiler quotes the line it stumbled over."""
    error = failed("[a 1/1] RUN mix compile", "{:error, :econnrefused} -> retry()")
    assert isinstance(error, BuildFailed)


def test_no_command_and_no_plugin() -> None:
    assert isinstance(said("docker: command not found", status=127), BuilderMissing)
    error = said("docker: 'buildx' is not a docker command.", "See 'docker --help'")
    assert isinstance(error, BuilderMissing)
    assert "is not a docker command" in error.problem


def test_a_flag_that_the_dockerfile_has_wrong_is_not_the_builder_s() -> None:
    error = said("ERROR: failed to solve: dockerfile parse error on line 2: unknown flag: --x")
    assert type(error) is BuildFailed
    assert isinstance(said("unknown flag: --metadata-file"), BuilderMissing)


def test_silence_is_an_error_too() -> None:
    error = said()
    assert isinstance(error, BuildFailed)
    assert error.step
