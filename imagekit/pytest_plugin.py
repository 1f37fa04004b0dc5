"""pytest plugin: a container of an image, booted as strictly as `imagekit verify` boots it.

    def test_it_greets(booted):
        assert httpx.get(booted.base_url).text == "hello"

`imagekit_image` names the image: `--imagekit-image`, or override the fixture with one that
builds it. The `[verify]` settings of the `imagekit.toml` in pytest's root folder hold.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from imagekit.engine.container import Container
    from imagekit.engine.scope import RunScope
    from imagekit.verify.expectation import Expectation
    from imagekit.verify.watch import Watch


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the image."""
    parser.getgroup("imagekit").addoption(
        "--imagekit-image", metavar="IMAGE", help="the image that the fixture `booted` boots"
    )


@dataclass(frozen=True, kw_only=True)
class Booted:
    """A container that is ready."""

    base_url: str | None
    """`http://host:port`, without a slash at the end; `None` when it serves no HTTP."""
    _container: Container = field(repr=False)
    _watch: Watch = field(repr=False)
    _script: str | None = field(default=None, repr=False)

    def logs(self) -> str:
        """Give the end of its stdout and stderr, without the secrets it was given."""
        return self._watch.tell(self._watch.look()).output

    def execute(self, *argv: str, seconds: float = 30.0) -> tuple[int | None, str]:
        """Run a command in it; give exit code (`None`: time ran out) and output."""
        return self._container.execute(argv, seconds)

    def rpc(self, expression: str, *, seconds: float = 30.0) -> str:
        """Run an expression in the running VM of a `mix release`; give what it printed.

        The release must be a node: give `RELEASE_COOKIE` and `RELEASE_DISTRIBUTION = "sname"`
        under `[verify] env`.

        Raises:
            AssertionError: the image starts no release by `bin/<name> start`, or `rpc` failed.
        """
        assert self._script, "the image starts no release by `bin/<name> start`"  # noqa: S101
        code, output = self._container.execute((self._script, "rpc", expression), seconds)
        assert code == 0, f"`rpc` led to exit code {code}: {output}"  # noqa: S101
        return output

    def stop(self) -> int | None:
        """Send its stop signal; give the exit code, `None` when the grace period was over first."""
        return self._watch.stop().exit_code


@pytest.fixture(scope="session")
def imagekit_image(request: pytest.FixtureRequest) -> str:
    """Name of the image under test."""
    name = request.config.getoption("--imagekit-image")
    if not name:
        pytest.fail("name the image with --imagekit-image, or override the fixture imagekit_image")
    return str(name)


@pytest.fixture(scope="session")
def booted(request: pytest.FixtureRequest, imagekit_image: str) -> Iterator[Booted]:
    """A ready container of the image; removed when the session ends."""
    # Whoever has the plugin and does not use it pays for none of this.
    from imagekit.cli.options import read_settings  # noqa: PLC0415
    from imagekit.engine.client import Engine  # noqa: PLC0415
    from imagekit.engine.images import ImageStore  # noqa: PLC0415
    from imagekit.engine.scope import RunScope  # noqa: PLC0415
    from imagekit.verify.expectation import expect_from_image  # noqa: PLC0415
    from imagekit.verify.program import program  # noqa: PLC0415

    engine = Engine.connect(os.environ)
    try:
        settings = read_settings(request.config.rootpath, {})
        image = ImageStore(engine=engine).inspect(imagekit_image)
        expected = expect_from_image(image, settings)
        with RunScope(engine=engine, run_id=uuid.uuid4().hex[:12]) as scope:
            found = program(image)
            yield from _boot(scope, imagekit_image, expected, found.path if found else None)
    finally:
        engine.close()


def _boot(
    scope: RunScope, reference: str, expected: Expectation, script: str | None
) -> Iterator[Booted]:
    from imagekit.verify.boot import strict_spec  # noqa: PLC0415
    from imagekit.verify.diagnose import explain  # noqa: PLC0415
    from imagekit.verify.http import HttpClient  # noqa: PLC0415
    from imagekit.verify.port import examine  # noqa: PLC0415
    from imagekit.verify.watch import Clock, Watch  # noqa: PLC0415

    clock = Clock()
    before = clock.monotonic()
    container = scope.start(strict_spec(reference, expected))
    with HttpClient() as http:
        watch = Watch(
            container=container,
            expected=expected,
            http=http,
            examine=examine,
            clock=clock,
            before=before,
            after=clock.monotonic(),
        )
        facts = watch.tell(watch.await_ready())
        if facts.ready_after is None:
            pytest.fail("\n".join(explain(facts, expected)), pytrace=False)
        address = watch.address()
        host, port = address or ("", 0)
        yield Booted(
            base_url=f"http://{host}:{port}" if address else None,
            _container=container,
            _watch=watch,
            _script=script,
        )
