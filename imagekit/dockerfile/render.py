"""From values to the text of a Dockerfile: the only place that writes one.

No `# syntax=` line and no heredoc: the text is for the front end built into
Docker 23 or newer, and for every other reader of Dockerfiles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final, assert_never

from imagekit.dockerfile import quote
from imagekit.dockerfile.instructions import (
    Arg,
    Cmd,
    Comment,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Instruction,
    Label,
    StopSignal,
    User,
    Workdir,
)
from imagekit.dockerfile.run import (
    BindMount,
    CacheMount,
    Command,
    Mount,
    Run,
    SecretMount,
    SshMount,
    TmpfsMount,
)
from imagekit.dockerfile.stages import Dockerfile, Stage
from imagekit.errors import UnquotableValue

_INDENT: Final = " " * 4
_NEXT_LINE: Final = f" \\\n{_INDENT}"
# BuildKit's scanner refuses longer ones (bufio.MaxScanTokenSize, with the line break).
_LONGEST_LINE: Final = 64 * 1024 - 1


def render(dockerfile: Dockerfile) -> str:
    """Write the file. Same value, same text.

    Raises:
        UnquotableValue: a value has characters that no instruction can carry, or
            is longer than a line may be.
    """
    blocks = [list(_comment(dockerfile.comment)), *(_stage(stage) for stage in dockerfile.stages)]
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    for line in text.splitlines():
        if len(line.encode()) >= _LONGEST_LINE:
            raise UnquotableValue(where="one line of the Dockerfile", value=line)
    return text


def _stage(stage: Stage) -> list[str]:
    lines = [*_comment(stage.comment), _from(stage.base)]
    before: From | Instruction = stage.base
    for instruction in stage.instructions:
        if isinstance(instruction, Comment) and not isinstance(before, From | Comment):
            lines.append("")
        lines.extend(_instruction(instruction))
        before = instruction
    return lines


def _from(base: From) -> str:
    platform = "" if base.platform is None else f"--platform={base.platform} "
    name = "" if base.name is None else f" AS {base.name}"
    return f"FROM {platform}{base.image}{name}"


def _instruction(instruction: Instruction) -> Iterator[str]:
    match instruction:
        case Arg():
            yield _arg(instruction)
        case Env(values=values):
            yield from _pairs("ENV", values)
        case Label(values=values):
            yield from _pairs("LABEL", values)
        case Workdir(path=path):
            yield f"WORKDIR {quote.dockerfile_word(str(path), where='WORKDIR')}"
        case Copy():
            yield _copy(instruction)
        case Run():
            yield from _run(instruction)
        case Expose(port=port):
            yield f"EXPOSE {port}"
        case User(uid=uid, gid=gid):
            yield f"USER {uid}:{gid}"
        case StopSignal(signal=signal):
            yield f"STOPSIGNAL {signal}"
        case Entrypoint(words=words):
            yield f"ENTRYPOINT {quote.exec_form(words, where='ENTRYPOINT')}"
        case Cmd(words=words):
            yield f"CMD {quote.exec_form(words, where='CMD')}"
        case Comment(text=text):
            yield from _comment(text)
        case _:
            assert_never(instruction)


def _comment(text: str) -> tuple[str, ...]:
    return quote.comment(text, where="a comment")


def _arg(arg: Arg) -> str:
    if arg.default is None:
        return f"ARG {arg.name}"
    return f"ARG {arg.name}={quote.dockerfile_word(arg.default, where=f'ARG {arg.name}')}"


def _pairs(keyword: str, values: Iterable[tuple[str, str]]) -> list[str]:
    words = [
        f"{name}={quote.dockerfile_word(value, where=f'{keyword} {name}')}"
        for name, value in values
    ]
    return _continued(keyword, words)


def _copy(copy: Copy) -> str:
    flags = (
        None if copy.from_stage is None else f"--from={copy.from_stage}",
        "--link" if copy.link else None,
        None if copy.chown is None else f"--chown={copy.chown}",
        None if copy.chmod is None else f"--chmod={copy.chmod}",
    )
    arguments = quote.copy_arguments(copy.sources, copy.destination)
    return " ".join(("COPY", *(flag for flag in flags if flag is not None), arguments))


def _run(run: Run) -> list[str]:
    mounts = [quote.mount(_options(mount)) for mount in run.mounts]
    *commands, last = [_command(command) for command in run.commands]
    return _continued("RUN", [*mounts, *(f"{command} &&" for command in commands), last])


def _options(mount: Mount) -> tuple[tuple[str, str], ...]:
    options: tuple[tuple[str, str | PurePosixPath | None], ...]
    match mount:
        case BindMount(target=target, from_stage=stage, source=source):
            options = (("type", "bind"), ("from", stage), ("source", source), ("target", target))
        case CacheMount(id=name, target=target, sharing=sharing):
            mode = None if sharing == "shared" else sharing
            options = (("type", "cache"), ("id", name), ("target", target), ("sharing", mode))
        case SecretMount(id=name, target=target):
            options = (("type", "secret"), ("id", name), ("target", target))
        case TmpfsMount(target=target):
            options = (("type", "tmpfs"), ("target", target))
        case SshMount():
            options = (("type", "ssh"),)
        case _:
            assert_never(mount)
    return tuple((key, str(value)) for key, value in options if value is not None)


def _command(command: Command) -> str:
    """Write one command, filled to the width; further lines are indented twice."""
    name, *arguments = command.words
    words = [
        *(
            f"{key}={quote.shell_word(value, where=f'RUN {key}')}"
            for key, value in command.environment
        ),
        quote.shell_command_name(name, where="RUN"),
        *(quote.shell_word(argument, where="RUN") for argument in arguments),
    ]
    lines = [words[0]]
    for word in words[1:]:
        if len(_INDENT) + len(lines[-1]) + len(word) + len("  && \\") > quote.WIDTH:
            lines.append(_INDENT + word)
        else:
            lines[-1] += f" {word}"
    return _NEXT_LINE.join(lines)


def _continued(keyword: str, parts: Iterable[str]) -> list[str]:
    return f"{keyword} {_NEXT_LINE.join(parts)}".split("\n")
