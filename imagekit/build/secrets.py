"""The build machine's network settings, on their way into steps and out of sight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from imagekit.build.hex_repositories import NO_KEY, read_key, repositories_text
from imagekit.engine.buildx import BuildSecret, SecretText
from imagekit.errors import UnreadableConfiguration
from imagekit.settings.load import Settings

_FILES = (
    *("hex_public_key", "hex_key", "npmrc", "ca_bundle", "gitconfig"),
    *("apt_sources", "apk_repositories"),
)
_ADDRESSES = ("hex_mirror", "http_proxy", "https_proxy")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy")
_SETTINGS_FILES: Final = frozenset({"npmrc", "gitconfig", "apt_sources", "apk_repositories"})
_URL: Final = re.compile(r"(?:https?|ssh|git)://[^\s\"']+|(?<==)//[^\s\"':]+(?=:_)")
_TOKEN: Final = re.compile(r"_(?:authToken|auth|password)\s*=\s*(\S{4,})")
_SHORTEST: Final = 4
_SAYS_NOTHING: Final = frozenset({"localhost", "127.0.0.1"})


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


def docker_build_words(settings: Settings, root: Path) -> tuple[str, ...]:
    """Give what plain `docker build` must be told of `[network]` and `build.network`.

    `FILE` stands for a file that holds the setting's value, which no terminal needs to show.
    """
    network = settings.values.network
    given = [name for name in ("hex_mirror", *_FILES) if getattr(network, name) is not None]
    own = ("hex_repositories",) if network.hex_repositories else ()
    proxies = [name.upper() for name in _PROXIES if getattr(network, name) is not None]
    chosen = settings.values.build.network
    words = ["docker", "build", *((f"--network={chosen}",) if chosen is not None else ())]
    for name in (*given, *own):
        path = _place(getattr(network, name), root) if name in _FILES else "FILE"
        words += ["--secret", f"id={name},src={path}"]
    for name in proxies:
        words += ["--build-arg", name]
    return (*words, ".")


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
    keys = _hex_keys(settings, root)
    repositories = repositories_text(settings.values.network.hex_repositories, keys)
    if repositories:
        secrets.append(BuildSecret(id="hex_repositories", source=SecretText(text=repositories)))
    proxies = {
        name.upper(): value for name in _PROXIES if (value := getattr(network, name)) is not None
    }
    opening = {read_key(each) for name, each in keys.items() if name.endswith(".key")}
    hidden = {*_hidden(settings), *_in_files(secrets), *opening} - {NO_KEY}
    longest_first = tuple(sorted(hidden, key=lambda each: (-len(each), each)))
    return NetworkAccess(secrets=tuple(secrets), proxies=proxies, hidden=longest_first)


def _hex_keys(settings: Settings, root: Path) -> dict[str, Path]:
    """Find the files of the Hex repositories, by `NAME.public_key` and `NAME.key`."""
    repositories = settings.values.network.hex_repositories
    return {
        f"{name}.{field}": _file(f"hex_repositories.{name}.{field}", value, settings, root)
        for name, each in repositories.items()
        for field, value in (("public_key", each.public_key), ("key", each.key))
        if value is not None
    }


def _file(name: str, value: str, settings: Settings, root: Path) -> Path:
    path = _place(value, root)
    if not path.is_file():
        source = settings.source(f"network.{name}")
        raise UnreadableConfiguration(
            file=f"the file that `network.{name}` names ({source})", problem=f"no file {value}"
        )
    return path.resolve()


def _place(value: str, root: Path) -> Path:
    try:
        return root / Path(value).expanduser()
    except RuntimeError:  # `~name` of somebody who has no home here
        return Path(value)


def _in_files(secrets: list[BuildSecret]) -> set[str]:
    """Give the addresses and tokens that the tools' own files hold."""
    found: set[str] = set()
    for secret in secrets:
        if not isinstance(secret.source, Path):
            continue
        if secret.id == "hex_key":
            found.add(read_key(secret.source))
        if secret.id not in _SETTINGS_FILES:
            continue
        text = secret.source.read_text(encoding="utf-8", errors="replace")
        for url in _URL.findall(text):
            with suppress(ValueError):
                found |= _telling(url)
        found |= set(_TOKEN.findall(text))
    return found


def _hidden(settings: Settings) -> set[str]:
    texts: set[str] = set()
    for name in _ADDRESSES:
        url = getattr(settings.values.network, name)
        if url is not None:
            texts |= _parts(name, url, settings)
    for name, each in settings.values.network.hex_repositories.items():
        texts |= _parts(f"hex_repositories.{name}.url", each.url, settings)
    return texts


def _parts(name: str, url: str, settings: Settings) -> set[str]:
    """Give what of an address must not be shown: the whole, the host, who asks."""
    try:
        return _telling(url)
    except ValueError as err:
        source = settings.source(f"network.{name}")
        raise UnreadableConfiguration(
            file=f"the address that `network.{name}` gives ({source})", problem=str(err)
        ) from err


def _telling(url: str) -> set[str]:
    parts = urlsplit(url)
    found = {url, url.rstrip("/"), parts.netloc, parts.password or ""}
    found.add(unquote(parts.password or ""))
    if parts.username and parts.password is None:
        found.add(parts.username)  # a token in the place of the user
    if "." in (parts.hostname or ""):
        found.add(parts.hostname or "")
    # A loopback name says nothing, and hiding a bare word garbles every log.
    return {each for each in found if each and each not in _SAYS_NOTHING and _is_telling(each)}


def _is_telling(text: str) -> bool:
    return any(character in text for character in ".:/@") or len(text) >= _SHORTEST
