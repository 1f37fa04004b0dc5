"""Projects as values: small ones to begin with, changed by keyword."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Final

from imagekit.project.model import (
    App,
    ConfigFile,
    ConfigTime,
    Dependency,
    EnvironmentVariable,
    MixAssets,
    NpmAssets,
    Project,
    Release,
    Versions,
)
from imagekit.recipe.load import load_recipe
from imagekit.recipe.schema import Recipe
from imagekit.resolved import Maybe, Resolved, Unknown
from imagekit.settings.load import Settings, load

NOT_SAID: Final = Unknown(reason="nothing says", source="mix.exs")


def settings(text: str = "", **flags: Any) -> Settings:
    """Settings of an `imagekit.toml` and of flags."""
    return load(text, {}, flags)


def recipe(name: str = "debian") -> Recipe:
    """A shipped recipe."""
    return load_recipe(name, Path())


def said(value: str, source: str = "mix.exs") -> Resolved[str]:
    return Resolved(value=value, source=source)


def app(name: str = "shop", path: str = ".", **changes: Any) -> App:
    values = {
        "name": name,
        "path": PurePosixPath(path),
        "version": said("1.2.3"),
        "elixir": said("~> 1.15"),
    }
    return App(**{**values, **changes})


def release(name: str = "shop", *applications: str, **changes: Any) -> Release:
    values: dict[str, Any] = {
        "name": name,
        "applications": applications or (name,),
        "include_erts": Resolved(value=True, source="default"),
        "source": "mix.exs",
    }
    return Release(**{**values, **changes})


def dependency(name: str, scm: str = "hex", **changes: Any) -> Dependency:
    values: dict[str, Any] = {
        "name": name,
        "scm": scm,
        "version": said("1.0.0", "mix.lock"),
        "requirement": "~> 1.0",
        "environments": None,
        "direct": True,
        "native": (),
        "path": None,
        "source": "mix.exs",
    }
    return Dependency(**{**values, **changes})


def npm_assets(directory: str = "assets", app: str = "shop", **changes: Any) -> NpmAssets:
    folder = PurePosixPath(directory)
    values: dict[str, Any] = {
        "directory": folder,
        "app": app,
        "lock_file": folder / "package-lock.json",
        "script": said("deploy"),
        "output": folder.parent / "priv/static",
        "dependencies_used": ("phoenix",),
        "source": "package.json",
    }
    return NpmAssets(**{**values, **changes})


def mix_assets(app: str = "shop", path: str = ".", **changes: Any) -> MixAssets:
    values: dict[str, Any] = {
        "app": app,
        "path": PurePosixPath(path),
        "tools": ("esbuild", "tailwind"),
        "task": "assets.deploy",
        "steps": ("tailwind shop --minify", "esbuild shop --minify", "phx.digest"),
        "inputs": (PurePosixPath(path) / "assets",),
        "source": "mix.exs",
    }
    return MixAssets(**{**values, **changes})


def variable(name: str, *, required: bool = False) -> EnvironmentVariable:
    return EnvironmentVariable(
        name=name, required=required, default=None, source="config/runtime.exs"
    )


def config(*names: str, runtime: Iterable[str] = ("config/runtime.exs",)) -> tuple[ConfigFile, ...]:
    compile_time = tuple(
        ConfigFile(path=PurePosixPath(name), time=ConfigTime.COMPILE) for name in names
    )
    return compile_time + tuple(
        ConfigFile(path=PurePosixPath(name), time=ConfigTime.RUNTIME) for name in runtime
    )


def paths(text: str) -> tuple[PurePosixPath, ...]:
    """Paths of a text with one a word, sorted as a tree gives them."""
    return tuple(sorted(PurePosixPath(word) for word in text.split()))


def versions(elixir: str = "", otp: str = "", node: str = "") -> Versions:
    def maybe(text: str) -> Maybe[str]:
        return said(text, ".tool-versions") if text else NOT_SAID

    return Versions(elixir=maybe(elixir), otp=maybe(otp), node=maybe(node))


def project(**changes: Any) -> Project:
    """A plain app with one Hex dependency, no Phoenix, no assets."""
    values: dict[str, Any] = {
        "name": "shop",
        "shape": "app",
        "apps": (app(),),
        "releases": (release(),),
        "release_tool": "mix",
        "dependencies": (dependency("jason"),),
        "config": config("config/config.exs", "config/dev.exs", "config/prod.exs"),
        "environment": (),
        "assets": (),
        "versions": versions(),
        "digest_task": NOT_SAID,
        "phoenix": False,
        "has_lock": True,
        "ignored": (),
        "paths": paths(PLAIN),
    }
    return Project(**{**values, **changes})


def phoenix_app(**changes: Any) -> Project:
    """A plain Phoenix app whose assets npm builds."""
    values: dict[str, Any] = {
        "phoenix": True,
        "dependencies": (dependency("phoenix"), dependency("jason")),
        "environment": (variable("PHX_SERVER"), variable("SECRET_KEY_BASE", required=True)),
        "assets": (npm_assets(),),
        "digest_task": said("phx.digest"),
        "paths": paths(PLAIN + PHOENIX),
    }
    return project(**{**values, **changes})


def umbrella(**changes: Any) -> Project:
    """Three apps, two releases, a path dependency beside them, npm assets in one child."""
    values: dict[str, Any] = {
        "name": "mall_umbrella",
        "shape": "umbrella",
        "apps": tuple(app(name, f"apps/{name}") for name in ("core", "jobs", "web")),
        "releases": (
            release("jobs_release", "core", "jobs"),
            release("web_release", "core", "web"),
        ),
        "dependencies": (
            dependency("core", "umbrella", path=PurePosixPath("apps/core")),
            dependency("jason"),
            dependency("phoenix"),
            dependency("money", "path", path=PurePosixPath("libs/money")),
        ),
        "assets": (npm_assets("apps/web/assets", "web"),),
        "digest_task": said("phx.digest"),
        "paths": paths(UMBRELLA),
    }
    return project(**{**values, **changes})


PLAIN: Final = """
    .env .env.prod .formatter.exs .github/workflows/ci.yml .gitignore .npmrc .tool-versions
    Dockerfile README.md mix.exs mix.lock imagekit.toml
    config/config.exs config/dev.exs config/prod.exs config/runtime.exs config/test.exs
    lib/shop.ex lib/shop/application.ex priv/repo/migrations/1_init.exs
    rel/env.sh.eex rel/overlays/bin/migrate test/shop_test.exs test/test_helper.exs
"""
PHOENIX: Final = """
    assets/.npmrc assets/css/app.css assets/js/app.js assets/node_modules/x/index.js
    assets/package-lock.json assets/package.json priv/static/favicon.ico
    priv/static/assets/app.js priv/static/cache_manifest.json
"""
UMBRELLA: Final = """
    README.md mix.exs mix.lock
    config/config.exs config/dev.exs config/prod.exs config/runtime.exs
    apps/core/mix.exs apps/core/lib/core.ex apps/core/test/core_test.exs apps/core/README.md
    apps/jobs/mix.exs apps/jobs/lib/jobs.ex
    apps/web/mix.exs apps/web/lib/web.ex apps/web/.env apps/web/priv/static/favicon.ico
    apps/web/assets/package.json apps/web/assets/package-lock.json apps/web/assets/js/app.js
    libs/money/mix.exs libs/money/lib/money.ex libs/money/test/money_test.exs
    rel/vm.args.eex
"""
