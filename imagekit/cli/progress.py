"""What a running build shows on stderr: one line a stage, or every step with `--progress plain`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

from rich.text import Text

from imagekit.cli.build_cache import cache_note
from imagekit.engine.events import (
    BuildEvent,
    CacheFailed,
    Step,
    StepCached,
    StepFailed,
    StepFinished,
    StepOutput,
    StepStarted,
)
from imagekit.ui import talk

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

Style = Literal["auto", "plain", "tty", "quiet"]


class Progress(Protocol):
    """Shows a build while its context is entered."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def on_event(self, event: BuildEvent) -> None:
        """Show one event."""


def progress(style: Style) -> Progress:
    """Choose how to show a build; `auto` is live on a terminal and a line a stage elsewhere."""
    console = talk()
    if style == "quiet":
        return Quiet()
    if style == "plain":
        return EveryStep(console=console)
    live = style == "tty" or console.is_terminal
    return StageLines(console=console, live=live)


class Quiet:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def on_event(self, event: BuildEvent) -> None:
        """Show nothing."""


@dataclass(kw_only=True)
class EveryStep:
    """Every step and all of its output, for logs of CI."""

    console: Console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def on_event(self, event: BuildEvent) -> None:
        """Print the event as a line."""
        step = event.step
        name = f"[{step.stage} {step.number}/{step.count}]" if step.stage else "[builder]"
        match event:
            case StepStarted():
                self._print(f"{name} {step.text}")
            case StepCached():
                self._print(f"{name} {step.text}\n{name} CACHED")
            case StepFinished(seconds=seconds):
                self._print(f"{name} done {seconds:.1f}s")
            case StepOutput(lines=lines):
                for line in lines:
                    self._print(f"{name} | {line}")
            case StepFailed(problem=problem):
                self._print(f"{name} FAILED {problem}")
            case CacheFailed():
                self._print(f"note: {cache_note(event)}")

    def _print(self, text: str) -> None:
        self.console.print(Text(text))


@dataclass(kw_only=True)
class _Stage:
    started: float
    taken: float = 0.0
    ended: set[int] = field(default_factory=set)
    cached: bool = True
    count: int = 0
    doing: str = ""

    @property
    def state(self) -> str:
        """What its line says in the end."""
        return "cached" if self.cached else f"{self.taken:.1f} s"


@dataclass(kw_only=True)
class StageLines:
    """A line for each stage as it ends; on a terminal also what the running ones do."""

    console: Console
    live: bool
    stages: dict[str, _Stage] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    display: Live | None = None

    def __enter__(self) -> Self:
        if self.live:
            from rich.live import Live  # noqa: PLC0415

            self.display = Live(
                console=self.console,
                get_renderable=self._running,
                refresh_per_second=8,
                transient=True,
            )
            self.display.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.display is not None:
            self.display.stop()
        if error is None:
            # Builds that run at the same time share steps, and a shared one may never end here.
            for name, stage in self.stages.items():
                self._line(name, stage.state, "green")

    def on_event(self, event: BuildEvent) -> None:
        """Take note of the event, and print the stage's line when it was its last."""
        step = event.step
        if isinstance(event, CacheFailed):
            self.console.print(Text(f"  note: {cache_note(event)}"))
            return
        if step.stage is None:
            return
        stage = self.stages.setdefault(step.stage, _Stage(started=time.monotonic()))
        stage.count = max(stage.count, step.count)
        match event:
            case StepStarted():
                words = step.text.split()
                stage.doing = " ".join(word for word in words if not word.startswith("--mount="))
            case StepCached():
                self._end(step, stage)
            case StepFinished(seconds=seconds):
                # FROM is a step too, and resolving it is no work of the stage.
                if not step.text.startswith("FROM "):
                    stage.cached = False
                    stage.taken += seconds
                self._end(step, stage)
            case StepOutput(lines=lines):
                stage.doing = next((each for each in reversed(lines) if each.strip()), stage.doing)
            case StepFailed():
                self._line(step.stage, "failed", "red")

    def _end(self, step: Step, stage: _Stage) -> None:
        stage.ended.add(step.number)
        if step.stage is not None and stage.count in stage.ended:
            self._line(step.stage, stage.state, "green")

    def _line(self, name: str, state: str, style: str) -> None:
        if name not in self.shown:
            self.shown.add(name)
            self.console.print(Text.assemble(f"  {name:<12}", (state, style)))

    def _running(self) -> Text:
        now = time.monotonic()
        lines = [
            f"  {name:<12}{now - stage.started:5.1f} s  {stage.doing}"[: self.console.width - 1]
            for name, stage in self.stages.items()
            if name not in self.shown
        ]
        return Text("\n".join(lines), style="dim")
