"""No toolchain: what only a build needs is not in the runtime.

Exact about which paths. A real release carries `erts-*/bin/erlc`, `escript` and the
`compiler` application (Elixir depends on it): those are no finding. A command counts
where a shell would find it, in the system's own folders; the image's own entry point
never counts, so that a release may be called `node`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from imagekit.engine.images import Entry
from imagekit.verify import wording
from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts


@dataclass(frozen=True, kw_only=True)
class _Tool:
    name: str
    path: re.Pattern[str]


def _commands(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:usr/(?:local/)?)?s?bin/(?:{pattern})")


_TOOLS: Final = (
    _Tool(
        name="a compiler",
        path=_commands(
            r"(?:[\w.]+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-[\d.]+)?|tcc|cc1|rustc|cargo|go"
        ),
    ),
    _Tool(name="a build tool", path=_commands(r"g?make|cmake|ninja|meson|autoconf|bazel")),
    _Tool(
        name="Erlang's or Elixir's compiler",
        path=re.compile(
            r"(?:usr/(?:local/)?)?bin/(?:erlc|elixir|elixirc|iex)"
            r"|usr/(?:local/)?lib/erlang/bin/erlc"
        ),
    ),
    _Tool(
        name="Mix",
        path=re.compile(r"(?:usr/(?:local/)?)?bin/mix|(?:.*/)?lib/mix(?:-[^/]+)?/ebin/mix\.app"),
    ),
    _Tool(
        name="Hex or rebar3",
        path=re.compile(
            r"(?:usr/(?:local/)?)?bin/rebar3?|(?:.*/)?\.(?:mix|hex)/.+"
            r"|(?:.*/)?lib/hex(?:-[^/]+)?/ebin/hex\.app"
        ),
    ),
    _Tool(
        name="Node or a package manager of it",
        path=_commands(r"node|nodejs|npm|npx|yarn|yarnpkg|pnpm|corepack|bun|deno"),
    ),
    _Tool(name="npm packages", path=re.compile(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/@]+")),
    _Tool(
        name="a package cache",
        path=re.compile(
            # `lists/lock` and the `partial` folders are there, empty, after every apt run.
            r"var/lib/apt/lists/(?!lock$|partial$|partial/|auxfiles$).+"
            r"|var/cache/apt/(?:.+\.(?:deb|bin))"
            r"|var/cache/apk/.+|var/cache/(?:dnf|yum|zypp)/.+"
            r"|(?:.*/)?\.npm/_cacache/.+|(?:.*/)?\.cache/(?:pip|rebar3|yarn|go-build|mix)/.+"
        ),
    ),
)
_SHOWN: Final = 3
_MIX: Final = re.compile(r"((?:.*/)?lib/)mix(?:-[^/]+)?/ebin/mix\.app")
_DISTILLERY: Final = re.compile(r"((?:.*/)?lib/)distillery(?:-[^/]+)?/ebin/distillery\.app")


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    entry = (*facts.image.config.entrypoint, *facts.image.config.command)[:1]
    own = {word.lstrip("/") for word in entry}
    found: dict[str, list[str]] = defaultdict(list)
    # Distillery carries Mix by its own design: its config providers evaluate with it.
    distillery = {match[1] for name in facts.visible if (match := _DISTILLERY.fullmatch(name))}
    for name, each in facts.visible.items():
        mix = _MIX.fullmatch(name)
        tool = None if name in own or (mix and mix[1] in distillery) else _tool(name, each)
        if tool is not None:
            found[tool].append(f"/{name}")
    problems = tuple(
        f"{tool.name}: {wording.some(sorted(found[tool.name]), _SHOWN)}"
        for tool in _TOOLS
        if tool.name in found
    )
    return verdict(f"none in {len(facts.visible)} files and folders", problems)


def _tool(name: str, entry: Entry) -> str | None:
    folder = entry.kind == "directory"
    for tool in _TOOLS:
        # An empty folder of a cache is no cache; a package of npm is a folder.
        if folder is (tool.name == "npm packages") and tool.path.fullmatch(name):
            return tool.name
    return None


CHECK = FilesCheck(
    id="files.toolchain", title="carries no toolchain and no package cache", run=_run
)
