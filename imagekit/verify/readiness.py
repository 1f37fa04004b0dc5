"""When a container is ready: pure rules over one look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, assert_never

from imagekit.engine.container import ContainerState
from imagekit.plan.runtime import AliveReadiness, HttpReadiness, LogReadiness, RpcReadiness
from imagekit.settings.schema.verify import AnswerSettings
from imagekit.verify import wording
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, NoAnswer, Rpc

OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_PAUSES: Final = ((2.0, 0.025), (10.0, 0.05))
_LONGEST_PAUSE: Final = 0.25
_SLACK: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen at one moment of the wait."""

    state: ContainerState
    age: float
    """Seconds since the container's start."""
    answer: Answer | None = None
    """The last answer so far."""
    silence: NoAnswer | None = None
    """Why this moment's request got none."""
    output: str = ""
    rpc: Rpc | None = None
    """What the release's `rpc` led to, where it was asked."""


def is_ready(look: Look, expected: Expectation) -> bool:
    """Tell whether a look shows a ready container."""
    readiness = expected.ready.value
    match readiness:
        case HttpReadiness():
            if look.answer is None or look.silence is not None:
                return False
            return look.state.running and is_wanted(look.answer, expected.answer)
        case LogReadiness():
            return look.state.running and says(look.output, readiness)
        case RpcReadiness():
            return look.state.running and look.rpc is not None and look.rpc.code == 0
        case AliveReadiness(seconds=seconds):
            return look.state.running and look.age >= seconds
        case _:
            assert_never(readiness)


def says(output: str, wanted: LogReadiness) -> bool:
    """Tell whether an output has the text, or a line that the regular expression matches in."""
    if not wanted.regex:
        return wanted.text in output
    pattern = re.compile(wanted.text)
    return any(pattern.search(line) for line in output.splitlines())


def rpc_program(expression: str) -> str:
    """Give what `rpc` evaluates: it raises when the expression gives nil or false."""
    # On lines of their own: an expression may end with a comment.
    return (
        f"case (\n{expression}\n) do\n"
        'no when no in [nil, false] -> raise "it gave #{inspect(no)}"\n'
        "_ -> :ok\nend"
    )


def is_wanted(answer: Answer, wanted: AnswerSettings) -> bool:
    """Tell whether an answer is as `[verify.answer]` wants it."""
    return answer.status in wanted.status and not any(unlike(answer, wanted))


def unlike(answer: Answer, wanted: AnswerSettings) -> Iterator[str]:
    """Say what of headers and body is not as `[verify.answer]` wants it."""
    for name, text in sorted(wanted.headers.items()):
        values = [value for each, value in answer.headers if each == name.lower()]
        if not values:
            yield f"the header {name} is missing"
        elif not any(text in value for value in values):
            yield f"the header {name} is {wording.line(values[0], 80)!r}, without {text!r}"
    if wanted.body is not None and wanted.body not in answer.body:
        yield f"the body has no {wanted.body!r}; it begins: {wording.line(answer.body, 120)}"


def statuses(wanted: AnswerSettings) -> str:
    """Name the statuses that will do: `200`, `200 or 204`."""
    return " or ".join(map(str, wanted.status))


def redirect(answer: Answer) -> str | None:
    """Give where an answer redirects to."""
    return answer.header("location") if answer.status in _REDIRECTS else None


def forces_https(answer: Answer) -> bool:
    """Tell whether the app wants TLS, as a default Phoenix does behind its proxy."""
    return (redirect(answer) or "").lower().startswith("https://")


def poll_pause(age: float) -> float:
    """Say how long to wait until the next look: short at first, when a boot is most likely done."""
    return next((pause for until, pause in _PAUSES if age < until), _LONGEST_PAUSE)


def patience(expected: Expectation) -> float:
    """Say how long to wait: the budget, but longer than the life that is asked for."""
    ready = expected.ready.value
    least = ready.seconds + _SLACK if isinstance(ready, AliveReadiness) else 0.0
    return max(expected.budget.boot, least)


def awaited(expected: Expectation) -> str:
    """Say what counts as ready, as a clause: `GET / on port 4000 answers 200`."""
    match expected.ready.value:
        case HttpReadiness(path=path):
            port = "" if expected.port is None else f" on port {expected.port.value}"
            more = expected.answer.headers or expected.answer.body
            like = ", with the headers and body of [verify.answer]" if more else ""
            return f"GET {path}{port} answers {statuses(expected.answer)}{like}"
        case LogReadiness(text=text, regex=regex):
            how = "matches" if regex else "says"
            return f"its output {how} {quoted(text)}"
        case RpcReadiness(expression=expression):
            return f"`rpc` succeeds with {quoted(expression)}"
        case AliveReadiness(seconds=seconds):
            return f"it has lived for {wording.seconds(seconds)}"
        case _:
            assert_never(expected.ready.value)


def quoted(text: str) -> str:
    """Show what was asked for, as it was written: an expression is full of backslashes."""
    return f"'{wording.line(text, 80)}'"
