"""Starting: `--version` imports next to nothing, and a reader who leaves is no error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imagekit import __version__
from imagekit.errors import ExitCode

from .conftest import APPS, Run, environment

HEAVY = {"docker", "httpx", "pydantic", "requests", "rich", "tree_sitter", "semantic_version"}
VERIFYING = tuple(
    f"imagekit.verify.{name}"
    for name in ("run", "checks", "expectation", "structure", "services", "report.schema")
)
MODULES = """
import sys
from imagekit.cli.main import main
code = main({arguments!r})
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""

INTERRUPTED = """
import sys
from imagekit.cli import main
main.cli.main = lambda **_: exec({text!r})
sys.exit(main.main([]))
"""


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["biuld"]])
def test_nothing_heavy_is_imported_before_a_verb_is_called(
    python: Run, arguments: list[str]
) -> None:
    ended = python("-c", MODULES.format(arguments=arguments))
    imported = set(ended.err.split())
    assert "click" in imported
    assert not HEAVY & imported


def test_the_engines_client_is_imported_where_it_is_needed(python: Run) -> None:
    ended = python("-c", MODULES.format(arguments=["dockerfile", str(APPS / "worker")]))
    imported = set(ended.err.split())
    assert ended.code == 0
    assert "tree_sitter" in imported
    assert not {"docker", "httpx", "requests"} & imported


def test_a_build_waits_for_nothing_of_a_verification(python: Run, tmp_path: Path) -> None:
    arguments = ["build", str(APPS / "worker"), "--no-verify"]
    code = MODULES.format(arguments=arguments)
    ended = python("-c", code, DOCKER_HOST=f"unix://{tmp_path}/no.sock")
    imported = set(ended.err.split())
    assert ended.code == ExitCode.ENGINE
    assert "docker" in imported
    assert not {"asyncio", "httpx", "yaml", "websockets", "elftools"} & imported
    assert not {each for each in imported if each.startswith(VERIFYING)}


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_while_a_dataclass_is_made_has_the_exit_code_too(
    python: Run, tmp_path: Path, name: str
) -> None:
    text = f"import os, signal; os.kill(os.getpid(), signal.{name}); signal.pause()"
    # As a module, as `python -m imagekit` is: there CPython looks at what was unhandled.
    (tmp_path / "interrupted.py").write_text(INTERRUPTED.format(text=text), encoding="utf-8")
    ended = python("-m", "interrupted", cwd=tmp_path)
    assert (ended.code, ended.err) == (ExitCode.INTERRUPTED, "Interrupted.\n")


def test_the_version(imagekit: Run) -> None:
    ended = imagekit("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"imagekit {__version__}\n", "")


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    """As in `imagekit dockerfile | head -0`."""
    with subprocess.Popen(
        [sys.executable, "-m", "imagekit", "dockerfile", APPS / "worker"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        shown = process.stderr.read().decode()
        assert process.wait(timeout=60) == 0
    assert shown == ""


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_no_colour_where_nobody_sees_it(imagekit: Run, name: str) -> None:
    ended = imagekit("plan", "no/such/folder", **{name: "xterm-256color"})
    assert "\x1b" not in ended.out + ended.err
