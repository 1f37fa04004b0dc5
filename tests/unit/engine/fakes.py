"""Stand-ins for what the engine's modules reach: the SDK's client and processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from docker.errors import APIError, ImageNotFound, NotFound

from imagekit.engine.client import Engine, _read_info
from imagekit.engine.endpoint import Endpoint
from imagekit.engine.process import Finished

ANSWERS = Path(__file__).parents[3] / "fixtures" / "engine" / "answers"


def answer(engine: str, name: str) -> str:
    return (ANSWERS / engine / name).read_text(encoding="utf-8")


def api_error(status: int, message: str) -> APIError:
    response = requests.Response()
    response.status_code = status
    kind = APIError
    if status == 404:
        kind = ImageNotFound if "No such image" in message else NotFound
    return kind("refused", response=response, explanation=message)


class FakeApi:
    """An `APIClient` whose methods answer from a table: a value, an exception or a function."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.calls.append((name, arguments, options))
            found = self.answers[name]
            if isinstance(found, BaseException):
                raise found
            return found(*arguments, **options) if callable(found) else found

        return call

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [arguments for method, arguments, _ in self.calls if method == name]


@dataclass
class FakeProcesses:
    """Processes whose ends are known: by the first words of the command that match."""

    ends: Mapping[tuple[str, ...], Finished | Callable[[Sequence[str]], Finished]]
    commands: list[tuple[str, ...]] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list)
    limits: list[float | None] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Finished:
        self.commands.append(tuple(argv))
        self.environments.append(environment)
        self.limits.append(timeout_seconds)
        for words, end in self.ends.items():
            if tuple(argv[: len(words)]) == words:
                return end(argv) if callable(end) else end
        raise AssertionError(f"nobody expected {argv}")

    @contextmanager
    def begun(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float | None = None,
    ) -> Iterator[Callable[[], Finished]]:
        end = self.run(argv, environment=environment, timeout_seconds=timeout_seconds)
        yield lambda: end

    def stream(
        self,
        argv: Sequence[str],
        on_line: Callable[[str], None],
        *,
        environment: Mapping[str, str],
    ) -> int:
        end = self.run(argv, environment=environment)
        for line in end.output.splitlines():
            on_line(line)
        return -1 if end.status is None else end.status


def finished(output: str = "", *, status: int | None = 0, errors: str = "") -> Finished:
    return Finished(status=status, output=output, errors=errors)


def buildx(kind: str = "docker-26-containerd") -> dict[tuple[str, ...], Finished]:
    return {
        ("docker", "buildx", "version"): finished(answer(kind, "buildx-version.txt")),
        ("docker", "buildx", "inspect"): finished(answer(kind, "buildx-inspect.txt")),
    }


def engine(
    api: object = None,
    *,
    kind: str = "docker-26-containerd",
    processes: FakeProcesses | None = None,
    host: str = "unix:///var/run/docker.sock",
    environment: Mapping[str, str] | None = None,
    **info: Any,
) -> Engine:
    recorded = _read_info(
        json.loads(answer(kind, "version.json")), json.loads(answer(kind, "info.json"))
    )
    return Engine(
        endpoint=Endpoint(host=host),
        info=replace(recorded, **info),
        environment=environment or {},
        processes=processes or FakeProcesses({}),
        api=api or FakeApi(),
    )


def chunks(data: bytes, size: int = 1000) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
