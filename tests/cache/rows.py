"""The contract of the cache: one row is one sentence, with what it may re-run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from imagekit.plan.inputs import Result
from tests.cache.edits import (
    Edit,
    add,
    add_dependency_for_development,
    all_of,
    append,
    insert,
    lock_line,
    replace,
)

APPS: Final = {"hello_web": None, "umbrella": "web_release"}
"""Each app with the release that is built of it."""

NOTHING: Final[frozenset[str]] = frozenset()
RELEASE: Final = frozenset({"release", "runtime"})
PACKAGES: Final = frozenset({"packages"})
"""Looks again where the release's own ELF files or scripts may be others, or have other paths."""
APP: Final = RELEASE | {"app"}
OWN_FILES: Final = APP | {"manifest"}
"""`manifest` looks, and finds that dependencies see what they saw."""
COMPILE: Final = OWN_FILES | {"deps"}
FETCH: Final = COMPILE | {"fetch"}
ASSETS: Final = RELEASE | {"assets"}
ALL: Final = FETCH | PACKAGES | {"toolchain", "assets"}

PROJECT: Final = Result(stage="manifest", folder=PurePosixPath("/manifest/project"))
CONFIG: Final = Result(stage="manifest", folder=PurePosixPath("/manifest/config"))
NATIVE: Final = Result(stage="release", folder=PurePosixPath("/native"))
JAVASCRIPT: Final = Result(stage="fetch", folder=PurePosixPath("deps/tiny_http"))
"""What the assets of both apps take of their Mix dependencies."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One modification of one app."""

    app: str
    sentence: str
    edit: Edit
    may_rerun: frozenset[str]
    same: frozenset[Result] = frozenset()
    """Results that stay what they were, although their stage re-runs."""
    given: Edit | None = None
    """What the app is made to be before."""
    for_real: bool = False
    """Whether the builder is asked too, and the release compared with a cold one."""

    @property
    def name(self) -> str:
        return f"{self.app}: {self.sentence}"


def touch_everything(root: Path, _nonce: str) -> None:
    for path in root.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))


UNSEEN: Final = frozenset({PROJECT, CONFIG})
BUMPED: Final = {"hello_web": ("1.0.0", "1.0.1"), "umbrella": ("1.0.1", "1.0.0")}


def rows(app: str) -> tuple[Row, ...]:
    plain = app == "hello_web"
    web = "" if plain else "apps/web/"
    own = "hello_web" if plain else "web"
    template = f"{web}lib/{own}/page.html.heex"

    def row(
        sentence: str,
        edit: Edit,
        may_rerun: frozenset[str],
        *,
        same: frozenset[Result] = frozenset(),
        given: Edit | None = None,
        for_real: bool = False,
    ) -> Row:
        return Row(
            app=app,
            sentence=sentence,
            edit=edit,
            may_rerun=may_rerun,
            same=same if "packages" in may_rerun else same | {NATIVE},
            given=given,
            for_real=for_real,
        )

    return (
        row("touching every file re-runs nothing", touch_everything, NOTHING),
        row(
            "README, tests and formatter settings re-run nothing",
            all_of(
                append("README.md", "\n{nonce}\n"),
                append(f"{web}test/test_helper.exs", "\n# {nonce}\n"),
                append(".formatter.exs", "\n# {nonce}\n"),
            ),
            NOTHING,
            for_real=plain,
        ),
        row(
            "verification settings re-run nothing",
            add("imagekit.toml", '[verify]\nhttp = "/other"\n'),
            NOTHING,
        ),
        row(
            "one module re-runs the app and its release",
            append(f"{web}lib/{own}/router.ex", "\n# {nonce}\n"),
            APP,
            for_real=plain,
        ),
        row(
            "a version re-runs no dependency",
            replace(f"{web}mix.exs", 'version: "0.1.0"', 'version: "0.2.0-{nonce}"'),
            OWN_FILES,
            same=UNSEEN,
            for_real=True,
        ),
        row(
            "an alias re-runs no dependency",
            insert("mix.exs", "version:", 'aliases: [greet: "run -e {nonce}"],'),
            OWN_FILES,
            same=UNSEEN,
        ),
        row(
            "the app's own configuration re-runs no dependency",
            append("config/prod.exs", '\nconfig :{own}, nonce: "{nonce}"\n'.replace("{own}", own)),
            OWN_FILES,
            same=UNSEEN,
            for_real=plain,
        ),
        row(
            "a dependency for development re-runs no other",
            add_dependency_for_development(f"{web}mix.exs"),
            OWN_FILES,
            same=UNSEEN,
            for_real=not plain,
        ),
        row(
            "configuration of a dependency compiles dependencies and fetches none",
            append("config/config.exs", '\nconfig :tiny_http, nonce: "{nonce}"\n'),
            COMPILE | PACKAGES,
            same=frozenset({PROJECT}),
            for_real=plain,
        ),
        row(
            "one dependency bumped fetches and compiles",
            all_of(lock_line("word_case", BUMPED[app][1])),
            FETCH | PACKAGES,
            same=frozenset({CONFIG, JAVASCRIPT}),
            for_real=plain,
        ),
        row(
            "runtime configuration re-runs the release",
            append("config/runtime.exs", "\n# {nonce}\n"),
            RELEASE,
            for_real=plain,
        ),
        row("rel/ re-runs the release", add("rel/env.sh.eex", "# {nonce}\n"), RELEASE | PACKAGES),
        row(
            "JavaScript re-runs assets and compiles no Elixir",
            append(f"{web}assets/js/app.js", '\nconsole.log("{nonce}");\n'),
            ASSETS,
            for_real=plain,
        ),
        row(
            "npm packages re-run assets and compile no Elixir",
            append(f"{web}assets/package-lock.json", "\n"),
            ASSETS,
        ),
        row(
            "a template without Tailwind re-runs the app and no assets",
            append(template, "<%!-- {nonce} --%>\n"),
            APP,
            given=add(template, "<p/>\n"),
        ),
        row(
            "a template with Tailwind re-runs assets too",
            append(template, "<%!-- {nonce} --%>\n"),
            APP | ASSETS,
            given=all_of(
                add(template, "<p/>\n"),
                replace(
                    f"{web}assets/package.json", '"esbuild":', '"tailwindcss": "4.1.0", "esbuild":'
                ),
            ),
        ),
    )


TABLE: Final = tuple(row for app in APPS for row in rows(app))
