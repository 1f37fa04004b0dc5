"""What all tests share: golden files are compared, or written with `--refresh-goldens`."""

from __future__ import annotations

import pytest
from hypothesis import settings

ALPINE_FIGURES: pytest.StashKey[list[str]] = pytest.StashKey()
"""What the proof on Alpine measured, shown at the end of the run."""

# A machine that also builds images stalls now and then: that is no property of the code.
settings.register_profile("imagekit", deadline=None)
settings.load_profile("imagekit")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-goldens",
        action="store_true",
        help="write the expected output of golden cases anew instead of comparing it",
    )
    parser.addoption(
        "--require-engine",
        action="store_true",
        help="fail, instead of skipping, where no container engine answers",
    )
    parser.addoption(
        "--alpine-proof",
        action="store_true",
        help="build and boot the recipe alpine too; `make alpine-proof` makes what that takes",
    )
    parser.addoption(
        "--faults-table",
        metavar="FILE",
        help="write there what is said of each broken fixture, as a table in Markdown",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ALPINE_FIGURES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in sorted(terminalreporter.config.stash[ALPINE_FIGURES]):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def refresh_goldens(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--refresh-goldens"))
