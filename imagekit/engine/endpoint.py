"""Where the engine is: `DOCKER_HOST`, else the chosen docker context, else the default socket.

The docker SDK reads `DOCKER_HOST` and knows nothing of contexts when it connects
(docker/docker-py#2616), so the context's own file is read here. Order and layout
are the docker CLI's: docker/cli, `cli/command/cli.go` (`resolveContextName`) and
`cli/context/store`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from imagekit.errors import EngineMissing

DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An engine's address, the folder of its TLS files (`ca.pem`, `cert.pem`, `key.pem`) if any."""

    host: str
    certificates: Path | None = None
    verify: bool = True
    context: str | None = None

    @property
    def local(self) -> bool:
        """Whether the engine shares this machine's files and loopback interface."""
        return urlsplit(self.host).scheme in {"unix", "http+unix", "npipe"}

    @property
    def reach(self) -> str:
        """The host name or address under which published ports are reached from here."""
        return "127.0.0.1" if self.local else urlsplit(self.host).hostname or "127.0.0.1"

    @property
    def publish_on(self) -> str:
        """Which of its interfaces to publish ports on: loopback, unless it is another machine."""
        return "127.0.0.1" if self.reach in _LOOPBACK else "0.0.0.0"  # noqa: S104 - no other way in


def find_endpoint(environment: Mapping[str, str]) -> Endpoint:
    """Decide which engine is meant, without asking it.

    Raises:
        EngineMissing: the chosen context does not exist or cannot be read.
    """
    if host := environment.get("DOCKER_HOST"):
        secured = bool(environment.get("DOCKER_TLS_VERIFY"))
        certificates = environment.get("DOCKER_CERT_PATH")
        folder = Path(certificates) if certificates else _config_folder(environment)
        return Endpoint(
            host=host,
            certificates=folder if secured or certificates else None,
            verify=secured,
        )
    name = environment.get("DOCKER_CONTEXT") or _current_context(environment)
    if not name or name == "default":
        return Endpoint(host=DEFAULT_HOST)
    return _context(name, _config_folder(environment))


def _config_folder(environment: Mapping[str, str]) -> Path:
    if folder := environment.get("DOCKER_CONFIG"):
        return Path(folder)
    return Path(environment.get("HOME") or Path.home()) / ".docker"


def _current_context(environment: Mapping[str, str]) -> str | None:
    # A configuration that cannot be read chooses no context; the CLI warns and goes on, too.
    name = _object(_config_folder(environment) / "config.json").get("currentContext")
    return name if isinstance(name, str) else None


def _context(name: str, folder: Path) -> Endpoint:
    key = hashlib.sha256(name.encode()).hexdigest()
    meta = _object(folder / "contexts" / "meta" / key / "meta.json")
    try:
        docker = meta["Endpoints"]["docker"]
        host = str(docker["Host"])
    except (KeyError, TypeError):
        raise EngineMissing(
            host=f"docker context `{name}`", problem=f"no such context in {folder / 'contexts'}"
        ) from None
    certificates = folder / "contexts" / "tls" / key / "docker"
    return Endpoint(
        host=host,
        certificates=certificates if certificates.is_dir() else None,
        verify=not docker.get("SkipTLSVerify", False),
        context=name,
    )


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
