"""From paths to subjects: kinds by name and content, projects, folders, settings around a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from imagekit.dockerfile.text import Text
from imagekit.errors import (
    NothingToLint,
    SourceSyntaxError,
    UnknownFileKind,
    UnreadableConfiguration,
    UnreadableDockerfile,
    UnreadableManifest,
)
from imagekit.lint.collect import Collector
from imagekit.lint.collected import Collected
from imagekit.lint.kinds import kind_of, read_target
from imagekit.lint.model import (
    ComposeFile,
    DockerfileFile,
    ElixirFile,
    ManifestFile,
    ProjectFiles,
    SettingsFile,
)

from .checking import MIX_EXS
from .test_goldens import load_policy, open_project

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Dockerfile", "dockerfile"),
        ("a/b/dockerfile", "dockerfile"),
        ("Dockerfile.web", "dockerfile"),
        ("web.Dockerfile", "dockerfile"),
        ("web.prod.dockerfile", "dockerfile"),
        ("web.containerfile", "dockerfile"),
        ("Dockerfile-prod", "dockerfile"),
        ("Dockerfile_prod", "dockerfile"),
        ("Dockerfile-otp-27.3", "dockerfile"),
        ("containerfile-web", "dockerfile"),
        ("Dockerfile-prod.yaml", "yaml"),
        ("Dockerfile-prod.dockerignore", None),
        ("dockerfile_parse.py", None),
        ("Dockerfiles", None),
        ("Dockerfile.eex", None),
        ("Dockerfile.md", None),
        ("mydockerfile", None),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.dockerignore", None),
        (".dockerignore", None),
        ("Dockerfile.yaml", "yaml"),
        ("compose.yaml", "compose"),
        ("docker-compose.prod.yml", "compose"),
        ("docker-compose-override.yml", "compose"),
        ("decompose.yaml", "yaml"),
        ("deploy/app.yml", "yaml"),
        ("deploy/kustomization.yaml", "kubernetes"),
        ("kustomization.yml", "kubernetes"),
        ("Kustomization", "kubernetes"),
        ("mix.exs", "elixir"),
        ("config/runtime.exs", "elixir"),
        ("imagekit.toml", "settings"),
        ("other.toml", None),
        ("README.md", None),
        ("", None),
    ],
)
def test_names_tell_kinds(name: str, kind: str | None) -> None:
    assert kind_of(PurePosixPath(name)) == kind


def target(name: str, content: str, **options: object) -> object:
    return read_target(Text(file=name, content=content), **options)  # type: ignore[arg-type]


def test_content_tells_what_yaml_is() -> None:
    assert isinstance(target("a.yaml", POD), ManifestFile)
    assert isinstance(target("a.yaml", "services: {web: {image: a}}"), ComposeFile)
    assert isinstance(target("compose.yaml", "services: {}"), ComposeFile)
    assert isinstance(target("x", "FROM a", kind="dockerfile"), DockerfileFile)
    assert isinstance(target("imagekit.toml", "port = 1"), SettingsFile)


@pytest.mark.parametrize("content", ["", "a: 1\n", "- a\n", "services: none\n", "kind: Pod\n"])
def test_other_yaml_is_of_no_kind(content: str) -> None:
    with pytest.raises(UnknownFileKind):
        target("values.yaml", content)


@pytest.mark.parametrize(
    ("path", "role", "environment"),
    [
        ("mix.exs", "mix", None),
        ("apps/web/mix.exs", "mix", None),
        ("config/config.exs", "config", None),
        ("config/dev.exs", "config", "dev"),
        ("config/prod.exs", "config", "prod"),
        ("config/runtime.exs", "runtime", None),
        ("rel/config.exs", "release", None),
        ("lib/shop.ex", "other", None),
    ],
)
def test_paths_tell_roles(path: str, role: str, environment: str | None) -> None:
    found = target(path, "import Config\n")
    assert isinstance(found, ElixirFile)
    assert (found.role, found.environment) == (role, environment)
    assert found.reaches_production is (environment != "dev")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def collect(*paths: str) -> Collected:
    collector = Collector(open_project=open_project, load_policy=load_policy)
    return collector.collect([Path(path) for path in paths])


def names(found: Collected) -> list[tuple[str, str]]:
    return [(type(each.target).__name__, each.text.file) for each in found.subjects]


def test_a_folder_gives_what_has_rules(folder: Path) -> None:
    write(
        folder,
        deploy__Dockerfile="FROM a\n",
        deploy__pod_dot_yaml=POD,
        deploy__values_dot_yaml="a: 1\n",
        deploy__chart__pod_dot_yaml="a: {{ x }}{{\n",
        deploy__node_modules__Dockerfile="FROM a\n",
        deploy___dot_hidden__Dockerfile="FROM a\n",
        deploy__x_dot_exs="1\n",
    )
    found = collect("deploy")
    assert names(found) == [
        ("DockerfileFile", "deploy/Dockerfile"),
        ("ManifestFile", "deploy/pod.yaml"),
    ]
    assert [each.split(":")[1].strip() for each in found.notes] == ["deploy/chart/pod.yaml"]


def test_a_folder_without_any_is_an_error(folder: Path) -> None:
    write(folder, docs__README_dot_md="")
    with pytest.raises(NothingToLint) as raised:
        collect("docs")
    assert raised.value.saw == ("README.md",)


def test_a_kustomization_needs_neither_version_nor_kind(folder: Path) -> None:
    write(folder, kustomization_dot_yaml="namespace: staging\nresources: [../base]\n")
    (subject,) = collect(".").subjects
    assert isinstance(subject.target, ManifestFile)
    assert [each.kind for each in subject.target.objects] == ["Kustomization"]


WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: nightly}
spec: {templates: [{name: a, container: {image: "a:1"}}]}
"""


def test_containers_at_a_place_that_is_not_known_are_noted(folder: Path) -> None:
    schema = "apiVersion: x/v1\nkind: Custom\nspec: {properties: {containers: {type: array}}}\n"
    write(folder, a__flow_dot_yaml=WORKFLOW, a__pod_dot_yaml=POD, a__schema_dot_yaml=schema)
    note = (
        "a/flow.yaml: the containers of Workflow nightly are not linted: where this kind keeps"
        " its pod is not known"
    )
    assert collect("a").notes == [note]
    assert collect("a/flow.yaml").notes == [note]


def test_a_project_gives_its_files_and_itself(folder: Path) -> None:
    write(
        folder,
        mix_dot_exs=MIX_EXS,
        config__config_dot_exs="import Config\n",
        config__runtime_dot_exs="import Config\n",
        lib__shop_dot_ex="defmodule Shop do\nend\n",
        imagekit_dot_toml="port = 4000\n",
        Dockerfile="FROM a\n",
    )
    found = collect(".")
    assert names(found) == [
        ("ElixirFile", "config/config.exs"),
        ("ElixirFile", "config/runtime.exs"),
        ("ElixirFile", "mix.exs"),
        ("ProjectFiles", "imagekit.toml"),
        ("SettingsFile", "imagekit.toml"),
        ("DockerfileFile", "Dockerfile"),
    ]
    assert found.notes == []
    assert sorted(found.paths) == [
        "Dockerfile",
        "config/config.exs",
        "config/runtime.exs",
        "imagekit.toml",
        "mix.exs",
    ]
    whole = next(each.target for each in found.subjects if isinstance(each.target, ProjectFiles))
    assert [each.source.file for each in whole.with_role("runtime")] == ["config/runtime.exs"]
    assert whole.file("mix.exs") is not None
    assert whole.has("lib/shop.ex")
    assert whole.anchor("nothing").file == "mix.exs"


def test_a_project_brings_what_is_beside_it_but_not_what_is_of_others(folder: Path) -> None:
    write(
        folder,
        mix_dot_exs=MIX_EXS,
        docker__web_dot_Dockerfile="FROM a\n",
        docker_compose_dot_yml="a: {{ x }}{{\n",
        compose_dot_yaml="services: {web: {image: a}}\n",
        deploy__pod_dot_yaml=POD,
        deploy__values_dot_yaml="a: 1\n",
        priv__broken_dot_yaml="a: b: c\n",
        config__imagekit_dot_toml="broken",
        test__fixtures__Dockerfile="FROM a\n",
        tests__Dockerfile="FROM a\n",
        assets__node_modules__x__Dockerfile="FROM a\n",
        deps__x__Dockerfile="FROM a\n",
        vendor__other__mix_dot_exs=MIX_EXS,
        vendor__other__Dockerfile="FROM a\n",
        vendor__other__deploy__pod_dot_yaml=POD,
    )
    found = collect(".")
    assert names(found)[2:] == [
        ("ComposeFile", "compose.yaml"),
        ("ManifestFile", "deploy/pod.yaml"),
        ("DockerfileFile", "docker/web.Dockerfile"),
    ]


def test_an_app_of_an_umbrella_is_no_other_project(folder: Path) -> None:
    umbrella = MIX_EXS.replace("app: :shop", 'apps_path: "apps"')
    write(folder, mix_dot_exs=umbrella, apps__shop__mix_dot_exs=MIX_EXS)
    write(folder, apps__shop__Dockerfile="FROM a\n", apps__notes__Dockerfile="FROM a\n")
    assert [name for kind, name in names(collect(".")) if kind == "DockerfileFile"] == [
        "apps/notes/Dockerfile",
        "apps/shop/Dockerfile",
    ]


COMPOSED = "# Composed by imagekit\nFROM a AS b\n"


@pytest.mark.parametrize(
    ("present", "linted", "note"),
    [
        (None, [True], []),
        (COMPOSED, [True], []),
        (
            f"{COMPOSED}USER 1\n",
            [False],
            ["Dockerfile differs from what imagekit composes: `imagekit dockerfile --check`"],
        ),
        (
            "FROM a\n",
            [False],
            ["Dockerfile is not imagekit's: it is linted in place of the composed one"],
        ),
    ],
)
def test_one_dockerfile_at_the_top_is_linted(
    folder: Path, present: str | None, linted: list[bool], note: list[str]
) -> None:
    write(folder, mix_dot_exs=MIX_EXS)
    if present is not None:
        write(folder, Dockerfile=present)
    found = Collector(
        open_project=lambda path: replace(open_project(path), dockerfile=COMPOSED),
        load_policy=load_policy,
    ).collect([Path()])
    dockerfiles = [
        each.target for each in found.subjects if isinstance(each.target, DockerfileFile)
    ]
    assert [each.composed for each in dockerfiles] == linted
    assert found.notes == note
    assert ("Dockerfile" in found.paths) is not linted[0]


def test_a_project_in_a_folder_below_is_named_so(folder: Path) -> None:
    write(folder, apps__shop__mix_dot_exs=MIX_EXS)
    found = collect("apps/shop")
    assert next(name for _, name in names(found)) == "apps/shop/mix.exs"
    whole = next(each.target for each in found.subjects if isinstance(each.target, ProjectFiles))
    assert whole.file("mix.exs") is not None


def test_a_file_has_the_settings_and_the_project_around_it(folder: Path) -> None:
    write(
        folder,
        mix_dot_exs=MIX_EXS,
        imagekit_dot_toml='[lint]\nseverity = { IK101 = "off" }\n',
        deploy__Dockerfile="FROM a\n",
    )
    (subject,) = collect("deploy/Dockerfile").subjects
    assert subject.policy.levels == {"IK101": "off"}
    assert isinstance(subject.target, DockerfileFile)
    assert subject.target.project is not None
    assert subject.target.project.name == "shop"


def test_what_is_above_a_repository_is_not_around_it(folder: Path) -> None:
    write(folder, imagekit_dot_toml="broken", mix_dot_exs=MIX_EXS, inner__Dockerfile="FROM a\n")
    (folder / "inner" / ".git").mkdir()
    (subject,) = collect("inner/Dockerfile").subjects
    assert subject.policy.levels == {}
    assert isinstance(subject.target, DockerfileFile)
    assert subject.target.project is None


def test_a_project_that_cannot_be_read_is_no_project(folder: Path) -> None:
    write(folder, mix_dot_exs="defmodule (", Dockerfile="FROM a\n")
    (subject,) = collect("Dockerfile").subjects
    assert isinstance(subject.target, DockerfileFile)
    assert subject.target.project is None


def test_each_file_that_cannot_be_read_is_an_error_and_the_others_are_linted(
    folder: Path,
) -> None:
    write(
        folder,
        Dockerfile="RUN\n",
        compose_dot_yaml="a: b: c\n",
        config__prod_dot_exs="x = (\n",
        notes_dot_txt="",
        web_dot_Dockerfile="FROM a\n",
    )
    (folder / "large.Dockerfile").write_bytes(b"#" * (9 * 1024 * 1024))
    (folder / "loop.Dockerfile").symlink_to("loop.Dockerfile")
    found = collect(
        "Dockerfile",
        "compose.yaml",
        "config/prod.exs",
        "notes.txt",
        "large.Dockerfile",
        "loop.Dockerfile",
        "web.Dockerfile",
        "web.Dockerfile",
    )
    assert [type(each) for each in found.unreadable] == [
        UnreadableDockerfile,
        UnreadableManifest,
        SourceSyntaxError,
        UnknownFileKind,
        UnknownFileKind,
        UnreadableConfiguration,
    ]
    assert names(found) == [("DockerfileFile", "web.Dockerfile")]
