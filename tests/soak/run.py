"""`make soak`: many verifications in a row, some of them ended at a random moment.

    python -m tests.soak.run IMAGE [--runs 200] [--seed 1]

Prints one line a run, and what was left by whom. Exits 1 when a run failed that nobody
ended, or when something of a finished run is left.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from imagekit.engine.client import Engine
from imagekit.engine.sweep import OWNER_LABEL

AT_ONCE = 2
LONGEST_SECONDS = 12.0
"""A run is ended within that time of its start; one that is done by then ended by itself."""
ENDS = (None, None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
"""How a run ends, each as likely as another: by itself, or by a signal."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run and what became of it."""

    pid: int
    sent: signal.Signals | None
    """The signal, when it was still running."""
    exit_code: int
    seconds: float
    left: tuple[str, ...]
    output: str

    @property
    def killed(self) -> bool:
        return self.sent is signal.SIGKILL

    @property
    def wrong(self) -> str | None:
        """What is wrong with how it ended."""
        if self.killed:
            return None
        # Before main and after it Python has the signal's default: nothing runs, nothing is left.
        wanted = {0} if self.sent is None else {0, 130, -self.sent}
        if self.exit_code not in wanted:
            return f"exit code {self.exit_code}"
        return f"left {', '.join(self.left)}" if self.left else None


def left_by(engine: Engine, pids: set[int]) -> tuple[str, ...]:
    """Give what the engine and the temporary folder still have of these processes."""
    wanted = {"label": OWNER_LABEL}
    found = [
        *engine.api.containers(all=True, filters=wanted),
        *engine.api.networks(filters=wanted),
        *(engine.api.volumes(filters=wanted).get("Volumes") or ()),
    ]
    owners = (each["Labels"][OWNER_LABEL] for each in found)
    folders = (path.name for path in Path(tempfile.gettempdir()).glob("imagekit-*"))
    return (
        *(owner for owner in owners if int(owner.split("/")[-2]) in pids),
        *(name for name in folders if name.split("-")[3:4] in [[str(pid)] for pid in pids]),
    )


def run(engine: Engine, image: str, ending: signal.Signals | None, after: float) -> Run:
    """Verify the image once; end it after so many seconds, if it is to be ended."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "imagekit", "verify", image, "--quick"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    sent: signal.Signals | None = None

    def end() -> None:
        nonlocal sent
        if ending is not None and process.poll() is None:
            sent = ending
            process.send_signal(ending)

    timer = threading.Timer(after, end)
    timer.start()
    output, _ = process.communicate(timeout=300)
    timer.cancel()
    return Run(
        pid=process.pid,
        sent=sent,
        exit_code=process.returncode,
        seconds=time.monotonic() - begun,
        left=left_by(engine, {process.pid}),
        output=output,
    )


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("image")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    engine = Engine.connect(os.environ)
    chance = random.Random(asked.seed)
    plan = [(chance.choice(ENDS), chance.uniform(0, LONGEST_SECONDS)) for _ in range(asked.runs)]
    done: list[Run] = []

    def one(planned: tuple[signal.Signals | None, float]) -> None:
        each = run(engine, asked.image, *planned)
        done.append(each)
        how = "by itself" if each.sent is None else each.sent.name
        problem = each.wrong or "ok"
        took = f"after {each.seconds:5.1f} s"
        sys.stdout.write(f"{len(done):4}  {how:<9} {took}  exit {each.exit_code:4}  {problem}\n")
        sys.stdout.flush()
        if each.wrong is not None:
            sys.stdout.write(each.output)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, plan))
    killed = {each.pid for each in done if each.killed}
    before = left_by(engine, killed)
    last = run(engine, asked.image, None, 0)
    after = left_by(engine, killed)
    wrong = [each for each in (*done, last) if each.wrong is not None]
    ends = Counter("by itself" if each.sent is None else each.sent.name for each in done)
    sys.stdout.write(
        f"{len(done)} runs: {', '.join(f'{n} {how}' for how, n in sorted(ends.items()))}\n"
    )
    sys.stdout.write(
        f"left by killed runs: {len(before)} before a further run, {len(after)} after it\n"
    )
    sys.stdout.write(f"{len(wrong)} went wrong\n")
    return 1 if wrong or after else 0


if __name__ == "__main__":
    sys.exit(main())
