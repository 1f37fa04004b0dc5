"""The command line: one file a verb, loaded only when that verb is called.

`imagekit --version` must answer at once, so nothing here imports more than click.
"""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from importlib import import_module
from types import FrameType
from typing import Final, NoReturn

import click

from imagekit import __version__
from imagekit.errors import ExitCode, ImagekitError

VERBS: Final = {
    "build": "Build the image, then verify it.",
    "detect": "Show what imagekit understood of the project.",
    "dockerfile": "Print the Dockerfile, write it, or check the written one.",
    "doctor": "Report engine, builder and storage, and what they lack.",
    "explain": "Show the page of an error, a check, a lint rule or a recipe.",
    "init": "Write a commented imagekit.toml.",
    "inspect": "Show an image's layers, their groups and sizes.",
    "lock": "Pin base images by digest in imagekit.lock.",
    "lint": "Find what is wrong in a project, Dockerfile or manifest.",
    "plan": "Show what will be built, and why.",
    "prove": "Try what imagekit.toml states about the cache.",
    "verify": "Verify an image, built by imagekit or not.",
    "why": "Show which stages will re-run, and the first input that changed.",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in VERBS:
            return None
        command = import_module(f"imagekit.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the verb that was meant when an unknown one was typed."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as err:
            from imagekit.errors import closest  # noqa: PLC0415

            meant = closest(args[0], tuple(VERBS))
            if meant is None:
                raise
            message = f"{err.message} Perhaps you meant `{meant}`."
            raise click.UsageError(message, ctx) from err

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="imagekit %(version)s")
def cli() -> None:
    """Small, layered, verified container images for Elixir and Phoenix projects."""


def run() -> None:
    """Entry point: run the command line and translate whatever ends it into an exit code."""
    sys.exit(main(sys.argv[1:]))


class Interrupted(KeyboardInterrupt):
    """What a signal raises.

    A class of our own, because CPython ends a process by SIGINT, whatever its exit code, once a
    `KeyboardInterrupt` itself went through the `exec` of a text, handled or not
    (`run_eval_code_obj` in Python/pythonrun.c): dataclasses are made by such, at every import.
    """


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a handler's
    raise Interrupted


def _end_orderly() -> None:
    """Let SIGTERM and SIGHUP end it as Ctrl-C does, with nothing left behind."""
    # A CI job that is cancelled sends SIGTERM, a terminal that is closed SIGHUP. What is ignored,
    # as by `nohup` or in a shell's background, is meant to be.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def main(arguments: list[str]) -> int:
    """Run one command and give its exit code; the one place where errors are shown."""
    _end_orderly()
    try:
        result = cli.main(args=arguments, prog_name="imagekit", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        # A terminal that was closed takes no more words.
        with suppress(OSError):
            click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as err:
        err.show()
        if "--json" in arguments:
            from imagekit.ui import usage_document  # noqa: PLC0415

            usage_document(err.format_message(), ExitCode.USAGE)
        return ExitCode.USAGE
    except ImagekitError as err:
        from imagekit.ui import show_error  # noqa: PLC0415

        show_error(err, as_json="--json" in arguments)
        return err.exit_code
    except SystemExit:
        # How click ends when the reader of stdout went away (`imagekit plan | head`): no error.
        return ExitCode.FINE
    except Exception as err:  # noqa: BLE001 - a defect of ours, told as one
        from imagekit.ui import show_defect  # noqa: PLC0415

        show_defect(err, as_json="--json" in arguments)
        return ExitCode.INTERNAL
    return result if isinstance(result, int) else ExitCode.FINE
