"""The one client of the engine: who it is, and its answers with errors of our catalogue."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from imagekit.engine.endpoint import Endpoint, find_endpoint
from imagekit.engine.process import HostProcesses, Processes
from imagekit.engine.version import at_least
from imagekit.errors import EngineLost, EngineMissing, EngineRefused, EngineTooOld

if TYPE_CHECKING:
    from docker.tls import TLSConfig

EngineName = Literal["docker", "podman"]

_CONNECT_SECONDS: Final = 10
_ANSWER_SECONDS: Final = 120

# Docker 23.0 is the first whose own builder reads the Dockerfiles imagekit writes without a
# `# syntax=` line. Podman reports the Docker API it imitates, which is older than what it can do.
_FLOORS: Final[Mapping[EngineName, tuple[str, str]]] = {
    "docker": ("23.0", "1.42"),
    "podman": ("4.4", "1.40"),
}


_LIMITS: Final = {"cpus": "CpuCfsQuota", "memory": "MemoryLimit", "pids": "PidsLimit"}


@dataclass(frozen=True, kw_only=True)
class EngineInfo:
    """What an engine says of itself."""

    name: EngineName
    version: str
    api: str
    storage_driver: str
    containerd_store: bool
    """Whether images are kept as a registry would: compressed blobs under their own digests."""
    operating_system: str
    """Its kernel's family, as platforms name it: `linux`."""
    distribution: str
    """The system it runs on, for people: `Debian GNU/Linux 12 (bookworm)`."""
    architecture: str
    """As platforms name it: `amd64`, `arm64`."""
    cpus: int
    memory_bytes: int
    security: tuple[str, ...]
    cgroup_version: str
    unlimited: tuple[str, ...]
    """Which of `cpus`, `memory` and `pids` it cannot limit, as a rootless engine may not."""
    root: str
    """Where the engine keeps its files, as the engine sees it."""

    @property
    def platform(self) -> str:
        """The platform it runs without an emulator."""
        return f"{self.operating_system}/{self.architecture}"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A connected engine. The docker CLI, run with `environment`, speaks to the same one."""

    endpoint: Endpoint
    info: EngineInfo
    environment: Mapping[str, str] = field(repr=False)
    processes: Processes
    api: Any
    """`docker.APIClient`; its stubs leave the half that matters here untyped."""

    @classmethod
    def connect(
        cls, environment: Mapping[str, str], *, processes: Processes | None = None
    ) -> Engine:
        """Connect to the engine that `DOCKER_HOST` or the docker context names.

        Raises:
            EngineMissing: nothing answers there.
            EngineTooOld: below Docker 23.0 (API 1.42) or Podman 4.4.
        """
        import docker.errors  # noqa: PLC0415 - `imagekit --version` must not pay for it
        import requests  # noqa: PLC0415

        endpoint = find_endpoint(environment)
        api = None
        try:
            _knock(endpoint)
            api = docker.APIClient(
                base_url=endpoint.host,
                version="auto",
                timeout=_CONNECT_SECONDS,
                tls=_tls(endpoint),
                use_ssh_client=True,
            )
            info = _read_info(api.version(), api.info())
            _require_floor(info)
        except (docker.errors.DockerException, requests.RequestException, OSError) as err:
            _close(api)
            raise EngineMissing(host=endpoint.host, problem=_root_problem(err)) from err
        except EngineTooOld:
            _close(api)
            raise
        api.timeout = _ANSWER_SECONDS
        return cls(
            endpoint=endpoint,
            info=info,
            environment=dict(environment),
            processes=HostProcesses() if processes is None else processes,
            api=api,
        )

    @contextmanager
    def calls(self, during: str, *, hide: tuple[str, ...] = ()) -> Iterator[Any]:
        """Give the SDK's client; its errors, and the connection's, become ours.

        `during` names what is going on, for the message; `hide` are values that no
        message may show. Whoever expects an error of the SDK catches it inside.

        Raises:
            EngineLost: the connection broke.
            EngineRefused: the engine answered with an error.
        """
        import docker.errors  # noqa: PLC0415
        import requests  # noqa: PLC0415
        import urllib3.exceptions  # noqa: PLC0415

        try:
            yield self.api
        except (
            docker.errors.DockerException,
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        ) as err:
            problem = _root_problem(err)
            for secret in sorted(filter(None, hide), key=len, reverse=True):
                problem = problem.replace(secret, "***")
            refused = isinstance(err, docker.errors.APIError) and err.response is not None
            kind = EngineRefused if refused else EngineLost
            # `from None` where the cause would carry what must not be shown.
            raise kind(during=during, problem=problem) from (None if hide else err)

    def close(self) -> None:
        """Close the connections."""
        self.api.close()


def _knock(endpoint: Endpoint) -> None:
    """Try a Unix socket: the SDK leaves the one it could not connect unclosed."""
    path = endpoint.host.removeprefix("unix://")
    if path != endpoint.host:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
            door.settimeout(_CONNECT_SECONDS)
            try:
                door.connect(path)
            except PermissionError as err:
                hint = "Permission denied (is your user in the group of this socket?)"
                raise PermissionError(err.errno, hint, path) from err
            except OSError as err:
                raise OSError(err.errno, err.strerror or str(err), path) from err


def _close(api: Any) -> None:
    if api is not None:
        api.close()


def _require_floor(info: EngineInfo) -> None:
    version, api = _FLOORS[info.name]
    if not at_least(info.version, version) or not at_least(info.api, api):
        raise EngineTooOld(component=info.name.capitalize(), version=info.version, floor=version)


def _tls(endpoint: Endpoint) -> TLSConfig | bool:
    from docker.tls import TLSConfig  # noqa: PLC0415

    folder = endpoint.certificates
    if folder is None:
        return False
    pair = (str(folder / "cert.pem"), str(folder / "key.pem"))
    return TLSConfig(
        client_cert=pair if (folder / "cert.pem").exists() else None,
        ca_cert=str(folder / "ca.pem") if endpoint.verify else None,
        verify=endpoint.verify,
    )


def _read_info(version: Mapping[str, Any], info: Mapping[str, Any]) -> EngineInfo:
    components = [str(part.get("Name", "")) for part in version.get("Components") or ()]
    status = {str(key): str(value) for key, value in info.get("DriverStatus") or ()}
    return EngineInfo(
        name="podman" if any("podman" in name.lower() for name in components) else "docker",
        version=str(version.get("Version", "")),
        api=str(version.get("ApiVersion", "")),
        storage_driver=str(info.get("Driver", "")),
        containerd_store=status.get("driver-type", "").startswith("io.containerd.snapshotter"),
        operating_system=str(version.get("Os") or info.get("OSType") or "linux"),
        distribution=str(info.get("OperatingSystem", "")),
        architecture=str(version.get("Arch", "")),
        cpus=int(info.get("NCPU") or 0),
        memory_bytes=int(info.get("MemTotal") or 0),
        security=tuple(sorted(map(str, info.get("SecurityOptions") or ()))),
        cgroup_version=str(info.get("CgroupVersion") or ""),
        unlimited=tuple(name for name, key in sorted(_LIMITS.items()) if info.get(key) is False),
        root=str(info.get("DockerRootDir") or ""),
    )


def _root_problem(err: BaseException) -> str:
    """Give the sentence that helps: the engine's own, else the operating system's."""
    explanation = getattr(err, "explanation", None)
    if explanation:
        return str(explanation)
    found: BaseException | None = err
    seen: set[int] = set()
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        if isinstance(found, OSError) and found.strerror:
            return f"{found.strerror}: {found.filename}" if found.filename else found.strerror
        inner = next((arg for arg in found.args[::-1] if isinstance(arg, BaseException)), None)
        found = inner or found.__cause__ or found.__context__
    return str(err)
