"""A third of the table, on the builder: what re-ran, and the oracle.

The oracle: the release that was built incrementally equals the release of a cold build made
the conventional way, in which dependencies see the project's files as they are.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from imagekit.eject import SCRIPTS
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.cache.edits import append
from tests.cache.rows import APPS, TABLE, Row
from tests.engine.conftest import APPS as FIXTURES
from tests.engine.conftest import Ran
from tests.engine.test_ejected import release

pytestmark = [pytest.mark.engine, pytest.mark.slow]

REAL = tuple(row for row in TABLE if row.for_real)
SCRIPTS_CONTEXT = f"--build-context=imagekit={SCRIPTS}"
"""As `imagekit build` gives it: a build without it has its own layers in the builder."""
COLD = "--no-cache-filter=manifest,fetch,deps,assets,app,release"

Build = Callable[[Path], Ran]


@pytest.fixture(scope="session")
def build(imagekit: Callable[..., Ran], engine: Engine) -> Build:
    """Build an app of the table without verifying it, and keep no tag."""

    def run(root: Path) -> Ran:
        chosen = ("--release", APPS[root.name]) if APPS[root.name] else ()
        tag = f"imagekit.test/{uuid4().hex[:12]}:cache"
        ran = imagekit("build", root, *chosen, "--tag", tag, "--no-verify", "--json")
        assert ran.exit_code == 0, ran.stdout + ran.stderr
        ImageStore(engine=engine).remove(tag)
        return ran

    return run


@pytest.fixture(scope="session")
def built(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give an app as it was built last, once a session; no earlier session knew its like."""
    nonce = f"n{uuid4().hex[:8]}"
    roots: dict[str, Path] = {}

    def root(app: str) -> Path:
        if app not in roots:
            left_out = shutil.ignore_patterns("_build", "deps", "node_modules")
            folder = tmp_path_factory.mktemp("built") / app
            roots[app] = shutil.copytree(FIXTURES / app, folder, ignore=left_out)
            # Seen by dependencies, so that no layer of an earlier session fits.
            append("config/config.exs", '\nconfig :imagekit_nonce, at: "{nonce}"\n')(folder, nonce)
            build(folder)
        return roots[app]

    return root


@pytest.fixture
def changed(
    request: pytest.FixtureRequest, built: Callable[[str], Path], tmp_path: Path
) -> tuple[Row, Path]:
    """Copy the app as it was built last, and change it."""
    row: Row = request.param
    root = shutil.copytree(built(row.app), tmp_path / row.app)
    row.edit(root, f"n{uuid4().hex[:8]}")
    return row, root


def reran(ran: Ran) -> set[str]:
    return {each["name"] for each in ran.document["stages"] if not each["cached"]}


@pytest.mark.parametrize("changed", REAL, ids=lambda row: row.name, indirect=True)
def test_what_re_ran_and_that_the_release_is_a_cold_one(
    changed: tuple[Row, Path],
    build: Build,
    imagekit: Callable[..., Ran],
    settings: Mapping[str, str],
    tmp_path: Path,
) -> None:
    row, root = changed
    found = reran(build(root))
    assert found <= row.may_rerun
    assert "release" not in row.may_rerun or "release" in found
    if not found:
        return  # the release is the one that was there

    chosen = ("--release", APPS[row.app]) if APPS[row.app] else ()
    assert imagekit("dockerfile", root, *chosen, "--write").exit_code == 0
    incremental = release(root, settings, tmp_path / "incremental", SCRIPTS_CONTEXT)
    conventional(root / "Dockerfile")
    # Without what earlier builds left in cache mounts, which `--no-cache` keeps.
    (tmp_path / "cold.secret").write_text("cold")
    alone = f"--secret=id=imagekit_compiled,src={tmp_path / 'cold.secret'}"
    assert incremental == release(root, settings, tmp_path / "cold", SCRIPTS_CONTEXT, COLD, alone)


def conventional(dockerfile: Path) -> None:
    """Let dependencies see what the manifest was made from, in place of the manifest."""
    text = dockerfile.read_text()
    whole = text.replace(
        "COPY --from=manifest /manifest/project ./", "COPY --from=manifest /build ./"
    )
    whole = whole.replace("COPY --from=manifest /manifest/config ./\n", "")
    assert whole.count("/manifest ") + whole.count("/manifest/") == 0, whole
    dockerfile.write_text(whole)
