"""No text in any field adds an instruction, a flag or a command, or reads back as another."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import PurePosixPath as Path

import pytest
from hypothesis import given

from imagekit.dockerfile import (
    Arg,
    CacheMount,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Instruction,
    Label,
    SecretMount,
    StopSignal,
)
from imagekit.errors import UnquotableValue

from .buildkit import Node
from .reading import REFUSED, mounted, option, read, run, surrounded
from .texts import CONTROLS, NASTY, any_text


def shell(at: int) -> Callable[[Node], str]:
    return lambda node: shlex.split(node.rest)[at]


def name_of(at: int) -> Callable[[Node], str]:
    return lambda node: shell(at)(node).removesuffix("=")


# What makes an instruction of a text, and how the text is read back from the instruction.
FIELDS: dict[str, tuple[Callable[[str], Instruction], Callable[[Node], str]]] = {
    "ENV name": (lambda text: Env(values=((text, "x"),)), lambda node: node.pairs[0][0]),
    "ENV value": (lambda text: Env(values=(("A", text), ("B", ""))), lambda node: node.pairs[0][1]),
    "LABEL name": (lambda text: Label(values=((text, "x"),)), lambda node: node.pairs[0][0]),
    "LABEL value": (lambda text: Label(values=(("a", text),)), lambda node: node.pairs[0][1]),
    "ARG name": (lambda text: Arg(name=text), lambda node: node.pairs[0][0]),
    "ARG default": (lambda text: Arg(name="A", default=text), lambda node: node.pairs[0][1]),
    "COPY destination": (
        lambda text: Copy(sources=(Path("a"),), destination=text),
        lambda node: node.paths[1],
    ),
    "COPY --chown": (
        lambda text: Copy(sources=(Path("a"),), destination="b", chown=text),
        lambda node: node.flags[0].removeprefix("--chown="),
    ),
    "COPY --chmod": (
        lambda text: Copy(sources=(Path("a"),), destination="b", chmod=text),
        lambda node: node.flags[0].removeprefix("--chmod="),
    ),
    "RUN command": (lambda text: run(text, "x"), shell(2)),
    "RUN argument": (lambda text: run("x", text, "y"), shell(3)),
    "RUN value": (lambda text: run("x", A=text), lambda node: shell(2)(node).removeprefix("A=")),
    "RUN name": (lambda text: run("x", **{text: ""}), name_of(2)),
    "cache id": (lambda text: mounted(CacheMount(id=text, target=Path("/x"))), option("id")),
    "secret id": (lambda text: mounted(SecretMount(id=text)), option("id")),
    "ENTRYPOINT": (lambda text: Entrypoint(words=(text, "x")), lambda node: (node.array or [])[0]),
    "CMD": (lambda text: Cmd(words=("x", text)), lambda node: (node.array or [])[1]),
    "STOPSIGNAL": (lambda text: StopSignal(signal=text), lambda node: node.rest),
}  # fmt: skip


@pytest.mark.parametrize(("make", "read_back"), FIELDS.values(), ids=FIELDS.keys())
@given(text=any_text)
def test_a_text_is_read_back_or_refused(
    make: Callable[[str], Instruction], read_back: Callable[[Node], str], text: str
) -> None:
    try:
        file = surrounded(make(text))
        _, nodes = read(file)
    except REFUSED:
        return
    assert read_back(nodes[3]) == text


ANY_TEXT_AT_ALL = (
    *("ENV value", "LABEL value", "ARG default", "COPY destination"),
    *("RUN command", "RUN argument", "RUN value", "ENTRYPOINT", "CMD"),
)


NEVER_EMPTY = {"COPY destination", "RUN command", "ENTRYPOINT"}


@pytest.mark.parametrize("field", ANY_TEXT_AT_ALL)
def test_free_text_is_never_refused(field: str) -> None:
    make, read_back = FIELDS[field]
    texts = [text for text in NASTY if text != "" or field not in NEVER_EMPTY]
    assert [read_back(read(surrounded(make(text)))[1][3]) for text in texts] == texts


@pytest.mark.parametrize("field", ANY_TEXT_AT_ALL)
def test_a_control_character_is_always_refused(field: str) -> None:
    make, _ = FIELDS[field]
    for control in CONTROLS:
        with pytest.raises(UnquotableValue) as caught:
            read(surrounded(make(f"a{control}b")))
        assert caught.value.value == f"a{control}b"
