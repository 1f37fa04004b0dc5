"""An `assets.deploy` that calls Node, divided: Node has a stage of its own, Mix has no Node. Pure.

Phoenix's guide to plugins of esbuild ends in such an alias: `["tailwind shop --minify",
"cmd --cd assets node build.js --deploy", "phx.digest"]` (hexdocs.pm/phoenix, "Asset Management").
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.errors import ProjectNotSupported
from imagekit.project.model import MixAssets
from imagekit.project.places import within

_OF_NODE: Final = frozenset({"node", "npm", "npx"})
_OTHER_MANAGERS: Final = frozenset({"bun", "pnpm", "yarn"})
_INSTALLS: Final = frozenset({"ci", "clean-install", "i", "install"})
_CD: Final = ("cd", "&&")


@dataclass(frozen=True, kw_only=True)
class NodeCommand:
    """A step of the alias that Node runs."""

    directory: PurePosixPath
    """Where, relative to the project's root."""
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Divided:
    """What Node runs beside the compilation, and what Mix runs after it, each in its order."""

    by_node: tuple[NodeCommand, ...]
    by_mix: tuple[tuple[str, ...], ...]
    """The other steps, each a task with its arguments."""


def divide(assets: MixAssets) -> Divided | None:
    """Divide the alias; `None` when no step calls Node, and Mix can run it whole.

    Raises:
        ProjectNotSupported: a step calls another package manager than npm, or the alias has steps
            that cannot be read beside one that calls Node.
    """
    read = [(_words(step), _command(assets, _words(step))) for step in assets.steps]
    if all(command is None for _, command in read):
        return None
    if not assets.literal:
        raise ProjectNotSupported(
            file=assets.source,
            shape=f"`{assets.task}` calls Node, and has steps that are functions of mix.exs",
            way_out="Make them Mix tasks, or let a script of package.json build the assets.",
        )
    commands = tuple(command for _, command in read if command is not None)
    return Divided(
        by_node=tuple(each for each in commands if not _installs(each)),
        by_mix=tuple(words for words, command in read if words and command is None),
    )


def _words(step: str) -> tuple[str, ...]:
    """Divide a step as Mix does, by `OptionParser.split`."""
    try:
        return tuple(shlex.split(step))
    except ValueError:
        return (step,)


def _command(assets: MixAssets, step: tuple[str, ...]) -> NodeCommand | None:
    """Read `cmd [--cd FOLDER] PROGRAM ...` or `cmd cd FOLDER && PROGRAM ...`."""
    if step[:1] != ("cmd",):
        return None
    words, folder = step[1:], "."
    if words[:1] == ("--cd",) and len(words) > 1:
        words, folder = words[2:], words[1]
    elif words[0:3:2] == _CD:
        words, folder = words[3:], words[1]
    if not words or words[0] not in _OF_NODE | _OTHER_MANAGERS:
        return None
    directory = within(assets.path, folder)
    if words[0] in _OTHER_MANAGERS or directory is None:
        raise ProjectNotSupported(
            file=assets.source,
            shape=f"`{assets.task}` runs `{' '.join(step)}`; npm builds, inside of the project",
            way_out="Let it call node, npm or npx.",
        )
    return NodeCommand(directory=directory, words=words)


def _installs(command: NodeCommand) -> bool:
    """Tell `npm install`: `npm ci` was there before it."""
    return command.words[0] == "npm" and not _INSTALLS.isdisjoint(command.words[1:2])
