"""Nasty values through a real BuildKit, a real shell and a real file system, and back unchanged."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

import pytest

from imagekit.dockerfile import (
    Arg,
    BindMount,
    CacheMount,
    Cmd,
    Command,
    Copy,
    Dockerfile,
    Dockerignore,
    Entrypoint,
    Env,
    From,
    IgnorePath,
    IgnorePattern,
    Label,
    Run,
    SecretMount,
    Stage,
    Workdir,
    render,
    render_dockerignore,
)
from tests.unit.dockerfile.texts import NASTY

pytestmark = pytest.mark.engine

# File names; the system takes no longer ones.
NAMES = tuple(text for text in NASTY if "/" not in text and text not in {"", ".", ".."})
NAMES = tuple(name for name in NAMES if len(name) < 255)
ARGUMENT = '$HOME "it\'s" \\'
DIRECTORY = PurePosixPath("/work $x \"y\" 'z' é \\")
MOUNTED = PurePosixPath("a, 'b' \"c\" $d")
TARGET = PurePosixPath("/m, 'n' \"o\" $p\\q")
# Three ways for a text to reach a shell: as an argument, as `$0`, as a variable.
WRITE = (
    'printf %s "$1" >/out/$2 && printf %s "$0" >/out/$2.zero && printf %s "$V" >/out/$2.variable'
)
# A destination that is made of all of them.
DEEP = PurePosixPath("/deep", *NAMES)

PLACES: dict[str, Callable[[str], PurePosixPath]] = {
    "at the top": PurePosixPath,
    "in a folder": lambda name: PurePosixPath("plain", name),
    "in a folder of that name": lambda name: PurePosixPath(f"d{name}", name),
    "by an absolute path": lambda name: PurePosixPath("/", "plain", name),
}


def command(*words: str, **environment: str) -> Command:
    return Command(words=words, environment=tuple(environment.items()))


VALUES = Stage(
    comment="syntax=none/such",
    base=From(image="debian:trixie-slim", name="values"),
    instructions=(
        Arg(name="ARGUMENT", default=ARGUMENT),
        Env(values=tuple((f"V{number}", text) for number, text in enumerate(NASTY))),
        Label(values=tuple((f"v{number}", text) for number, text in enumerate(NASTY))),
        Workdir(path=DIRECTORY),
        Entrypoint(words=("/bin/sh", *NASTY)),
        Cmd(words=("x", *NASTY)),
    ),
)
WORDS = Stage(
    base=From(image="values", name="words"),
    instructions=(
        Arg(name="ARGUMENT", default=ARGUMENT),
        Run(
            commands=(
                command("mkdir", "/out"),
                command("sh", "-c", 'printf %s "$PWD" >/out/pwd'),
                command("sh", "-c", 'printf %s "$ARGUMENT" >/out/argument'),
                command("cp", str(TARGET), "/out/mounted"),
                *(
                    command("sh", "-c", WRITE, text, text, str(number), V=text)
                    for number, text in enumerate(NASTY)
                ),
            ),
            mounts=(
                BindMount(target=TARGET, source=MOUNTED),
                CacheMount(id="a, \"b\" 'c' $d \\", target=PurePosixPath("/c,\"d\" 'e'")),
                SecretMount(id="a, \"b\" 'c' $d"),
            ),
        ),
    ),
)
FILES = Stage(
    base=From(image="scratch"),
    instructions=(
        Copy(sources=(PurePosixPath("/out"),), destination="/out/", from_stage="words"),
        Copy(sources=(PurePosixPath("kept"),), destination="/kept/"),
        Copy(sources=(PurePosixPath("a"),), destination=str(DEEP), link=True),
        # Few layers: a build of one for each file takes minutes.
        *(
            Copy(sources=tuple(place(name) for name in NAMES), destination=f"/{at}/")
            for at, place in enumerate(PLACES.values())
        ),
    ),
)
DOCKERFILE = Dockerfile(comment="escape=`", stages=(VALUES, WORDS, FILES))
DOCKERIGNORE = Dockerignore(
    lines=(
        *(IgnorePath(path=PurePosixPath("kept", name)) for name in NAMES[::2]),
        IgnorePattern(pattern="kept/decoy-*"),
        *(
            IgnorePath(path=PurePosixPath("kept", f"decoy-{name}"), keep=True)
            for name in NAMES[::2]
        ),
    )
)


@dataclass(frozen=True, kw_only=True)
class Built:
    config: dict[str, Any]
    files: Path


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def write_context(root: Path) -> None:
    (root / "Dockerfile").write_text(render(DOCKERFILE), encoding="utf-8")
    (root / ".dockerignore").write_text(render_dockerignore(DOCKERIGNORE), encoding="utf-8")
    for name in NAMES:
        for path in (f"{name}", f"plain/{name}", f"d{name}/{name}", f"kept/{name}"):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text(path, encoding="utf-8")
        (root / f"kept/decoy-{name}").touch()
    # What a name would take along, or take instead, if it were a pattern or a variable.
    for decoy in ("axb", "a", "b", "arr0.txt", "xx", "id.js", "EOF", "plain/a", "plain/axb"):
        (root / decoy).write_text("decoy", encoding="utf-8")
    (root / str(MOUNTED)).write_text("mounted", encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    if shutil.which("docker") is None:
        pytest.skip("no docker command on this machine: run `make engine`")
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no engine answers `docker version`: run `make engine`")
    context, files = (tmp_path_factory.mktemp(name) for name in ("context", "files"))
    write_context(context)
    tag = f"imagekit-test-quoting:{uuid4().hex}"
    docker("buildx", "build", "--output", f"type=local,dest={files}", str(context))
    docker("buildx", "build", "--load", "--tag", tag, "--target", "values", str(context))
    try:
        (image,) = json.loads(docker("image", "inspect", tag))
    finally:
        docker("image", "rm", tag)
    return Built(config=image["Config"], files=files)


def test_variables_labels_and_arrays_are_exact(built: Built) -> None:
    environment = dict(entry.split("=", 1) for entry in built.config["Env"])
    assert [environment[f"V{number}"] for number in range(len(NASTY))] == list(NASTY)
    assert [built.config["Labels"][f"v{number}"] for number in range(len(NASTY))] == list(NASTY)
    assert built.config["Entrypoint"] == ["/bin/sh", *NASTY]
    assert built.config["Cmd"] == ["x", *NASTY]
    assert built.config["WorkingDir"] == str(DIRECTORY)


@pytest.mark.parametrize("way", ["", ".zero", ".variable"])
def test_words_reach_the_command_as_they_are(built: Built, way: str) -> None:
    out = built.files / "out"
    found = [(out / f"{number}{way}").read_text("utf-8") for number in range(len(NASTY))]
    assert found == list(NASTY)


def test_the_directory_the_argument_and_the_mount_are_what_was_meant(built: Built) -> None:
    out = built.files / "out"
    found = [(out / name).read_text("utf-8") for name in ("pwd", "argument", "mounted")]
    assert found == [str(DIRECTORY), ARGUMENT, "mounted"]


@pytest.mark.parametrize("at", range(len(PLACES)), ids=PLACES.keys())
def test_files_are_copied_by_their_names(built: Built, at: int) -> None:
    place = tuple(PLACES.values())[at]
    wanted = {name: str(place(name)).lstrip("/") for name in NAMES}
    found = {path.name: path.read_text("utf-8") for path in (built.files / str(at)).iterdir()}
    assert found == wanted


def test_a_destination_is_the_path_it_says(built: Built) -> None:
    assert (built.files / str(DEEP).lstrip("/")).read_text("utf-8") == "decoy"


def test_files_are_ignored_and_kept_by_their_names(built: Built) -> None:
    found = {path.name for path in (built.files / "kept").iterdir()}
    assert found == {*NAMES[1::2], *(f"decoy-{name}" for name in NAMES[::2])}
