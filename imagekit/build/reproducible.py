"""Compare two builds of one tree: which files differ, and what each of them belongs to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.engine.images import ImageFingerprints
from imagekit.engine.layers import Fingerprint
from imagekit.image import LayerGroup
from imagekit.project.model import Project

_ASPECTS: Final = (
    ("kind", "kind"),
    ("content", "content"),
    ("target", "link target"),
    ("mode", "mode"),
    ("uid", "owner"),
    ("gid", "group"),
    ("mtime", "time"),
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A file, folder or link that differs between two images."""

    path: str
    """Absolute; `(image config)` for what is no file."""
    layer: int | None
    owner: str
    """What it belongs to: `dependency money`, `app shop`, `the base image or its packages`."""
    aspects: tuple[str, ...]
    """What differs: `content`, `mode`, `time`, ..., or `only in one`."""

    def __str__(self) -> str:
        return f"{self.path} ({self.owner}): {', '.join(self.aspects)}"


def differences(
    first: ImageFingerprints, second: ImageFingerprints, project: Project, root: PurePosixPath
) -> tuple[Difference, ...]:
    """Compare two images of a project, member by member, bottom layer first.

    Args:
        root: the folder of the release in the image.
    """
    found: list[Difference] = []
    for number, (one, other) in enumerate(zip(first.layers, second.layers, strict=False)):
        group = first.image.layers[number].group
        found.extend(
            Difference(
                path=f"/{name}",
                layer=number,
                owner=_owner(PurePosixPath("/", name), group, project, root),
                aspects=aspects,
            )
            for name, aspects in _members(one, other)
        )
    if len(first.layers) != len(second.layers) or (not found and first.config != second.config):
        aspects = ("number of layers",) if len(first.layers) != len(second.layers) else ("content",)
        found.append(
            Difference(path="(image config)", layer=None, owner="the image", aspects=aspects)
        )
    return tuple(found)


def _members(
    one: Mapping[str, Fingerprint], other: Mapping[str, Fingerprint]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in sorted({*one, *other}):
        left, right = one.get(name), other.get(name)
        if left is None or right is None:
            yield name, ("only in one",)
        elif left != right:
            names = (said for key, said in _ASPECTS if getattr(left, key) != getattr(right, key))
            yield name, tuple(names)


def _owner(path: PurePosixPath, group: LayerGroup, project: Project, root: PurePosixPath) -> str:
    if group is LayerGroup.OS or not path.is_relative_to(root):
        return "the base image or its packages"
    parts = path.relative_to(root).parts
    if len(parts) > 1 and parts[0] == "lib":
        # An application's name has no hyphen, its version may.
        return _library(parts[1].partition("-")[0], group, project)
    if "consolidated" in parts:
        return f"consolidated protocol {path.stem}"
    return "Erlang/OTP" if group is LayerGroup.ERTS else "the release"


def _library(name: str, group: LayerGroup, project: Project) -> str:
    if name in {app.name for app in project.apps}:
        return f"app {name}"
    if name in {each.name for each in project.dependencies}:
        return f"dependency {name}"
    return f"Erlang/OTP or Elixir: {name}" if group is LayerGroup.ERTS else f"dependency {name}"
