"""pytest plugin: a container of an image, booted as strictly as `imagekit verify` boots it.

    def test_it_greets(booted):
        assert httpx.get(booted.base_url).text == "hello"

    @pytest.mark.imagekit_limits(memory="128MiB", cpus=0.5)
    def test_it_greets_in_little_room(booted):
        ...

`imagekit_image` names the image: `--imagekit-image`, or override the fixture with one that
builds it. The `[verify]` settings of the `imagekit.toml` in pytest's root folder hold, services
and migrations included. `imagekit_network` and `imagekit_environment` are for what others start,
pytest-docker for one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import pytest

if TYPE_CHECKING:
    from imagekit.engine.container import Container, ContainerSpec
    from imagekit.engine.scope import RunScope
    from imagekit.verify.expectation import Expectation
    from imagekit.verify.watch import Watch

_MARKER = "imagekit_limits"
_ONCE = "It failed so before in this session, and was not booted again."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names the image."""
    parser.getgroup("imagekit").addoption(
        "--imagekit-image", metavar="IMAGE", help="the image that the fixture `booted` boots"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for whoever uses `--strict-markers`."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(memory=None, cpus=None, pids=None, user=None, read_only=True): "
        "what the container of `booted` is limited to, where that is not the strict boot's",
    )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a container is limited to; `None` is what `imagekit verify` has for it."""

    memory: str | int | None = None
    """Bytes, or a number and a unit: `128MiB`."""
    cpus: float | None = None
    pids: int | None = None
    user: str | None = None
    """As `docker run --user`: `1000:0`."""
    read_only: bool = True

    def on(self, spec: ContainerSpec) -> ContainerSpec:
        """Give the strict boot under these limits.

        Raises:
            ValueError: `memory` is no size.
        """
        from pydantic import TypeAdapter  # noqa: PLC0415

        from imagekit.settings.schema.base import Bytes  # noqa: PLC0415

        memory = spec.memory_bytes
        if self.memory is not None:
            adapter: TypeAdapter[int] = TypeAdapter(Bytes)
            memory = adapter.validate_python(self.memory)
        return replace(
            spec,
            memory_bytes=memory,
            cpus=spec.cpus if self.cpus is None else self.cpus,
            pids_limit=spec.pids_limit if self.pids is None else self.pids,
            user=spec.user if self.user is None else self.user,
            read_only=spec.read_only and self.read_only,
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
        return self._watch.output()

    def execute(self, *argv: str, seconds: float = 30.0) -> tuple[int | None, str]:
        """Run a command in it; give exit code (`None`: time ran out) and output."""
        return self._container.execute(argv, seconds)

    def rpc(self, expression: str, *, seconds: float = 30.0) -> str:
        """Run an expression in the running VM of a `mix release`; give what it printed.

        The release must be a node: give `RELEASE_COOKIE` and `RELEASE_DISTRIBUTION = "sname"`
        under `[verify] env`.

        Raises:
            AssertionError: the image starts no release, or `rpc` failed.
        """
        assert self._script, "the image starts no release made by Mix or Distillery"  # noqa: S101
        code, output = self._container.execute((self._script, "rpc", expression), seconds)
        assert code == 0, f"`rpc` led to exit code {code}: {output}"  # noqa: S101
        return output

    def stop(self) -> int | None:
        """Send its stop signal; give the exit code, `None` when the grace period was over first.

        The next test gets another container.
        """
        return self._watch.stop().exit_code

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._container.state().running


class Boots:
    """The containers of a session: one for each set of limits, started when it is asked for.

    What did not become ready is not tried again: it would cost each further test its budget.
    """

    def __init__(self, scope: RunScope, reference: str, expected: Expectation) -> None:
        self._scope = scope
        self._reference = reference
        self._expected = expected
        self._ready: dict[Limits, Booted] = {}
        self._failed: dict[Limits, str] = {}
        self._clients = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._clients.close()

    def under(self, limits: Limits) -> Booted:
        """Give a ready container under these limits: the one there is, while it runs."""
        from imagekit.errors import EngineRefused  # noqa: PLC0415
        from imagekit.verify.facts import refusal  # noqa: PLC0415

        if limits in self._failed:
            pytest.fail(f"{self._failed[limits]}\n{_ONCE}", pytrace=False)
        known = self._ready.get(limits)
        if known is not None and known.running:
            return known
        if known is not None:
            self._scope.remove(self._ready.pop(limits)._container)  # noqa: SLF001 - of this module
        try:
            told = self._boot(limits)
        except EngineRefused as err:
            told = refusal(err)
        if isinstance(told, str):
            self._failed[limits] = told
            pytest.fail(told, pytrace=False)
        self._ready[limits] = told
        return told

    def _boot(self, limits: Limits) -> Booted | str:
        """Boot it; where it does not become ready, say why."""
        from imagekit.verify.boot import strict_spec  # noqa: PLC0415
        from imagekit.verify.diagnose import explain  # noqa: PLC0415
        from imagekit.verify.http import HttpClient  # noqa: PLC0415
        from imagekit.verify.port import examine  # noqa: PLC0415
        from imagekit.verify.watch import Clock, Watch  # noqa: PLC0415

        expected, clock = self._expected, Clock()
        before = clock.monotonic()
        container = self._scope.start(limits.on(strict_spec(self._reference, expected)))
        watch = Watch(
            container=container,
            expected=expected,
            http=self._clients.enter_context(HttpClient()),
            examine=examine,
            clock=clock,
            before=before,
            after=clock.monotonic(),
        )
        facts = watch.tell(watch.await_ready())
        if facts.ready_after is None:
            self._scope.remove(container)
            return "\n".join(explain(facts, expected))
        address = watch.address()
        return Booted(
            base_url=None if address is None else f"http://{address[0]}:{address[1]}",
            _container=container,
            _watch=watch,
            _script=expected.script,
        )


@pytest.fixture(scope="session")
def imagekit_image(request: pytest.FixtureRequest) -> str:
    """Name of the image under test."""
    name = request.config.getoption("--imagekit-image")
    if not name:
        pytest.fail("name the image with --imagekit-image, or override the fixture imagekit_image")
    return str(name)


@pytest.fixture(scope="session")
def imagekit_network() -> str | None:
    """Name of a network that is there: containers join it, and `[verify]` starts no services."""
    return None


@pytest.fixture(scope="session")
def imagekit_environment() -> Mapping[str, str]:
    """Further variables for the containers; they win over those of `[verify] env`."""
    return {}


@pytest.fixture(scope="session")
def imagekit_boots(
    request: pytest.FixtureRequest,
    imagekit_image: str,
    imagekit_network: str | None,
    imagekit_environment: Mapping[str, str],
) -> Iterator[Boots]:
    """What `booted` asks, for fixtures of the session: `imagekit_boots.under(Limits())`.

    Services of `[verify]` are started, and migrations made, once.
    """
    # Whoever has the plugin and does not use it pays for none of this.
    from imagekit.cli.options import read_settings  # noqa: PLC0415
    from imagekit.engine.client import Engine  # noqa: PLC0415
    from imagekit.engine.images import ImageStore  # noqa: PLC0415
    from imagekit.engine.scope import RunScope  # noqa: PLC0415
    from imagekit.verify.behind import look_behind  # noqa: PLC0415
    from imagekit.verify.expectation import expect_from_image  # noqa: PLC0415

    engine = Engine.connect(os.environ)
    try:
        settings = read_settings(request.config.rootpath, {})
        image = ImageStore(engine=engine).inspect(imagekit_image)
        expected = expect_from_image(image, settings)
        expected = replace(expected, environment={**expected.environment, **imagekit_environment})
        if imagekit_network is not None:
            expected = replace(expected, services=(), network=imagekit_network)
        with (
            RunScope(engine=engine, run_id=uuid.uuid4().hex[:12]) as scope,
            Boots(
                scope,
                imagekit_image,
                _prepared(
                    scope, imagekit_image, look_behind(scope, imagekit_image, image, expected)
                ),
            ) as boots,
        ):
            yield boots
    finally:
        engine.close()


@pytest.fixture
def booted(request: pytest.FixtureRequest, imagekit_boots: Boots) -> Booted:
    """A ready container of the image; it goes when the session ends.

    Tests under the same limits share it. The marker `imagekit_limits` sets others.
    """
    marker = request.node.get_closest_marker(_MARKER)
    given: dict[str, Any] = {} if marker is None else dict(marker.kwargs)
    try:
        limits = Limits(*(() if marker is None else marker.args), **given)
        return imagekit_boots.under(limits)
    except (TypeError, ValueError) as err:
        pytest.fail(f"the marker {_MARKER} cannot be held to: {err}", pytrace=False)


def _prepared(scope: RunScope, reference: str, expected: Expectation) -> Expectation:
    """Start the services, and migrate; fail with what a verification would say."""
    from imagekit.verify.check import Failed  # noqa: PLC0415
    from imagekit.verify.checks import commands_migrate, service_ready  # noqa: PLC0415
    from imagekit.verify.prepare import prepare  # noqa: PLC0415
    from imagekit.verify.timing import Stopwatch  # noqa: PLC0415

    expected, made = prepare(scope, reference, expected, lambda _: None, Stopwatch())
    for check in (service_ready.CHECK, commands_migrate.CHECK):
        found = check.run(made, expected)
        if isinstance(found, Failed):
            pytest.fail("\n".join(found.problems), pytrace=False)
    return expected
