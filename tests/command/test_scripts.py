"""The scripts of the steps, run by this machine's `sh` on releases made of empty files."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from .conftest import REPOSITORY, environment

SCRIPTS = REPOSITORY / "imagekit" / "scripts"


def run(
    script: str, *arguments: object, cwd: Path, path: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / script, *map(str, arguments)],
        cwd=cwd,
        env=environment(cwd, PATH=f"{path}:{os.environ['PATH']}", **variables),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def program(root: Path, name: str, text: str) -> str:
    """Make a program that stands for a real one; give the folder to put on PATH."""
    path = make(root, f"bin/{name}") / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path.parent)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def split(root: Path, *release: str, groups: str = "erts,deps,assets,app") -> dict[str, set[str]]:
    """Divide a release of these files, with OTP and the dependencies `jason` and `phoenix`."""
    make(root, "otp/lib/stdlib-6.2/x", "otp/elixir/lib/logger/x")
    make(root, "build/deps/jason/mix.exs", "build/deps/phoenix/mix.exs")
    make(root / "release", *release)
    elixir = program(root, "elixir", f"echo {root}/otp/lib; echo {root}/otp/elixir/lib")
    arguments = (root / "release", root / "layers", groups, "shop", "core")
    done = run("split", *arguments, cwd=root / "build", path=elixir)
    assert (done.returncode, done.stderr) == (0, "")
    return {each.name: files(each) for each in (root / "layers").iterdir()}


def test_a_library_goes_where_it_came_from(tmp_path: Path) -> None:
    found = split(
        tmp_path,
        "bin/shop",
        "erts-15.2/bin/beam.smp",
        "lib/core-1.0.0/ebin/core.app",
        "lib/jason-1.4.4/ebin/jason.app",
        "lib/logger-1.18.3/ebin/logger.app",
        "lib/shop-1.0.0/ebin/shop.app",
        "lib/stdlib-6.2/ebin/stdlib.app",
        "lib/unheard_of-1.0.0/ebin/unheard_of.app",
        "releases/start_erl.data",
    )
    assert found == {
        "erts": {
            "erts-15.2/bin/beam.smp",
            "lib/logger-1.18.3/ebin/logger.app",
            "lib/stdlib-6.2/ebin/stdlib.app",
        },
        "deps": {"lib/jason-1.4.4/ebin/jason.app"},
        "assets": set(),
        "app": {
            "bin/shop",
            "lib/core-1.0.0/ebin/core.app",
            "lib/shop-1.0.0/ebin/shop.app",
            "lib/unheard_of-1.0.0/ebin/unheard_of.app",
            "releases/start_erl.data",
        },
    }


def test_a_candidate_of_a_release_is_the_same_library(tmp_path: Path) -> None:
    found = split(tmp_path, "lib/phoenix-1.8.0-rc.4/priv/static/phoenix.js", "lib/shop-1.0.0-dev/x")
    assert found["deps"] == {"lib/phoenix-1.8.0-rc.4/priv/static/phoenix.js"}
    assert found["app"] == {"lib/shop-1.0.0-dev/x"}


def test_static_files_of_an_own_app_are_assets(tmp_path: Path) -> None:
    found = split(tmp_path, "lib/shop-1.0.0/priv/static/a.css", "lib/shop-1.0.0/priv/repo/1.exs")
    assert found["assets"] == {"lib/shop-1.0.0/priv/static/a.css"}
    assert found["app"] == {"lib/shop-1.0.0/priv/repo/1.exs"}


def test_static_files_of_a_dependency_stay_with_it(tmp_path: Path) -> None:
    found = split(tmp_path, "lib/phoenix-1.8.1/priv/static/phoenix.js")
    assert (found["assets"], len(found["deps"])) == (set(), 1)


def test_what_nobody_would_take_goes_with_the_app(tmp_path: Path) -> None:
    """Static files that compiling made: the source tree did not show that there would be any."""
    made = {"lib/shop-1.0.0/priv/static/made.css", "lib/jason-1.4.4/x"}
    found = split(tmp_path, *made, groups="erts,app")
    assert found["app"] == made


def test_nothing_of_the_release_is_lost(tmp_path: Path) -> None:
    release = {"bin/shop", ".hidden", "erts-15.2/x", "lib/shop-1.0.0/x", "var/x", "Procfile"}
    found = split(tmp_path, *release)
    assert set[str]().union(*found.values()) == release


ENV_SH = "releases/1.0.0/env.sh"


def sealed(root: Path, env: str = "") -> Path:
    release = make(root / "release", "bin/shop", "releases/COOKIE", ENV_SH)
    (release / "bin/shop").chmod(0o700)
    (release / ENV_SH).write_text(env)
    done = run("seal", release, "distribution=with-cookie", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    return release


def test_a_sealed_release_has_no_cookie(tmp_path: Path) -> None:
    assert files(sealed(tmp_path)) == {"bin/shop", ENV_SH}


def test_any_user_can_read_a_sealed_release_and_run_what_could_be_run(tmp_path: Path) -> None:
    release = sealed(tmp_path)
    assert stat.S_IMODE((release / "bin/shop").stat().st_mode) == 0o755
    assert stat.S_IMODE((release / ENV_SH).stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("variables", "env", "code", "said"),
    [
        ({}, "", 0, "none none"),
        ({"RELEASE_COOKIE": "c"}, "", 0, " c"),
        ({"RELEASE_COOKIE": "c", "RELEASE_DISTRIBUTION": "name"}, "", 0, "name c"),
        ({"RELEASE_DISTRIBUTION": "none"}, "", 0, "none none"),
        ({"RELEASE_DISTRIBUTION": "name"}, "", 1, ""),
        ({}, "export RELEASE_DISTRIBUTION=name\n", 1, ""),
        ({}, "export RELEASE_COOKIE=c\n", 0, " c"),
    ],
)
def test_distribution_follows_the_cookie(
    tmp_path: Path, variables: dict[str, str], env: str, code: int, said: str
) -> None:
    release = sealed(tmp_path, env)
    boot = f'. {release}/{ENV_SH}; echo "${{RELEASE_DISTRIBUTION:-}} $RELEASE_COOKIE"'
    done = subprocess.run(
        ["sh", "-eu", "-c", boot],
        env=environment(tmp_path, **variables),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == code
    assert done.stdout.rstrip("\n") == said
    assert ("set RELEASE_COOKIE too" in done.stderr) is (code == 1)
