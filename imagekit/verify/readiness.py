"""When a container is ready: pure rules over one look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from imagekit.engine.container import ContainerState
from imagekit.plan.model import AliveReadiness, HttpReadiness, LogReadiness, Readiness
from imagekit.verify import wording
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, NoAnswer

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


def is_ready(look: Look, readiness: Readiness) -> bool:
    """Tell whether a look shows a ready container."""
    match readiness:
        case HttpReadiness():
            if look.answer is None or look.silence is not None:
                return False
            return look.state.running and look.answer.status == OK
        case LogReadiness(text=text):
            return look.state.running and text in look.output
        case AliveReadiness(seconds=seconds):
            return look.state.running and look.age >= seconds
        case _:
            assert_never(readiness)


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
            return f"GET {path}{port} answers {OK}"
        case LogReadiness(text=text):
            return f"its output says {wording.line(text, 80)!r}"
        case AliveReadiness(seconds=seconds):
            return f"it has lived for {wording.seconds(seconds)}"
        case _:
            assert_never(expected.ready.value)
