"""Which Elixir, OTP and Node: what the project asks for, met by what the recipe has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from semantic_version import NpmSpec
from semantic_version import Version as SemanticVersion

from imagekit.errors import ProjectNotSupported
from imagekit.project.model import Project
from imagekit.recipe.schema import Recipe, ToolchainSource
from imagekit.resolved import Maybe, Resolved, Unknown
from imagekit.settings.load import Settings

_OTP_LINES: Final = (
    ("1.10", (21, 23)),
    ("1.11", (21, 24)),
    ("1.12", (22, 24)),
    ("1.13", (22, 25)),
    ("1.14", (23, 26)),
    ("1.15", (24, 26)),
    ("1.16", (24, 26)),
    ("1.17", (25, 27)),
    ("1.18", (25, 28)),
    ("1.19", (26, 28)),
    ("1.20", (27, 29)),
    ("1.21", (27, 29)),
)
"""The lines of OTP that a line of Elixir runs on, its last patch included
(hexdocs.pm/elixir/compatibility-and-deprecations.html, "Between Elixir and Erlang/OTP").
A line that is not here is not judged."""
_NODE_LINES: Final = ("24", "22", "20", "18")
"""Long-term-support lines of Node, newest first (github.com/nodejs/release)."""


def resolve_versions(
    project: Project, settings: Settings, recipe: Recipe, source: ToolchainSource
) -> dict[str, Resolved[str]]:
    """Settle the versions of Elixir and OTP.

    Args:
        source: the distribution has one version of each, and no choice.

    Raises:
        ProjectNotSupported: a requirement that the recipe's version does not meet.
    """
    offered = _offered(recipe, source)
    wanted = project.versions
    elixir = _settle("elixir", settings, wanted.elixir, offered["elixir"], source, mix_allows)
    otp = _settle("otp", settings, wanted.otp, offered["otp"], source, same_line)
    _refuse_unfit(elixir, otp)
    return {"elixir": elixir, "otp": otp}


def _refuse_unfit(elixir: Resolved[str], otp: Resolved[str]) -> None:
    """Refuse an OTP that an Elixir does not run on, where both are known well enough."""
    lines = next((span for line, span in _OTP_LINES if same_line(line, elixir.value)), None)
    major = _bare(otp.value).split(".")[0]
    if lines is None or not major.isdigit() or lines[0] <= int(major) <= lines[1]:
        return
    raise ProjectNotSupported(
        file=f"{elixir.source}, {otp.source}",
        shape=f"Elixir {elixir.value} runs on OTP {lines[0]} to {lines[1]}, and OTP is {otp.value}",
        way_out="Name both in .tool-versions (`elixir`, `erlang`), or `elixir` and `otp` in "
        "imagekit.toml.",
    )


def resolve_node(
    project: Project, settings: Settings, recipe: Recipe, source: ToolchainSource
) -> Resolved[str]:
    """Settle the version of Node, for a build that needs it.

    Raises:
        ProjectNotSupported: a range that no version at hand is in.
    """
    offered = _offered(recipe, source)["node"]
    return _settle("node", settings, project.versions.node, offered, source, npm_allows)


def _offered(recipe: Recipe, source: ToolchainSource) -> dict[str, Resolved[str]]:
    defaults = recipe.toolchain.image if source == "image" else recipe.toolchain.distribution
    return {
        name: Resolved(value=value, source=f"recipe {recipe.name}")
        for name, value in defaults.versions
    }


def _settle(
    name: str,
    settings: Settings,
    asked: Maybe[str],
    offered: Resolved[str],
    source: str,
    allows: Callable[[str, str], bool],
) -> Resolved[str]:
    chosen = settings.resolved(name)
    wanted: Maybe[str] = chosen or asked
    if isinstance(wanted, Unknown):
        return offered
    if source == "image" and is_exact(wanted.value, name):
        return Resolved(value=_bare(wanted.value), source=wanted.source)
    if allows(wanted.value, offered.value):
        return offered
    if name == "node" and source == "image":
        line = next((each for each in _NODE_LINES if allows(wanted.value, each)), None)
        if line is None and _bare(wanted.value).isdigit():
            line = _bare(wanted.value)  # a line that is no long-term one has images too
        if line:
            return Resolved(value=line, source=wanted.source)
    raise ProjectNotSupported(
        file=wanted.source,
        shape=f"it asks for {name} {wanted.value}, and {offered.source} has {offered.value}",
        way_out=(
            'Take the toolchain from an image: `toolchain = "image"`.'
            if source == "distribution"
            else f"Name an exact version in .tool-versions, or `{name}` in imagekit.toml."
        ),
    )


_NUMBERS: Final = {"elixir": 3, "otp": 2, "node": 2}
"""How many numbers a version must have to name one image: Elixir 1.18.3, OTP 27.3, Node 22.11."""


def is_exact(text: str, name: str) -> bool:
    """Tell a version (`1.18.3-otp-27`, `27.3`) from a line (`1.18`), requirement or range."""
    numbers = _bare(text).replace("-rc", "").split(".")
    return len(numbers) >= _NUMBERS[name] and all(part.isdigit() for part in numbers)


def _bare(text: str) -> str:
    """Drop the `-otp-27` that asdf and mise put behind an Elixir version, and a `v`."""
    return text.strip().removeprefix("v").split("-otp-", 1)[0]


def mix_allows(requirement: str, version: str) -> bool:
    """Tell whether an Elixir requirement holds a version.

    Elixir's `~>` is what PEP 440 calls `~=` (hexdocs.pm/elixir/Version.html, "Requirements").
    """
    if _bare(requirement).replace(".", "").isdigit():
        return same_line(requirement, version)
    try:
        return any(
            SpecifierSet(",".join(_pep440(part) for part in alternative.split(" and "))).contains(
                Version(version), prereleases=True
            )
            for alternative in requirement.split(" or ")
        )
    except (InvalidSpecifier, InvalidVersion):
        return False


def _pep440(part: str) -> str:
    text = part.strip().replace("~>", "~=")
    return text if text[:1] in "~=<>!" else f"=={text}"


def has_check_locked(elixir: str) -> bool:
    """Tell whether Mix has `deps.get --check-locked`: since 1.15 (its CHANGELOG)."""
    try:
        return Version(_bare(elixir)) >= Version("1.15.0.dev0")
    except InvalidVersion:
        return True


def same_line(wanted: str, version: str) -> bool:
    """Tell whether two versions share their first number, or their first two below 2."""
    ours, theirs = _bare(wanted).split("."), version.split(".")
    length = 1 if ours[0] != "1" else 2
    return ours[:length] == theirs[:length]


def npm_allows(wanted: str, version: str) -> bool:
    """Tell whether an npm range (`engines.node`) holds some version of a release line."""
    try:
        line = SemanticVersion.coerce(version)
        newest = SemanticVersion(major=line.major, minor=999, patch=0)
        return bool(NpmSpec(wanted.removeprefix("v")).match(newest))
    except ValueError:
        return False
