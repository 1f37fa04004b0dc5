"""Which Elixir, OTP and Node the project asks for, the most exact source winning."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from imagekit.errors import UnreadableConfiguration
from imagekit.project.mix_exs import MixFile
from imagekit.project.model import Versions
from imagekit.project.tree import SourceTree
from imagekit.project.wanted import VERSION_FILES
from imagekit.resolved import Maybe, Resolved, Unknown

_TOOLS: Final[Mapping[str, str]] = {
    "elixir": "elixir",
    "erlang": "otp",
    "node": "node",
    "nodejs": "node",
}
_NOT_VERSIONS: Final = (
    *("latest", "lts", "path:", "ref:", "sub-", "system"),
    *("node", "stable", "unstable", "iojs", "default", "current"),
)
"""What asdf, mise and nvm take in place of a version, to be settled on the machine."""

Asked = tuple[str, str, str]
"""Tool, version as written, source."""


def versions(
    tree: SourceTree, mix_files: tuple[MixFile, ...], packages: Mapping[PurePosixPath, Any]
) -> Versions:
    """Resolve the versions.

    Args:
        tree: the source tree.
        mix_files: those of the project itself, the root's first.
        packages: decoded `package.json` files by path, in order of precedence.

    Raises:
        UnreadableConfiguration: `mise.toml` is not TOML.
    """
    asked = [*_from_files(tree), *_from_packages(packages)]
    return Versions(
        elixir=_settled("elixir", asked) or _requirement(mix_files),
        otp=_settled("otp", asked) or _from_elixir(asked) or _nobody("OTP"),
        node=_settled("node", asked) or _nobody("Node"),
    )


def _from_files(tree: SourceTree) -> Iterator[Asked]:
    for name in VERSION_FILES:
        text = tree.legible(PurePosixPath(name))
        if text is None:
            continue
        if name == ".tool-versions":
            yield from _tool_versions(name, text)
        elif name.endswith(".toml"):
            yield from _mise(name, text)
        else:
            yield from _node_version(name, text)


def _node_version(name: str, text: str) -> Iterator[Asked]:
    """Read `.nvmrc` and `.node-version`: one version or range, beside comments."""
    for number, line in enumerate(text.splitlines(), start=1):
        if version := line.split("#", 1)[0].strip():
            yield "node", version, f"{name}:{number}"
            return


def _tool_versions(name: str, text: str) -> Iterator[Asked]:
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        if len(words) > 1 and words[0] in _TOOLS:
            yield _TOOLS[words[0]], words[1], f"{name}:{number}"


def _mise(name: str, text: str) -> Iterator[Asked]:
    try:
        decoded = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise UnreadableConfiguration(file=name, problem=str(err)) from err
    tools = decoded.get("tools")
    for tool, value in tools.items() if isinstance(tools, dict) else ():
        first = value[0] if isinstance(value, list) and value else value
        version = first.get("version") if isinstance(first, dict) else first
        name_of_tool = tool.rsplit(":", 1)[-1]  # core:erlang
        if name_of_tool in _TOOLS and isinstance(version, str):
            yield _TOOLS[name_of_tool], version.removeprefix("prefix:"), f"{name} [tools] {tool}"


def _from_packages(packages: Mapping[PurePosixPath, Any]) -> Iterator[Asked]:
    for path, package in packages.items():
        for key in ("volta", "engines"):
            section = package.get(key)
            version = section.get("node") if isinstance(section, dict) else None
            if isinstance(version, str) and version.strip():
                yield "node", version.strip(), f"{path} {key}.node"


def _settled(tool: str, asked: list[Asked]) -> Maybe[str] | None:
    """Give the first answer for a tool; one that is no version is passed over for a later one."""
    vague: Unknown | None = None
    for name, version, source in asked:
        if name != tool:
            continue
        if version.lower().startswith(_NOT_VERSIONS):
            reason = f"`{version}` is settled by the machine it is installed on"
            vague = vague or Unknown(reason=reason, source=source)
        else:
            return Resolved(value=_bare(version), source=source)
    return vague


def _bare(version: str) -> str:
    """Drop the `-otp-27` of asdf's builds of Elixir, and the `v` of `.nvmrc`."""
    return version.split("-otp-", 1)[0].removeprefix("v")


def _from_elixir(asked: list[Asked]) -> Maybe[str] | None:
    """Take the OTP that a build of Elixir is for: `1.18.3-otp-27`."""
    for name, version, source in asked:
        if name == "elixir" and "-otp-" in version:
            return Resolved(value=version.split("-otp-", 1)[1], source=source)
    return None


def _requirement(mix_files: tuple[MixFile, ...]) -> Maybe[str]:
    """Join the `elixir:` requirements of all files: a version has to meet each."""
    found: dict[str, str] = {}
    unread: list[Unknown] = []
    for file in mix_files:
        text = file.text("elixir")
        if isinstance(text, Resolved):
            found.setdefault(text.value, text.source)
        elif file.option("elixir") is not None:
            unread.append(text)
    if found:
        joined = " and ".join(sorted(found, key=list(found).index))
        return Resolved(value=joined, source=", ".join(found.values()))
    return unread[0] if unread else _nobody("Elixir")


def _nobody(tool: str) -> Unknown:
    files = ", ".join(VERSION_FILES)
    reason = f"no version of {tool} in mix.exs, package.json, {files}"
    return Unknown(reason=reason, source="mix.exs")
