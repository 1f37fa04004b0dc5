"""A path is the path of one file: no pattern, no option, no address, whatever its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath as Path

import pytest
from hypothesis import example, given

from imagekit.dockerfile import (
    BindMount,
    CacheMount,
    Copy,
    Instruction,
    SecretMount,
    TmpfsMount,
    Workdir,
)

from .buildkit import Node, lex
from .patterns import names_file, passes_filter
from .reading import REFUSED, mounted, option, read, surrounded
from .texts import any_text, paths

# What makes an instruction of a path, and how the path is read back from the instruction.
PATHS: dict[str, tuple[Callable[[Path], Instruction], Callable[[Node], str]]] = {
    "WORKDIR": (lambda path: Workdir(path=path), lambda node: lex(node.rest)),
    "bind source": (
        lambda path: mounted(BindMount(target=Path("/x"), source=path)),
        option("source"),
    ),
    "bind target": (lambda path: mounted(BindMount(target=path)), option("target")),
    "cache target": (lambda path: mounted(CacheMount(id="x", target=path)), option("target")),
    "secret target": (lambda path: mounted(SecretMount(id="x", target=path)), option("target")),
    "tmpfs target": (lambda path: mounted(TmpfsMount(target=path)), option("target")),
}


@pytest.mark.parametrize(("make", "read_back"), PATHS.values(), ids=PATHS.keys())
@given(text=any_text)
def test_a_path_is_read_back_or_refused(
    make: Callable[[Path], Instruction], read_back: Callable[[Node], str], text: str
) -> None:
    path = Path("/", text)
    try:
        _, nodes = read(surrounded(make(path)))
    except REFUSED:
        return
    assert read_back(nodes[3]) == str(path)


@given(text=paths)
@example("a*b")
@example("[x]{2}")
@example("!x")
@example("git@host:x")
@example("git@host")
@example("<<EOF")
def test_a_copied_file_is_taken_by_its_name(text: str) -> None:
    path = Path(text)
    try:
        _, nodes = read(
            surrounded(Copy(sources=(Path("a"), path, Path("/", text)), destination="x/"))
        )
    except REFUSED:
        return
    first, relative, absolute, destination = nodes[3].paths
    assert (first, destination) == ("a", "x/")
    assert not re.match(r"(?!\./)([^/]*:|git@|.*\.git)", relative)
    for source in (relative, absolute):
        pattern = source.removeprefix("./").removeprefix("/")
        assert names_file(pattern, str(path))
        assert passes_filter(pattern, str(path))


@given(text=paths, other=paths)
@example("a*b", "axb")
@example("[ab]", "a")
@example("x?", "xx")
@example("a\\*b", "a*b")
@example("a|b]", "a")
@example("a]{2}", "a]]")
@example("^x", "x")
def test_and_no_other_file_is(text: str, other: str) -> None:
    path, decoy = str(Path(text)), str(Path(other))
    try:
        _, nodes = read(surrounded(Copy(sources=(Path(path),), destination="x")))
    except REFUSED:
        return
    pattern = nodes[3].paths[0].removeprefix("./")
    assert names_file(pattern, decoy) == (path == decoy)
    inside = path == decoy or decoy.startswith(f"{path}/")
    assert passes_filter(pattern, decoy) == inside
