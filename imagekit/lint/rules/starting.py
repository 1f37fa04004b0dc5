"""Whether a shell stays in front of what a container runs; the rules on starting share it."""

from __future__ import annotations

import json
from typing import Final

from imagekit.dockerfile.commands import SHELLS, Command
from imagekit.dockerfile.nodes import CmdNode, EntrypointNode
from imagekit.dockerfile.parts import ExecForm, Form
from imagekit.dockerfile.shell import parse_script
from imagekit.lint.model import Edit, Fix

_BUILTIN: Final = frozenset(
    {".", ":", "cd", "eval", "exec", "exit", "export", "set", "source", "trap", "ulimit", "umask"}
)
_EXPANDED: Final = frozenset("*?[~")


def started_by(entry: Form | None, given: Form | None) -> ExecForm | None:
    """Give what an entry point starts with the command that is passed to it, both in exec form.

    Docker passes nothing to an entry point in shell form, and a shell to one in exec form when the
    command has shell form.
    """
    if not isinstance(entry, ExecForm) or not isinstance(given, ExecForm):
        return None
    return ExecForm(words=(*entry.words, *given.words), span=given.span)


def commands_of(form: Form | None) -> tuple[Command, ...]:
    """Give the commands with which a container starts, those of `sh -c` included."""
    if form is None:
        return ()
    if not isinstance(form, ExecForm):
        return form.script.commands
    script = script_of(form.values)
    if script is not None:
        span = form.words[script].span
        return parse_script(form.values[script], lambda _start, _end: span).commands
    if not form.words:
        return ()
    return (Command(words=form.words, assignments=(), redirects=(), span=form.span, operator=""),)


def script_of(words: tuple[str, ...]) -> int | None:
    """Give at which word a script stands that the first word, a shell, is told to run."""
    if len(words) < 3 or words[0].rsplit("/", 1)[-1] not in SHELLS:  # noqa: PLR2004
        return None
    at = next((at for at, word in enumerate(words[1:], 1) if not word.startswith("-")), None)
    told = any("c" in word for word in words[1:at] if not word.startswith("--"))
    return at if told else None


def steps_aside(commands: tuple[Command, ...]) -> bool:
    """Tell whether the shell gives its place to the last command, as `exec` does."""
    outer = [command for command in commands if command.depth == 0 and command.words]
    return not outer or outer[-1].words[0].value == "exec"


def exec_form(node: CmdNode | EntrypointNode) -> Fix | None:
    """Give the fix that writes the exec form, where that plainly means the same."""
    if isinstance(node.form, ExecForm):
        return None
    commands = node.form.script.commands
    if len(commands) != 1:
        return None
    (command,) = commands
    is_plain = (
        not command.assignments
        and not command.redirects
        and command.span == node.form.span
        and command.words[0].value not in _BUILTIN
        and all(word.is_literal and not _EXPANDED & set(word.raw) for word in command.words)
    )
    if not is_plain or node.heredocs or node.comments:
        return None
    words = json.dumps(list(command.values), ensure_ascii=False)
    return Fix(title="Write the exec form", edits=(Edit(node.form.span, words),))
