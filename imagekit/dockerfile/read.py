"""From the parts of an instruction to its node: one function each.

Source of the rules: moby/buildkit, frontend/dockerfile/instructions/parse.go.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from typing import Final

from imagekit.dockerfile import nodes
from imagekit.dockerfile.head import Head, Refusal
from imagekit.dockerfile.nodes import Instruction
from imagekit.dockerfile.parts import ExecForm, Flag, Heredoc, Mount, Pair, ShellForm
from imagekit.dockerfile.words import Word, unquoted
from imagekit.errors import closest

TakeHeredocs = Callable[[Head], tuple[Heredoc, ...]]
"""Takes the documents that a line announces from the lines that follow."""

_STAGE_NAME: Final = re.compile(r"[a-z][a-z0-9-_.]*")
_GAP: Final = re.compile(r"[\t\v\f\r ]+")
_SHOWN: Final = 30
_AS: Final = 3
"""Words of `FROM image AS name`."""
_SYNONYMS: Final = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly"}


def read_instruction(head: Head, take_heredocs: TakeHeredocs) -> Instruction:
    """Read one instruction.

    Raises:
        Refusal: BuildKit would refuse it too.
    """
    reader = _READERS.get(head.keyword)
    if reader is None:
        raise Refusal(_unknown(head.keyword), head.start)
    return reader(head, take_heredocs)


def _unknown(keyword: str) -> str:
    shown = keyword if len(keyword) <= _SHOWN else f"{keyword[:_SHOWN]}…"
    meant = closest(keyword, tuple(_READERS)) if shown == keyword else None
    return f"`{shown}` is no instruction" + (f"; perhaps you meant {meant}" if meant else "")


def _from(head: Head, _: TakeHeredocs) -> Instruction:
    words = head.plain()
    if len(words) == _AS and words[1].raw.lower() == "as":
        given = words[2]
        name = Word(given.raw, given.raw.lower(), given.span)
        if not _STAGE_NAME.fullmatch(name.value):
            message = f"`{given.raw[:_SHOWN]}` cannot be the name of a stage"
            raise Refusal(message, head.start)
        return nodes.FromNode(**head.fields, image=words[0], name=name)
    if len(words) != 1:
        message = "FROM is followed by an image, or by an image, AS and a name"
        raise Refusal(message, head.start)
    return nodes.FromNode(**head.fields, image=words[0])


def _run(head: Head, take_heredocs: TakeHeredocs) -> Instruction:
    form = head.form()
    if isinstance(form, ShellForm):
        head.heredocs = take_heredocs(head)
    mounts = tuple(_mount(flag) for flag in head.flags if flag.name == "mount")
    return nodes.RunNode(**head.fields, form=form, mounts=mounts)


def _mount(flag: Flag) -> Mount:
    try:
        fields = next(csv.reader([flag.value or ""], strict=True), [])
    except csv.Error:
        fields = (flag.value or "").split(",")
    found: list[tuple[str, str]] = []
    for field in fields:
        key, _, value = field.partition("=")
        key = key.strip().lower()
        found.append((_SYNONYMS.get(key, key), value))
    kind = next((value.lower() for key, value in found if key == "type"), "bind")
    return Mount(kind, tuple(each for each in found if each[0] != "type"), flag.span)


def _paths(head: Head, take_heredocs: TakeHeredocs) -> tuple[tuple[Word, ...], Word]:
    words = head.array()
    if words is None:
        head.heredocs = take_heredocs(head)
        documents = {heredoc.word for heredoc in head.heredocs}
        words = head.plain()
    else:
        documents = set()
    if len(words) < 2:  # noqa: PLR2004 - a source and a destination
        message = f"{head.keyword} needs a source and a destination"
        raise Refusal(message, head.start)
    if words[-1].span in documents:
        message = f"{head.keyword} cannot have a heredoc as its destination"
        raise Refusal(message, head.start)
    return tuple(word for word in words[:-1] if word.span not in documents), words[-1]


def _copy(head: Head, take_heredocs: TakeHeredocs) -> Instruction:
    sources, destination = _paths(head, take_heredocs)
    return nodes.CopyNode(**head.fields, sources=sources, destination=destination)


def _add(head: Head, take_heredocs: TakeHeredocs) -> Instruction:
    sources, destination = _paths(head, take_heredocs)
    return nodes.AddNode(**head.fields, sources=sources, destination=destination)


def _pairs(head: Head) -> tuple[tuple[Pair, ...], bool]:
    words = head.quoted()
    if not words:
        message = f"{head.keyword} needs a name and a value"
        raise Refusal(message, head.start)
    if "=" not in words[0].raw:
        gap = _GAP.search(head.line.text, head.at, head.end)
        if gap is None:
            message = f"{head.keyword} needs a name and a value"
            raise Refusal(message, head.start)
        span = head.line.span(gap.end(), head.end)
        raw = head.line.text[gap.end() : head.end]
        name = head.line.text[head.at : gap.start()]
        value = Word(raw, unquoted(raw, head.escape), span)
        return (Pair(name, value, head.line.span(head.at, head.end)),), True
    return tuple(_pair(head, word) for word in words), False


def _pair(head: Head, word: Word) -> Pair:
    name, equals, raw = word.raw.partition("=")
    if not equals:
        message = f"`{word.raw[:_SHOWN]}` has no `=`: {head.keyword} is followed by name=value"
        raise Refusal(message, head.start)
    if not name:
        message = f"{head.keyword} has a value without a name"
        raise Refusal(message, head.start)
    # A word's last characters are its value, whatever parts of the line it was joined from.
    value = Word(raw, unquoted(raw, head.escape), word.span._replace(start=_value_start(word)))
    return Pair(unquoted(name, head.escape), value, word.span)


def _value_start(word: Word) -> int:
    return min(word.span.start + word.raw.index("=") + 1, word.span.end)


def _env(head: Head, _: TakeHeredocs) -> Instruction:
    pairs, legacy = _pairs(head)
    return nodes.EnvNode(**head.fields, pairs=pairs, legacy=legacy)


def _label(head: Head, _: TakeHeredocs) -> Instruction:
    pairs, legacy = _pairs(head)
    return nodes.LabelNode(**head.fields, pairs=pairs, legacy=legacy)


def _arg(head: Head, _: TakeHeredocs) -> Instruction:
    words = head.quoted()
    if not words:
        message = "ARG needs a name"
        raise Refusal(message, head.start)
    pairs = tuple(
        _pair(head, word)
        if "=" in word.raw
        else Pair(unquoted(word.raw, head.escape), None, word.span)
        for word in words
    )
    return nodes.ArgNode(**head.fields, pairs=pairs)


def _cmd(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.CmdNode(**head.fields, form=head.form())


def _entrypoint(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.EntrypointNode(**head.fields, form=head.form())


def _healthcheck(head: Head, _: TakeHeredocs) -> Instruction:
    kind = head.rest.split(None, 1)[0].upper() if head.rest else ""
    rest = head.rest[len(kind) :]
    at = head.at + len(kind) + len(rest) - len(rest.lstrip())
    if kind == "NONE" and at >= head.end:
        return nodes.HealthcheckNode(**head.fields, form=None)
    if kind != "CMD" or at >= head.end:
        message = "HEALTHCHECK is followed by NONE, or by CMD and a command"
        raise Refusal(message, head.start)
    return nodes.HealthcheckNode(**head.fields, form=head.form(at))


def _shell(head: Head, _: TakeHeredocs) -> Instruction:
    form = head.form()
    if not isinstance(form, ExecForm) or not form.words:
        message = 'SHELL is followed by a JSON array: ["/bin/sh", "-c"]'
        raise Refusal(message, head.start)
    return nodes.ShellNode(**head.fields, form=form)


def _expose(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.ExposeNode(**head.fields, ports=_some(head, head.plain()))


def _volume(head: Head, _: TakeHeredocs) -> Instruction:
    words = head.array()
    return nodes.VolumeNode(
        **head.fields, paths=_some(head, head.plain() if words is None else words)
    )


def _some(head: Head, words: tuple[Word, ...]) -> tuple[Word, ...]:
    if not words:
        message = f"{head.keyword} needs an argument"
        raise Refusal(message, head.start)
    return words


def _user(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.UserNode(**head.fields, user=head.whole())


def _workdir(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.WorkdirNode(**head.fields, path=head.whole())


def _stop_signal(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.StopSignalNode(**head.fields, signal=head.whole())


def _maintainer(head: Head, _: TakeHeredocs) -> Instruction:
    return nodes.MaintainerNode(**head.fields, name=head.whole())


def _onbuild(head: Head, take_heredocs: TakeHeredocs) -> Instruction:
    if not head.rest:
        message = "ONBUILD is followed by an instruction"
        raise Refusal(message, head.start)
    inner = Head.cut(head.line, head.at, head.escape, head.comments)
    if inner.keyword in ("ONBUILD", "FROM", "MAINTAINER"):
        message = f"ONBUILD cannot be followed by {inner.keyword}"
        raise Refusal(message, inner.start)
    node = read_instruction(inner, take_heredocs)
    head.heredocs = inner.heredocs
    return nodes.OnbuildNode(**head.fields, inner=node)


_READERS: Final[Mapping[str, Callable[[Head, TakeHeredocs], Instruction]]] = {
    "ADD": _add,
    "ARG": _arg,
    "CMD": _cmd,
    "COPY": _copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "FROM": _from,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _onbuild,
    "RUN": _run,
    "SHELL": _shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
