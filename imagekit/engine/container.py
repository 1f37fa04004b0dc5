"""One container: what it is started with, and what can be seen of it from outside."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from imagekit.engine.client import Engine
from imagekit.engine.tail import Tail
from imagekit.errors import EngineLost

OUTPUT_BYTES: Final = 64 * 1024
STREAM_BYTES: Final = 1024 * 1024
_TAIL_LINES: Final = 5000
_CHARACTER: Final = 4
"""The most bytes of UTF-8's characters: so much the end of an output may lack of its limit."""
_PS: Final = "-eo pid,ppid,stat,args"
_CLOSING_SECONDS: Final = 2.0
_CONFLICT: Final = 409
_NOT_YET: Final = "0001-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class ContainerSpec:
    """What to start. The defaults are the engine's own, without an init process.

    Shown, it does not show the values of its environment.
    """

    image: str
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    user: str | None = None
    read_only: bool = False
    cap_drop: tuple[str, ...] = ()
    cap_add: tuple[str, ...] = ()
    no_new_privileges: bool = False
    memory_bytes: int | None = None
    """The limit with swap included, as Kubernetes sets it."""
    cpus: float | None = None
    pids_limit: int | None = None
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    """Path in the container to mount options, such as `size=64m,mode=1777`."""
    volatile: Mapping[str, str] = field(default_factory=dict)
    """As `tmpfs`, where the image has a folder: runc gives a tmpfs that folder's mode."""
    ulimits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Name (`nofile`) to soft and hard limit."""
    publish: tuple[int, ...] = ()
    """Ports to publish on a free port; `Container.address` tells which."""
    network: str | None = None
    """A network of the scope, `none` or `host`; unset is the engine's bridge."""
    hostname: str | None = None
    """Also the name that the other containers of `network` reach it under."""
    aliases: tuple[str, ...] = ()
    """Further names in `network`; one that several containers have gives all their addresses."""
    address: str | None = None
    """Its IPv4 address in `network`, which must have been made for chosen ones."""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ContainerState:
    """State at one moment. Times are RFC 3339 as the engine writes them."""

    status: str
    """`created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`."""
    running: bool
    exit_code: int | None
    """`None` while it has not ended. 126 and 127 with an `error`: it could not be started."""
    oom_killed: bool
    started_at: str | None
    finished_at: str | None
    error: str
    """Why the engine could not start it; empty when it could."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process of a container, as `ps` of the engine's machine sees it."""

    pid: int
    parent: int
    state: str
    """The codes of `ps`: `S`, `R`, `Z` (zombie) and their modifiers."""
    command: str


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container that exists. `RunScope.start` makes it and `RunScope` removes it."""

    id: str
    engine: Engine = field(repr=False)
    host_network: bool = False
    hide: tuple[str, ...] = field(default=(), repr=False)
    """Values of its environment, kept out of messages."""

    def state(self) -> ContainerState:
        """Ask the engine for the state.

        Raises:
            EngineLost: here as in every method, when the engine does not answer.
        """
        return read_state(self._inspect()["State"])

    def address(self, port: int) -> tuple[str, int]:
        """Give the host and the port that reach a published port from here.

        Raises:
            EngineLost: the port is not published, or the container has ended and its ports
                with it; `state` tells which.
        """
        reach = self.engine.endpoint.reach
        if self.host_network:
            return reach, port
        published = self._inspect()["NetworkSettings"]["Ports"].get(f"{port}/tcp") or ()
        for binding in published:
            return reach, int(binding["HostPort"])
        raise EngineLost(
            during="asking for a published port", problem=f"port {port} is not published"
        )

    def own_address(self, port: int) -> tuple[str, int] | None:
        """Give its own address, with the engine's proxy left out of the way.

        The proxy ends with the container, and what it has not passed on by then is lost.
        `None` where the engine is another machine; elsewhere it may still not be reached (an
        engine in a virtual machine).
        """
        if not self.engine.endpoint.local or self.host_network:
            return None
        networks = self._inspect()["NetworkSettings"].get("Networks") or {}
        found = (network.get("IPAddress") for _, network in sorted(networks.items()))
        return next(((address, port) for address in found if address), None)

    def output(self, limit_bytes: int = OUTPUT_BYTES) -> str:
        """Give the last bytes of stdout and stderr, in the order the engine got them."""
        tail = Tail(limit_bytes)
        with self.engine.calls("reading a container's output", hide=self.hide) as api:
            for chunk in api.logs(self.id, stream=True, follow=False, tail=_TAIL_LINES):
                tail.add(chunk)
        return tail.text()

    def streams(self, limit_bytes: int = STREAM_BYTES) -> tuple[str, str]:
        """Give the last bytes of stdout and of stderr, each on its own."""
        told = []
        with self.engine.calls("reading a container's output", hide=self.hide) as api:
            for stdout in (True, False):
                tail = Tail(limit_bytes)
                for chunk in api.logs(
                    self.id, stdout=stdout, stderr=not stdout, stream=True, follow=False
                ):
                    tail.add(chunk)
                told.append(tail.text())
        return told[0], told[1]

    def signal(self, name: str) -> None:
        """Send a signal to its first process; nothing when it has ended already."""
        import docker.errors  # noqa: PLC0415

        with self.engine.calls(f"sending {name} to a container", hide=self.hide) as api:
            try:
                api.kill(self.id, name)
            except docker.errors.APIError as err:
                if err.status_code != _CONFLICT:
                    raise

    def wait(self, timeout_seconds: float) -> int | None:
        """Wait for its end; give the exit code, `None` when time ran out first."""
        import requests  # noqa: PLC0415

        with self.engine.calls("waiting for a container's end", hide=self.hide) as api:
            try:
                return int(api.wait(self.id, timeout=timeout_seconds)["StatusCode"])
            except requests.ConnectionError as err:
                # requests hides a time-out while reading the body behind this class.
                if "timed out" not in str(err).lower():
                    raise
            except requests.Timeout:
                pass
        return None

    def processes(self) -> tuple[Process, ...]:
        """List its processes; empty when it does not run."""
        import docker.errors  # noqa: PLC0415

        with self.engine.calls("listing a container's processes", hide=self.hide) as api:
            try:
                answer = api.top(self.id, _PS)
            except docker.errors.APIError as err:
                if err.status_code != _CONFLICT:
                    raise
                return ()
        return tuple(_process(row) for row in answer.get("Processes") or ())

    def changes(self) -> tuple[str, ...]:
        """List the paths that were added, changed or deleted since it started, sorted."""
        with self.engine.calls("comparing a container with its image", hide=self.hide) as api:
            found = api.diff(self.id) or ()
        return tuple(sorted(str(change["Path"]) for change in found))

    def memory(self) -> int | None:
        """Give the bytes it uses now, without what the kernel caches for it and can drop.

        That is what Kubernetes calls the working set. `None` when the engine does not tell,
        or the container does not run.
        """
        with self.engine.calls("measuring a container", hide=self.hide) as api:
            told = api.stats(self.id, stream=False, one_shot=True)
        return read_memory(told.get("memory_stats") or {})

    def execute(
        self, argv: Iterable[str], timeout_seconds: float, *, user: str | None = None
    ) -> tuple[int | None, str]:
        """Run a command in it; give its exit code and its last output.

        The code is `None` when time ran out, which does not end the command (the
        engine cannot; the container's removal does), and when the container does not run.
        """
        import docker.errors  # noqa: PLC0415

        tail = Tail(OUTPUT_BYTES)
        with self.engine.calls("running a command in a container", hide=self.hide) as api:
            try:
                made = api.exec_create(self.id, list(argv), user=user or "")["Id"]
            except docker.errors.APIError as err:
                if err.status_code != _CONFLICT:
                    raise
                return None, "the container does not run"
            in_time = _read(tail, api.exec_start(made, socket=True), timeout_seconds)
            code = api.exec_inspect(made)["ExitCode"] if in_time else None
        return (None if code is None else int(code)), tail.text()

    def _inspect(self) -> Mapping[str, Any]:
        with self.engine.calls("looking at a container", hide=self.hide) as api:
            found: Mapping[str, Any] = api.inspect_container(self.id)
        return found


def may_be_cut(output: str) -> bool:
    """Tell whether what `Container.output` gave may be only the end of an output."""
    whole = len(output.encode()) < OUTPUT_BYTES - _CHARACTER and output.count("\n") < _TAIL_LINES
    return not whole


def _read(tail: Tail, stream: Any, timeout_seconds: float) -> bool:
    """Read the connection that a command's output comes by, and close it; tell if it ended."""
    import docker.utils.socket  # noqa: PLC0415

    frames: Iterable[tuple[int, bytes]] = docker.utils.socket.frames_iter(  # type: ignore[no-untyped-call]
        stream, tty=False
    )

    def read() -> None:
        # When the connection breaks or is closed, what came is what there is.
        with suppress(OSError, ValueError):
            for _, chunk in frames:
                tail.add(chunk)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout_seconds)
    in_time = not reader.is_alive()
    # The SDK gives a file over the socket, or the socket. Closing wakes nobody who reads it.
    connection = getattr(stream, "_sock", stream)
    with suppress(OSError, AttributeError):
        connection.shutdown(socket.SHUT_RDWR)
    reader.join(_CLOSING_SECONDS)
    stream.close()
    connection.close()
    return in_time


def read_memory(raw: Mapping[str, Any]) -> int | None:
    """Read `memory_stats`: cgroup v2 names the droppable part otherwise than v1."""
    usage = raw.get("usage")
    if usage is None:
        return None
    parts: Mapping[str, int] = raw.get("stats") or {}
    cached = parts.get("total_inactive_file", parts.get("inactive_file", 0))
    return max(int(usage) - int(cached), 0)


def read_state(raw: Mapping[str, Any]) -> ContainerState:
    """Read the `State` of an inspected container."""
    status = str(raw.get("Status", ""))
    error = str(raw.get("Error") or "")
    ended = status in {"exited", "dead"} or (status == "created" and bool(error))
    return ContainerState(
        status=status,
        running=bool(raw.get("Running")),
        exit_code=int(raw.get("ExitCode", 0)) if ended else None,
        oom_killed=bool(raw.get("OOMKilled")),
        started_at=_time(raw.get("StartedAt")),
        finished_at=_time(raw.get("FinishedAt")),
        error=error,
    )


def _time(raw: str | None) -> str | None:
    return None if not raw or raw == _NOT_YET else raw


def _process(row: Sequence[str]) -> Process:
    pid, parent, state, *command = row
    return Process(pid=int(pid), parent=int(parent), state=state, command=" ".join(command))
