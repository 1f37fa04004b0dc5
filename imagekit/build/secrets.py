"""The build machine's network settings, on their way into steps and out of sight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from imagekit.engine.buildx import BuildSecret, SecretText
from imagekit.errors import UnreadableConfiguration
from imagekit.settings.load import Settings

_FILES = ("hex_public_key", "npmrc", "ca_bundle", "gitconfig", "apt_sources")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True, kw_only=True)
class NetworkAccess:
    """What a build is handed: secrets that steps mount, and proxies as predefined build args.

    BuildKit keeps predefined proxy arguments out of the history and the cache key
    (docs.docker.com/reference/dockerfile, "Predefined ARGs").
    """

    secrets: tuple[BuildSecret, ...]
    proxies: Mapping[str, str]
    hidden: tuple[str, ...]
    """Texts that no log may show, longest first."""

    def scrub(self, text: str) -> str:
        """Replace what must not be shown."""
        for each in self.hidden:
            text = text.replace(each, "[hidden]")
        return text


def network_access(settings: Settings, root: Path) -> NetworkAccess:
    """Collect the `[network]` settings.

    Raises:
        UnreadableConfiguration: a setting names a file that cannot be read.
    """
    network = settings.values.network
    secrets = []
    if network.hex_mirror is not None:
        secrets.append(BuildSecret(id="hex_mirror", source=SecretText(text=network.hex_mirror)))
    for name in _FILES:
        value = getattr(network, name)
        if value is not None:
            secrets.append(BuildSecret(id=name, source=_file(name, value, settings, root)))
    proxies = {
        name.upper(): value for name in _PROXIES if (value := getattr(network, name)) is not None
    }
    urls = (network.hex_mirror, network.http_proxy, network.https_proxy)
    return NetworkAccess(secrets=tuple(secrets), proxies=proxies, hidden=_hidden(urls))


def _file(name: str, value: str, settings: Settings, root: Path) -> Path:
    path = root / Path(value).expanduser()
    if not path.is_file():
        source = settings.sources[f"network.{name}"]
        raise UnreadableConfiguration(
            file=f"the file that `network.{name}` names ({source})", problem=f"no file {value}"
        )
    return path.resolve()


def _hidden(urls: Iterable[str | None]) -> tuple[str, ...]:
    texts = set()
    for url in urls:
        if url:
            parts = urlsplit(url)
            texts |= {
                url,
                url.rstrip("/"),
                parts.netloc,
                parts.hostname or "",
                parts.password or "",
            }
    # A loopback name or a word this short says nothing, and hiding it garbles every log.
    shown = {"", "localhost", "127.0.0.1"}
    return tuple(sorted(texts - shown, key=lambda each: (-len(each), each)))
