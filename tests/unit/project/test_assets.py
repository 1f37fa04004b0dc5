"""Asset pipelines: by Node, by Mix, or by both."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from imagekit.errors import ProjectNotSupported
from imagekit.project.model import MixAssets, NpmAssets
from imagekit.resolved import Resolved, Unknown
from tests.unit.project.trees import mix_exs, paths, read

PHOENIX = '{:phoenix, "~> 1.8"}, {:phoenix_live_view, "~> 1.0"}'
DEPLOY = 'defp aliases, do: ["assets.deploy": ["tailwind shop", "esbuild shop", "phx.digest"]]'


def package(*, output: bool = False, **content: object) -> str:
    build = {"scripts": {"deploy": "build --outdir=../priv/static"}} if output else {}
    return json.dumps(build | content)


def test_a_project_without_assets_has_none() -> None:
    assert read().assets == ()


def test_assets_of_an_app_are_built_by_npm() -> None:
    project = read(
        {
            "assets/package.json": package(
                scripts={"deploy": "webpack", "build": "x"},
                dependencies={"phoenix": "file:../deps/phoenix", "lit": "^3"},
                devDependencies={"shared": "file:../deps/shared_ui", "own": "file:../vendor/own"},
            ),
            "assets/package-lock.json": "{}",
            "lib/a.ex": "",
        },
        deps=PHOENIX,
    )
    assert project.assets == (
        NpmAssets(
            directory=PurePosixPath("assets"),
            app="shop",
            lock_file=PurePosixPath("assets/package-lock.json"),
            script=Resolved(value="deploy", source="assets/package.json scripts.deploy"),
            output=PurePosixPath("priv/static"),
            dependencies_used=("phoenix", "phoenix_live_view", "shared_ui"),
            reads=paths("vendor/own"),
            source="assets/package.json",
        ),
    )
    assert project.digest_task == Resolved(value="phx.digest", source="mix.exs:14")
    assert project.phoenix


def npm(files: dict[str, str], **keywords: str) -> NpmAssets:
    (assets,) = read(files, **keywords).assets
    assert isinstance(assets, NpmAssets)
    return assets


def test_build_is_the_script_where_there_is_no_deploy() -> None:
    assets = npm({"assets/package.json": package(scripts={"build": "vite build"})})
    assert isinstance(assets.script, Resolved)
    assert assets.script.value == "build"


def test_another_script_is_not_guessed() -> None:
    assets = npm({"assets/package.json": package(scripts={"watch": "w", "production": "p"})})
    assert assets.script == Unknown(
        reason="no script `deploy` or `build`: it has production, watch",
        source="assets/package.json",
    )


@pytest.mark.parametrize(
    ("files", "manager", "lock_file"),
    [
        ({"assets/package-lock.json": "{}"}, "npm", "assets/package-lock.json"),
        ({"assets/npm-shrinkwrap.json": "{}"}, "npm", "assets/npm-shrinkwrap.json"),
        ({"assets/yarn.lock": ""}, "yarn", None),
        ({"assets/pnpm-lock.yaml": ""}, "pnpm", None),
        ({"assets/bun.lock": ""}, "bun", None),
        (
            {"assets/yarn.lock": "", "assets/package-lock.json": "{}"},
            "npm",
            "assets/package-lock.json",
        ),
        ({"assets/package.json": package(packageManager="pnpm@9.1.0")}, "pnpm", None),
        ({"assets/package.json": package(packageManager="other@1")}, "npm", None),
        ({}, "npm", None),
    ],
)
def test_the_package_manager_is_that_of_the_lock_file(
    files: dict[str, str], manager: str, lock_file: str | None
) -> None:
    assets = npm({"assets/package.json": package()} | files)
    assert assets.manager == manager
    assert assets.lock_file == (None if lock_file is None else PurePosixPath(lock_file))


def test_configuration_beside_it_may_take_files_from_dependencies() -> None:
    files = {
        "assets/package.json": package(devDependencies={"tailwindcss": "^3"}),
        "assets/tailwind.config.js": 'content: ["../deps/petal/lib/**/*.ex", "../deps/gone/a.js"]',
        "assets/css/app.css": '@import "../../deps/salad_ui/assets/app.css";',
        "assets/js/app.ts": 'import {Chart} from "../../deps/chart_live/assets/chart"',
        "lib/shop_web/a.ex": "",
    }
    names = ("petal", "salad_ui", "chart_live", "unused")
    assets = npm(files, deps=", ".join(f'{{:{name}, "~> 1.0"}}' for name in names))
    assert assets.dependencies_used == ("chart_live", "petal", "salad_ui")
    assert assets.reads == paths("lib")


def test_assets_elsewhere_have_to_name_where_they_are_served_from() -> None:
    project = read(
        {
            "frontend/package.json": package(scripts={"build": "vite build"}),
            "frontend/vite.config.ts": 'outDir: "../priv/static/app"',
            "website/package.json": package(scripts={"build": "docusaurus build"}),
            "package.json": package(devDependencies={"prettier": "^3"}),
            "priv/static/package.json": package(output=True),
            "test/fixtures/package.json": package(output=True),
        }
    )
    assert [(each.source, each.app) for each in project.assets] == [
        ("frontend/package.json", "shop")
    ]
    assert [each.source for each in project.unknowns] == ["website/package.json"]


def test_a_package_json_at_the_root_may_build() -> None:
    assert npm({"package.json": package(output=True)}).directory == PurePosixPath()


UMBRELLA = {
    "mix.exs": mix_exs('apps_path: "apps"', app=""),
    "apps/web/mix.exs": mix_exs(app="web", deps=PHOENIX),
    "apps/admin/mix.exs": mix_exs(app="admin", deps='{:jason, "~> 1.0"}'),
}


def test_several_children_may_have_assets() -> None:
    project = read(
        UMBRELLA
        | {
            "apps/web/assets/package.json": package(output=True),
            "apps/admin/assets/package.json": package(output=True),
        }
    )
    assert [
        (each.app, str(each.output)) for each in project.assets if isinstance(each, NpmAssets)
    ] == [
        ("admin", "apps/admin/priv/static"),
        ("web", "apps/web/priv/static"),
    ]


@pytest.mark.parametrize(
    ("config", "app"),
    [
        ('outDir: "../apps/admin/priv/static"', "admin"),
        ('outDir: process.env.OUT + "priv/static"', "web"),
    ],
)
def test_assets_of_an_umbrella_belong_to_the_child_they_name_or_that_serves(
    config: str, app: str
) -> None:
    files = {
        "frontend/package.json": package(scripts={"build": "vite"}),
        "frontend/vite.config.js": config,
    }
    assert npm(UMBRELLA | files).app == app


def test_assets_that_could_be_anybodys_are_nobodys() -> None:
    files = {
        "frontend/package.json": package(output=True),
        "apps/admin/mix.exs": mix_exs(app="admin", deps=PHOENIX),
    }
    project = read(UMBRELLA | files)
    assert project.assets == ()
    assert [each.source for each in project.unknowns] == ["frontend/package.json"]


def test_a_library_with_a_package_json_is_not_ours_to_build() -> None:
    project = read(
        {
            "vendor/ui/mix.exs": mix_exs(app="ui"),
            "vendor/ui/assets/package.json": package(output=True),
        },
        deps='{:ui, path: "vendor/ui"}',
    )
    assert project.assets == ()


def test_assets_may_be_built_by_mix() -> None:
    project = read(
        {"assets/js/app.js": ""},
        project="aliases: aliases()",
        deps=f'{PHOENIX}, {{:esbuild, "~> 0.10", runtime: false}}, {{:tailwind, "~> 0.5"}}',
        body=DEPLOY,
    )
    assert project.assets == (
        MixAssets(
            app="shop",
            path=PurePosixPath(),
            tools=("esbuild", "tailwind"),
            task="assets.deploy",
            steps=("tailwind shop", "esbuild shop", "phx.digest"),
            inputs=paths("assets"),
            source="mix.exs:17",
        ),
    )


def test_npm_packages_may_be_bundled_by_mix() -> None:
    project = read(
        {"assets/package.json": package(dependencies={"topbar": "^3"})},
        project="aliases: aliases()",
        deps='{:esbuild, "~> 0.10"}',
        body=DEPLOY,
    )
    by_mix, by_npm = project.assets
    assert isinstance(by_mix, MixAssets)
    assert isinstance(by_npm, NpmAssets)
    assert isinstance(by_npm.script, Unknown)


@pytest.mark.parametrize("body", ["", "defp aliases, do: Shop.aliases()"])
def test_a_bundler_without_an_alias_is_told(body: str) -> None:
    project = read(project="aliases: aliases()", deps='{:dart_sass, "~> 0.7"}', body=body)
    assert project.assets == ()
    assert [each.source for each in project.unknowns] == ["mix.exs:14"]


def test_a_bundler_for_development_builds_nothing() -> None:
    project = read(
        project="aliases: aliases()", deps='{:esbuild, "~> 0.8", only: :dev}', body=DEPLOY
    )
    assert (project.assets, project.unknowns) == ((), ())


def test_a_bundler_of_the_umbrella_is_for_the_child_that_serves() -> None:
    root = mix_exs(
        'apps_path: "apps", aliases: aliases()', app="", deps='{:esbuild, "~> 0.8"}', body=DEPLOY
    )
    (assets,) = read(UMBRELLA | {"mix.exs": root}).assets
    assert isinstance(assets, MixAssets)
    assert (assets.app, assets.path, assets.inputs) == ("web", PurePosixPath(), ())


def test_a_package_json_of_another_shape_is_read() -> None:
    read({"assets/package.json": '{"scripts": 1, "dependencies": []}'})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"scripts": {"deploy": "x"}\n', "expecting ',' delimiter in line 2, column 1"),
        ("[]", "it is no object"),
        ("", "expecting value in line 1, column 1"),
        ('"\udcff"', "it is no object"),
        (r'{"scripts": {"\ud800": "x"}}', "it holds what no text holds, or is nested without end"),
        ("[" * 100_000, "it holds what no text holds, or is nested without end"),
    ],
)
def test_a_package_json_that_is_none_builds_no_image_without_assets(
    text: str, problem: str
) -> None:
    with pytest.raises(ProjectNotSupported) as raised:
        read({"assets/package.json": text})
    assert raised.value.what == f"assets/package.json: npm would not read it: {problem}."


@pytest.mark.parametrize("folder", ["priv/templates/assets", "test/fixtures/assets", "website"])
def test_elsewhere_a_package_json_may_be_a_template(folder: str) -> None:
    assert read({f"{folder}/package.json": "<%= nothing %>"}).assets == ()
