"""Every fault is caught by its check, said in its sentence, and ends with 7; on real containers.

`--faults-table FILE` also writes what was said as a table, the broken projects included.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from tests.engine.conftest import APPS, Ran, left_by
from tests.engine.faults import CRYPTO, FAULTS, NIF, Fault, write_context
from tests.engine.test_fixture_apps import BROKEN

pytestmark = pytest.mark.engine

AT_ONCE = 3


def docker(*arguments: str | Path) -> str:
    command = ("docker", *map(str, arguments))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def variants(
    imagekit: Callable[..., Ran], names: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """One image is built; the others are that with a file changed."""
    base = names()
    ran = imagekit("build", APPS / "faults", "--recipe", "minimal", "--tag", base, "--no-verify")
    assert ran.exit_code == 0, ran.stderr
    context = tmp_path_factory.mktemp("faults")
    container = docker("create", base)
    try:
        for path in (NIF, CRYPTO):
            docker("cp", f"{container}:{path}", context / Path(path).name)
    finally:
        docker("rm", container)
    nif, crypto = ((context / Path(path).name).read_bytes() for path in (NIF, CRYPTO))
    write_context(context, base, nif, crypto)
    tags = {"base": base}
    for variant in sorted({each.variant for each in FAULTS.values()} - {"base"}):
        tags[variant] = names()
        docker("build", "--quiet", "--target", variant, "--tag", tags[variant], context)
    return tags


@pytest.fixture(scope="module")
def told(imagekit: Callable[..., Ran], variants: Mapping[str, str]) -> Mapping[str, Ran]:
    """What was said of each fault. The boots run side by side."""

    def run(fault: Fault) -> Ran:
        flags = [f"--env={name}={value}" for name, value in fault.given.items() if value]
        arguments = ("verify", variants[fault.variant], "--http", "/", "--quick", "--json", *flags)
        return imagekit(*arguments, environment={"IMAGEKIT_VERIFY_BUDGET_BOOT": fault.patience})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(FAULTS, pool.map(run, FAULTS.values()), strict=True))


@pytest.mark.parametrize(("name", "fault"), FAULTS.items(), ids=FAULTS.keys())
def test_a_fault_is_caught_and_said_in_one_sentence(
    told: Mapping[str, Ran], engine: Engine, name: str, fault: Fault
) -> None:
    ran = told[name]
    assert ran.exit_code == 7, ran.stderr
    checks = {each["id"]: each for each in ran.document["verification"]["checks"]}
    ready = checks["boot.ready"]
    assert ready["outcome"] == "failed"
    assert ready["detail"].startswith(fault.said)
    assert ran.failed_checks[0].startswith(f"{fault.caught_by}: ")
    assert left_by(engine, ran.pid) == []


def test_what_nothing_explains_shows_state_and_output(told: Mapping[str, Ran]) -> None:
    checks = told["an end that nothing explains"].document["verification"]["checks"]
    problems = next(each["problems"] for each in checks if each["id"] == "boot.ready")
    assert "The container is exited, exit code 3." in problems[1]
    assert problems[2] == "It wrote nothing to stdout or stderr."


def test_a_hang_shows_that_the_vm_waits(told: Mapping[str, Ran]) -> None:
    checks = told["a hang in code loading"].document["verification"]["checks"]
    problems = next(each["problems"] for each in checks if each["id"] == "boot.ready")
    assert "Its processes: beam.smp (sleeps), erl_child_setup (sleeps)." in problems[1]


def test_the_image_without_a_fault_is_good(
    imagekit: Callable[..., Ran], variants: Mapping[str, str]
) -> None:
    flags = ("--env=LEDGER_KEY=of-no-importance", "--env=PHX_SERVER=true", "--http=/", "--quick")
    ran = imagekit("verify", variants["base"], "--json", *flags)
    assert (ran.exit_code, ran.failed_checks) == (0, [])


BAKED = """[verify]
http = "/"
env = { LEDGER_KEY = { generate = 64 }, PHX_SERVER = "true" }
skip = ["boot.again", "boot.crash", "boot.limits", "boot.memory", "boot.port", "boot.user",
        "boot.dns", "commands.eval", "stop.boot"]
"""


def test_a_secret_of_the_build_is_told_from_the_one_that_is_given(
    imagekit: Callable[..., Ran], variants: Mapping[str, str], tmp_path: Path
) -> None:
    (tmp_path / "imagekit.toml").write_text(BAKED)
    ran = imagekit("verify", variants["base"], "--project", tmp_path, "--json")
    said = "the configuration of faults has a ledger_key that is in the image since it was built"
    assert (ran.exit_code, len(ran.failed_checks)) == (7, 1), ran.stderr
    assert ran.failed_checks[0].startswith(f"boot.secrets: {said}, and LEDGER_KEY is not used")


@pytest.fixture
def table(request: pytest.FixtureRequest) -> Path:
    path = request.config.getoption("--faults-table")
    if path is None:
        pytest.skip("written only with --faults-table FILE")
    return Path(str(path))


def test_the_table(told: Mapping[str, Ran], imagekit: Callable[..., Ran], table: Path) -> None:
    rows = [*_images(told), *_projects(imagekit)]
    head = ("| fixture | caught by | exit code | what was said |", "|---|---|---|---|")
    table.write_text("\n".join((*head, *rows)) + "\n")


def _images(told: Mapping[str, Ran]) -> Iterator[str]:
    for name, ran in told.items():
        failed = [check.partition(": ") for check in ran.failed_checks]
        ids = ", ".join(f"`{check}`" for check, _, _ in failed)
        said = next(detail for check, _, detail in failed if check == "boot.ready")
        yield f"| faults: {name} | {ids} | {ran.exit_code} | {said} |"


def _projects(imagekit: Callable[..., Ran]) -> Iterator[str]:
    for name, (_, page, _) in BROKEN.items():
        tag = f"imagekit.test/{uuid4().hex[:12]}:dev"
        ran = imagekit("build", APPS / "broken" / name, "--tag", tag, "--json")
        document = ran.document
        failed = ran.failed_checks
        if failed:
            ids = ", ".join(f"`{each.partition(': ')[0]}`" for each in failed)
            said = failed[0].partition(": ")[2]
        else:
            ids, said = f"error `{page}`", f"{document['error']['what']}"
        yield f"| broken/{name} | {ids} | {ran.exit_code} | {' '.join(said.split())} |"
