"""The command line of a build."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.engine.request import (
    BuildRequest,
    BuildSecret,
    EnvironmentVariable,
    SecretText,
    build_command,
    fields,
    forgiving,
)

FOLDER = Path("/private")


def command(request: BuildRequest) -> tuple[str, ...]:
    return build_command(request, folder=FOLDER, metadata=FOLDER / "m.json", output="type=image")


def test_the_least_there_is_to_say() -> None:
    assert command(BuildRequest(context=Path("/project"), dockerfile="FROM scratch\n")) == (
        *("docker", "buildx", "build", "--progress", "rawjson"),
        *("--provenance=false", "--sbom=false", "--metadata-file", "/private/m.json"),
        *("--file", "/private/Dockerfile", "--output", "type=image", "/project"),
    )


def test_everything_there_is_to_say() -> None:
    request = BuildRequest(
        context=Path("/project"),
        dockerfile="",
        build_contexts={"b": "docker-image://x", "a": Path("/scripts")},
        platform="linux/arm64",
        target="deps",
        network="host",
        secrets=(
            BuildSecret(id="file", source=Path("/home/a,b/.npmrc")),
            BuildSecret(id="env", source=EnvironmentVariable(name="TOKEN")),
            BuildSecret(id="text", source=SecretText(text="hunter2")),
        ),
        ssh=("default",),
        cache_from=("type=local,src=/c",),
        cache_to=("type=local,dest=/c,mode=max",),
        no_cache=True,
        build_args={"B": "2", "A": "1"},
        labels={"l": "x=y"},
        builder="mine",
        source_date_epoch=7,
    )
    assert command(request)[11:-1] == (
        *("--output", "type=image"),
        *("--builder", "mine", "--platform", "linux/arm64", "--target", "deps"),
        *("--network", "host", "--no-cache"),
        *("--build-arg", "A=1", "--build-arg", "B=2", "--build-arg", "SOURCE_DATE_EPOCH=7"),
        *("--label", "l=x=y"),
        *("--build-context", "a=/scripts", "--build-context", "b=docker-image://x"),
        *("--secret", 'id=file,"src=/home/a,b/.npmrc"'),
        *("--secret", "id=env,env=TOKEN"),
        *("--secret", "id=text,src=/private/secret-2"),
        *("--ssh", "default"),
        *("--cache-from", "type=local,src=/c"),
        *("--cache-to", "type=local,dest=/c,mode=max,ignore-error=true"),
    )


def test_no_secret_is_on_the_command_line_or_shown() -> None:
    secret = BuildSecret(id="a", source=SecretText(text="hunter2"))
    request = BuildRequest(context=Path("/p"), dockerfile="", secrets=(secret,))
    assert "hunter2" not in " ".join(command(request))
    assert "hunter2" not in repr(request)


def test_a_context_named_as_a_flag_or_address_is_a_folder() -> None:
    last = command(BuildRequest(context=Path("--push"), dockerfile=""))[-1]
    assert Path(last).is_absolute()


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,4}", fullmatch=True), st.text()), min_size=1))
def test_fields_are_read_back_as_written(pairs: list[tuple[str, str]]) -> None:
    (line,) = csv.reader(io.StringIO(fields(*pairs), newline=""), strict=True)
    assert line == [f"{key}={value}" for key, value in pairs]


def test_a_proxy_is_named_on_the_command_line_and_its_value_is_not(tmp_path: Path) -> None:
    request = BuildRequest(
        context=tmp_path, dockerfile="", proxies={"HTTP_PROXY": "http://me:pa55word@proxy:3128"}
    )
    command = build_command(request, folder=tmp_path, metadata=tmp_path / "m", output="type=image")
    assert "HTTP_PROXY" in command
    assert not [word for word in command if "pa55word" in word]
    assert "pa55word" not in repr(request)


FORGIVEN = {
    "registry.example.internal/a:b": "type=registry,ref=registry.example.internal/a:b,"
    "ignore-error=true",
    "type=local,dest=/c": "type=local,dest=/c,ignore-error=true",
    "type=inline": "type=inline",
    "type=gha,ignore-error=false": "type=gha,ignore-error=false",
}


@pytest.mark.parametrize(("written", "asked"), FORGIVEN.items())
def test_a_cache_that_cannot_be_written_fails_nothing_unless_it_says_so(
    written: str, asked: str
) -> None:
    assert forgiving(written) == asked
