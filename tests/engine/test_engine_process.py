"""Real processes: what ends them, and what they leave. No engine is needed."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from imagekit.engine.process import NOT_EXECUTABLE, NOT_FOUND, HostProcesses

PYTHON = (sys.executable, "-S", "-c")
ENVIRONMENT = {"PATH": os.environ["PATH"]}
processes = HostProcesses(grace_seconds=0.5)


def stream(code: str, on_line: Callable[[str], None]) -> int:
    return processes.stream((*PYTHON, code), on_line, environment=ENVIRONMENT)


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # A grandchild that nobody has waited for yet is dead, too.
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_command_that_ends() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    end = processes.run((*PYTHON, code), environment=ENVIRONMENT)
    assert (end.status, end.output, end.errors) == (3, "out\n", "err\n")


def test_its_environment_is_what_it_is_given() -> None:
    code = "import os; print(sorted(os.environ.items()))"
    end = processes.run((*PYTHON, code), environment={"A": "b"})
    assert "('A', 'b')" in end.output
    assert "PATH" not in end.output


def test_no_shell_reads_the_command() -> None:
    code = "import sys; print(sys.argv[1])"
    end = processes.run((*PYTHON, code, "$(id); `id` && x"), environment=ENVIRONMENT)
    assert end.output == "$(id); `id` && x\n"


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    end = processes.run(("no-such-command",), environment=ENVIRONMENT)
    assert (end.status, end.errors) == (NOT_FOUND, "no-such-command: command not found")
    lines: list[str] = []
    assert processes.stream(("no-such",), lines.append, environment=ENVIRONMENT) == NOT_FOUND
    assert lines == ["no-such: command not found"]
    (tmp_path / "plain").write_text("text")
    end = processes.run((str(tmp_path / "plain"),), environment=ENVIRONMENT)
    assert (end.status, end.errors) == (NOT_EXECUTABLE, f"{tmp_path}/plain: Permission denied")


def test_a_command_that_takes_too_long() -> None:
    begin = time.monotonic()
    code = "import time; time.sleep(60)"
    end = processes.run((*PYTHON, code), environment=ENVIRONMENT, timeout_seconds=0.2)
    assert end.status is None
    assert "no end within 0.2 s" in end.errors
    assert time.monotonic() - begin < 5


def test_a_command_that_was_begun_runs_before_anybody_awaits_its_end(tmp_path: Path) -> None:
    there = tmp_path / "there"
    code = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); print('out')"
    with processes.begun((*PYTHON, code, str(there)), environment=ENVIRONMENT) as end:
        while not there.exists():
            time.sleep(0.01)
        assert (end().status, end().output) == (0, "out\n")


def test_a_command_that_was_begun_and_is_not_awaited_is_stopped() -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    children = Path("/proc/self/task", str(threading.get_native_id()), "children")
    before = set(children.read_text().split())
    with processes.begun((*PYTHON, code), environment=ENVIRONMENT):
        (child,) = set(children.read_text().split()) - before
    assert gone(int(child))


def test_lines_come_as_they_are_written() -> None:
    lines: list[tuple[str, float]] = []
    code = "import sys, time\nfor n in 'äb': print(n, file=sys.stderr, flush=True); time.sleep(0.3)"
    status = stream(code, lambda line: lines.append((line, time.monotonic())))
    assert status == 0
    assert [line for line, _ in lines] == ["ä", "b"]
    assert lines[1][1] - lines[0][1] > 0.2


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, FileNotFoundError, ValueError])
def test_whatever_is_raised_stops_the_command(error: type[BaseException]) -> None:
    seen: list[int] = []

    def fail(line: str) -> None:
        seen.append(int(line))
        raise error

    with pytest.raises(error):
        stream("import os, time; print(os.getpid(), flush=True); time.sleep(60)", fail)
    assert gone(seen[0])


def test_sigint_comes_first_and_is_enough(tmp_path: Path) -> None:
    def interrupt_at_first(_line: str) -> None:
        raise KeyboardInterrupt

    code = """
import pathlib, sys, time
try:
    print(flush=True)
    time.sleep(60)
except KeyboardInterrupt: pathlib.Path(sys.argv[1]).write_text('cleaned up')
"""
    witness = tmp_path / "witness"
    argv = (*PYTHON, code, str(witness))
    with pytest.raises(KeyboardInterrupt):
        processes.stream(argv, interrupt_at_first, environment=ENVIRONMENT)
    assert witness.read_text() == "cleaned up"


def test_one_that_ignores_signals_is_killed_with_what_it_started() -> None:
    code = """
import os, signal, time
for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, signal.SIG_IGN)
child = os.fork()
if child: print(os.getpid(), child, flush=True)
time.sleep(60)
"""
    pids: list[int] = []

    def fail(line: str) -> None:
        pids.extend(map(int, line.split()))
        raise KeyboardInterrupt

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stream(code, fail)
    assert time.monotonic() - begin < 5
    assert [gone(pid) for pid in pids] == [True, True]


def test_one_that_writes_and_writes_when_stopped_ends() -> None:
    code = """
import os, signal, sys
def talk(*_): sys.stdout.write('x' * 10_000_000); sys.stdout.flush(); os._exit(0)
signal.signal(signal.SIGINT, talk)
print(os.getpid(), flush=True)
while True: signal.pause()
"""

    def fail(_line: str) -> None:
        raise KeyboardInterrupt

    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        stream(code, fail)
    assert time.monotonic() - begin < processes.grace_seconds


def test_a_real_ctrl_c() -> None:
    """The terminal's signal comes to us alone: the command has a process group of its own."""
    seen: list[int] = []

    def interrupt_soon(line: str) -> None:
        seen.append(int(line))
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        stream("import os, time; print(os.getpid(), flush=True); time.sleep(60)", interrupt_soon)
    assert gone(seen[0])
    assert os.getpgid(0) != seen[0]
