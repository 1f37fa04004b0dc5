"""The one starter of processes: runs a command to its end and stops it when we are stopped.

Commands are argument vectors; no shell reads them. Every child gets its own
process group, so that what it starts goes with it, and so that a Ctrl-C of the
terminal reaches it once, from us.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Final, Protocol

NOT_FOUND: Final = 127
"""Status of a command that does not exist, as a shell gives it."""
NOT_EXECUTABLE: Final = 126

_LINE_LIMIT: Final = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A command that ended. `status`: negative is a signal; `None`, that time ran out."""

    status: int | None
    output: str
    errors: str


class Processes(Protocol):
    """What the engine's modules need of the operating system."""

    def begun(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> AbstractContextManager[Callable[[], Finished]]:
        """Start it, and give what awaits its end as `run` does.

        For little output, which nobody reads before. Where the block ends first it is stopped.
        """
        ...

    def run(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Finished:
        """Run to the end, output captured. A missing command is status 127, as in a shell."""
        ...

    def stream(
        self,
        argv: Sequence[str],
        on_line: Callable[[str], None],
        *,
        environment: Mapping[str, str],
    ) -> int:
        """Run to the end, calling `on_line` for every line of both outputs; give the status.

        Whatever is raised meanwhile, in `on_line` or by Ctrl-C, stops the child and goes on.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class HostProcesses:
    """Processes of this machine. A child that must stop gets SIGINT, then TERM, then KILL."""

    grace_seconds: float = 5.0
    """Time between one signal and the next."""

    @contextmanager
    def begun(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Iterator[Callable[[], Finished]]:
        """Start it, and give what awaits its end."""
        child = _start(argv, environment, errors=subprocess.PIPE)
        if isinstance(child, Finished):
            never = child
            yield lambda: never
            return

        def end() -> Finished:
            try:
                with self._held(child):
                    output, errors = child.communicate(timeout=timeout_seconds)
            except subprocess.TimeoutExpired:
                problem = f"{argv[0]}: no end within {timeout_seconds} s"
                return Finished(status=None, output="", errors=problem)
            return Finished(status=child.returncode, output=_text(output), errors=_text(errors))

        try:
            yield end
        finally:
            if child.returncode is None:
                with self._held(child):
                    self._stop(child)

    def run(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Finished:
        """Run to the end, output captured."""
        with self.begun(argv, environment=environment, timeout_seconds=timeout_seconds) as end:
            return end()

    def stream(
        self,
        argv: Sequence[str],
        on_line: Callable[[str], None],
        *,
        environment: Mapping[str, str],
    ) -> int:
        """Run to the end, line by line."""
        child = _start(argv, environment, errors=subprocess.STDOUT)
        if isinstance(child, Finished):
            on_line(child.errors)
            return NOT_FOUND if child.status is None else child.status
        with self._held(child):
            for line in _lines(child.stdout):
                on_line(line)
            return child.wait()

    @contextmanager
    def _held(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._stop(child)
            raise
        finally:
            for pipe in (child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        """End the child and its group; another Ctrl-C meanwhile skips to the next signal."""
        interrupted = False
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                _signal_group(child, number)
                # Reading on: a child whose last words fill the pipe would never end.
                child.communicate(timeout=self.grace_seconds)
                break
            except subprocess.TimeoutExpired:
                continue
            except KeyboardInterrupt:
                interrupted = True
        # Whatever the child has started and left, or the child itself.
        _signal_group(child, signal.SIGKILL)
        child.wait()
        if interrupted:
            raise KeyboardInterrupt


def _start(
    argv: Sequence[str], environment: Mapping[str, str], *, errors: int
) -> subprocess.Popen[bytes] | Finished:
    """Start a command in a process group of its own; finished at once when it cannot be."""
    try:
        return subprocess.Popen(
            tuple(argv),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            process_group=0,
        )
    except FileNotFoundError:
        return Finished(status=NOT_FOUND, output="", errors=f"{argv[0]}: command not found")
    except PermissionError as err:
        return Finished(status=NOT_EXECUTABLE, output="", errors=f"{argv[0]}: {err.strerror}")


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def _lines(stream: IO[bytes] | None) -> Iterator[str]:
    while stream is not None and (line := stream.readline(_LINE_LIMIT)):
        yield _text(line).rstrip("\r\n")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")
