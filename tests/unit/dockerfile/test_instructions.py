"""What is no instruction cannot be made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import PurePosixPath as Path
from typing import get_args

import pytest

from imagekit import dockerfile
from imagekit.dockerfile import (
    Arg,
    BindMount,
    CacheMount,
    Cmd,
    Command,
    Copy,
    Dockerfile,
    Entrypoint,
    Env,
    Expose,
    From,
    Instruction,
    Label,
    Mount,
    Run,
    SecretMount,
    Stage,
    StopSignal,
    TmpfsMount,
    User,
    Workdir,
)
from imagekit.errors import ExitCode, InvalidReference, InvalidValue

A = Path("a")


def staged(*names: str | None, **uses: object) -> Dockerfile:
    """Give a file of stages with these names, the last of which uses a stage."""
    instructions: tuple[Instruction, ...] = ()
    if "copies" in uses:
        instructions = (Copy(sources=(A,), destination="a", from_stage=str(uses["copies"])),)
    if "mounts" in uses:
        mount = BindMount(target=A, from_stage=str(uses["mounts"]))
        instructions = (Run(commands=(Command(words=("x",)),), mounts=(mount,)),)
    stages = [Stage(base=From(image="scratch", name=name), instructions=()) for name in names]
    stages[-1] = Stage(base=stages[-1].base, instructions=instructions)
    return Dockerfile(stages=tuple(stages))


REFERENCES: dict[str, Callable[[], object]] = {
    "an image in upper case": lambda: From(image="Debian"),
    "an image with a variable": lambda: From(image="$BASE"),
    "a platform that is none": lambda: From(image="debian", platform="amd64"),
    "a platform of another variable": lambda: From(image="debian", platform="$HOME"),
    "a stage name in upper case": lambda: From(image="debian", name="Build"),
    "a stage name that is a number": lambda: From(image="debian", name="0"),
    "a stage name that is empty": lambda: From(image="debian", name=""),
    "a stage name of two lines": lambda: From(image="debian", name="a\n"),
    "a reserved stage name": lambda: From(image="debian", name="scratch"),
    "another reserved stage name": lambda: From(image="debian", name="context"),
    "a copy from no stage": lambda: staged("a", "b", copies="c"),
    "a copy from a stage by number": lambda: staged("a", "b", copies="0"),
    "a copy from the stage itself": lambda: staged("a", "b", copies="b"),
    "a mount of a later stage": lambda: staged("a", mounts="b"),
    "a stage name given twice": lambda: staged("a", "b", "a"),
}


@pytest.mark.parametrize("make", REFERENCES.values(), ids=REFERENCES.keys())
def test_a_wrong_reference_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidReference) as caught:
        make()
    assert caught.value.exit_code is ExitCode.USAGE


VALUES: dict[str, Callable[[], object]] = {
    "a variable with a dash": lambda: Env(values=(("A-B", ""),)),
    "a variable that begins with a digit": lambda: Env(values=(("1A", ""),)),
    "no variable": lambda: Env(values=()),
    "an argument with an assignment": lambda: Arg(name="A=1"),
    "a label with a blank": lambda: Label(values=(("a b", ""),)),
    "a label that ends with a dot": lambda: Label(values=(("a.", ""),)),
    "no label": lambda: Label(values=()),
    "a relative working directory": lambda: Workdir(path=A),
    "no source": lambda: Copy(sources=(), destination="a/"),
    "no destination": lambda: Copy(sources=(A,), destination=""),
    "several sources into a file": lambda: Copy(sources=(A, A), destination="a"),
    "a source outside": lambda: Copy(sources=(Path("a/../../b"),), destination="a"),
    "an owner with a blank": lambda: Copy(sources=(A,), destination="a", chown="a b"),
    "an owner that is a flag": lambda: Copy(sources=(A,), destination="a", chown="-x"),
    "a mode in letters": lambda: Copy(sources=(A,), destination="a", chmod="a+x"),
    "a mode out of range": lambda: Copy(sources=(A,), destination="a", chmod="17777"),
    "no words": lambda: Command(words=()),
    "an empty program": lambda: Command(words=("", "a")),
    "a variable of a command": lambda: Command(words=("a",), environment=(("A;B", ""),)),
    "no commands": lambda: Run(commands=()),
    "a cache without an id": lambda: CacheMount(id="", target=A),
    "a secret without an id": lambda: SecretMount(id=""),
    "a mount over the root": lambda: TmpfsMount(target=Path("/")),
    "a mount over the other root": lambda: BindMount(target=Path("//")),
    "port 0": lambda: Expose(port=0),
    "port 65536": lambda: Expose(port=65_536),
    "user -1": lambda: User(uid=-1, gid=0),
    "group 2**31": lambda: User(uid=0, gid=2**31),
    "a signal by number": lambda: StopSignal(signal="15"),
    "a signal without its prefix": lambda: StopSignal(signal="TERM"),
    "an empty entry point": lambda: Entrypoint(words=()),
    "an entry point without a program": lambda: Entrypoint(words=("",)),
    "an empty command": lambda: Cmd(words=()),
    "no stages": lambda: Dockerfile(stages=()),
}


@pytest.mark.parametrize("make", VALUES.values(), ids=VALUES.keys())
def test_a_wrong_value_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidValue) as caught:
        make()
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.problem


def test_what_is_right_is_made() -> None:
    From(image="debian:trixie-slim", name="a-b_c.1", platform="$BUILDPLATFORM")
    From(image="a-", platform="linux/arm/v7")
    Label(values=(("org.opencontainers.image.title", ""), ("a", "")))
    Copy(sources=(A,), destination="a", chown="nobody:0", chmod="755")
    Copy(sources=(A, Path("..a")), destination="/")
    Expose(port=1)
    User(uid=0, gid=2**31 - 1)
    StopSignal(signal="SIGRTMIN+3")
    staged("a", None, None, "b", copies="a")


@pytest.mark.parametrize("union", [Instruction, Mount])
def test_every_value_is_frozen_keyword_only_and_public(union: object) -> None:
    for kind in (*get_args(union), From, Stage, Dockerfile, Command):
        assert getattr(dockerfile, kind.__name__) is kind
        assert kind.__dataclass_params__.frozen
        assert kind.__doc__
        with pytest.raises(TypeError):
            kind("x")
    with pytest.raises(FrozenInstanceError):
        A_PORT.port = 2  # type: ignore[misc]


A_PORT = Expose(port=1)
