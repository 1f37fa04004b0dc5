"""Render a file and read it back: every reader must find these instructions and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import PurePosixPath as Path

from dockerfile_parse import DockerfileParser

from imagekit.dockerfile import (
    CacheMount,
    Cmd,
    Command,
    Dockerfile,
    Env,
    Instruction,
    Mount,
    Run,
    render,
)
from imagekit.errors import InvalidReference, InvalidValue, UnquotableValue

from .buildkit import Node, parse
from .texts import dockerfile

REFUSED = (UnquotableValue, InvalidReference, InvalidValue)


def run(*words: str, **environment: str) -> Run:
    command = Command(words=words, environment=tuple(environment.items()))
    return Run(commands=(Command(words=("true",)), command, Command(words=("true",))))


def mounted(mount: Mount) -> Run:
    return Run(
        commands=(Command(words=("true",)),), mounts=(mount, CacheMount(id="i", target=Path("/i")))
    )


def surrounded(instruction: Instruction) -> Dockerfile:
    before = Env(values=(("FIRST", "1"),))
    return dockerfile(before, instruction, run("last"), Cmd(words=("end",)))


def option(key: str) -> Callable[[Node], str]:
    return lambda node: node.mounts[0][key]


def read(file: Dockerfile) -> tuple[str, list[Node]]:
    """Render the file, and check what every reader must find: these instructions, no others."""
    text = render(file)
    nodes = parse(text)
    written = [
        keyword
        for stage in file.stages
        for keyword in ("FROM", *(type(each).__name__.upper() for each in stage.instructions))
        if keyword != "COMMENT"
    ]
    assert [node.keyword for node in nodes] == written
    structure = DockerfileParser(fileobj=BytesIO(text.encode())).structure
    assert [
        part["instruction"] for part in structure if part["instruction"] != "COMMENT"
    ] == written
    for node in nodes:
        assert len(node.flags) <= (2 if node.keyword in {"RUN", "COPY"} else 0)
        if node.keyword == "RUN":
            check_shell(node)
    return text, nodes


def check_shell(node: Node) -> None:
    """Hold that outside of quotes there is nothing a shell acts upon but our own `&&`."""
    assert node.array is None
    assert "<<" not in node.rest
    outside = re.sub(r"'[^']*'|\"'\"", "Q", node.rest)
    assert re.fullmatch(r"[A-Za-z0-9_@%+=:,./ -]+", outside.replace(" && ", " "))
