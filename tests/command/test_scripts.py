"""The scripts of the steps, run by this machine's `sh` on releases made of empty files."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from imagekit.build.seeded import UNLISTED

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


ENTRY, OTHER, APP = (f"{letter * 64}.{letter * 64}" for letter in "abc")


def compiled(root: Path, name: str) -> Path:
    """Make a cache mount in which two dependencies and an app were used under a name."""
    mount = make(root / "compiled", f"deps/{ENTRY}", f"deps/{OTHER}", f"app/{APP}")
    for entry in (f"deps/{ENTRY}", f"deps/{OTHER}", f"app/{APP}"):
        (mount / entry).write_text(entry)
    make(mount, f"deps/{'d' * 64}.{'d' * 64}", f"used/{name}.deps", f"used/{name}.app")
    (mount / "used" / f"{name}.deps").write_text(f"{ENTRY}\n{OTHER}\n../app/{APP}\n")
    (mount / "used" / f"{name}.app").write_text(f"{APP}\n")
    return mount


def seed(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run("seed", *arguments, cwd=cwd)


def test_a_seed_is_what_was_used_last_under_the_first_name_that_is_known(tmp_path: Path) -> None:
    mount = compiled(tmp_path, "main")
    done = seed("keep", mount, tmp_path / "seed", "cart", "main", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(tmp_path / "seed") == {
        *(f"deps/deps/{ENTRY}", f"deps/deps/{OTHER}", "deps/used/deps"),
        *(f"app/app/{APP}", "app/used/app"),
    }


def test_of_dependencies_that_nobody_knows_no_seed_is_made(tmp_path: Path) -> None:
    mount = compiled(tmp_path, "main")
    done = seed("keep", mount, tmp_path / "seed", "cart", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, f"{UNLISTED}\n")


def test_a_list_of_which_nothing_is_left_is_none(tmp_path: Path) -> None:
    mount = compiled(tmp_path, "main")
    gone = make(mount, "used/cart.deps") / "used" / "cart.deps"
    gone.write_text(f"{'e' * 64}.{'e' * 64}\n")
    assert seed("keep", mount, tmp_path / "seed", "cart", "main", cwd=tmp_path).returncode == 0
    kept = files(tmp_path / "seed" / "deps")
    assert kept == {f"deps/{ENTRY}", f"deps/{OTHER}", "used/deps"}
    done = seed("keep", mount, tmp_path / "again", "cart", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, f"{UNLISTED}\n")
    # Of a project without dependencies there is nothing to be left.
    gone.write_text("")
    assert seed("keep", mount, tmp_path / "none", "cart", cwd=tmp_path).returncode == 0


def test_an_entry_that_another_build_removed_is_left_out(tmp_path: Path) -> None:
    mount = compiled(tmp_path, "main")
    (mount / "deps" / OTHER).unlink()
    assert seed("keep", mount, tmp_path / "seed", "main", cwd=tmp_path).returncode == 0
    assert files(tmp_path / "seed" / "deps") == {f"deps/{ENTRY}", "used/deps"}
    assert (tmp_path / "seed/deps/used/deps").read_text() == f"{ENTRY}\n"


def test_a_builder_takes_what_it_has_not_and_keeps_what_it_has(tmp_path: Path) -> None:
    there = compiled(tmp_path / "there", "main")
    seed("keep", there, tmp_path / "made", "main", cwd=tmp_path)
    image = tmp_path / "seed"
    for layer in ("deps", "app"):
        shutil.copytree(tmp_path / "made" / layer, image, dirs_exist_ok=True)
    make(image, "deps/no-entry", "deps/.draft", f"deps/{'e' * 64}")
    here = make(tmp_path / "here", f"deps/{ENTRY}")
    (here / "deps" / ENTRY).write_text("its own")
    done = seed("fill", image, here, "cart", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(here) == {
        *(f"deps/{ENTRY}", f"deps/{OTHER}", f"app/{APP}"),
        *("used/cart.deps", "used/cart.app"),
    }
    assert (here / "deps" / ENTRY).read_text() == "its own"
    assert (here / "deps" / OTHER).read_text() == f"deps/{OTHER}"
    # What was taken is known from then on, whether or not anything is compiled.
    assert seed("keep", here, tmp_path / "again", "cart", cwd=tmp_path).returncode == 0
    assert files(tmp_path / "again") == files(tmp_path / "made")


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


def test_what_is_not_for_the_vm_is_gathered_at_its_place(tmp_path: Path) -> None:
    layers = make(tmp_path / "layers", "erts/app/x", "app/app/lib/a-1/x.beam", "deps/app/y z")
    (layers / "erts/app/x").write_bytes(b"\x7fELF\x02\x01\x00\x00")
    (layers / "app/app/lib/a-1/x.beam").write_bytes(b"FOR1\x00\x7fELF")
    (layers / "deps/app/y z").write_text("#!/usr/bin/env bash\n")
    make(layers, "app/app/releases/0.1.0/env.sh", "app/app/releases/0.1.0/sys.config")
    (layers / "deps/app/libz.so").symlink_to("libz.so.1")
    done = run("native", layers, tmp_path / "native", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = tmp_path / "native"
    # Another version of the release is no other content.
    expected = {"erts/app/x", "deps/app/y z", "app/app/releases/any/env.sh"}
    assert files(found) == expected
    assert (found / "deps/app/libz.so").is_symlink()
    assert (found / "erts/app/x").stat().st_ino == (layers / "erts/app/x").stat().st_ino


def added(root: Path, manager: str, names: str, there: str) -> tuple[list[str], str]:
    """Install `names` where `there` is; what was called, and the list that the image has."""
    make(root, "found/names", "found/runtime.tsv")
    (root / "found/names").write_text("".join(f"{each}\n" for each in names.split()))
    (root / "found/runtime.tsv").write_text("why\n")
    calls = root / "calls"
    record = f'echo "${{0##*/}} $*" >>{calls}'
    has = f'for last; do :; done; case " {there} " in *" $last "*)'
    for name, text in {
        "apt-get": record,
        "dpkg-query": f"{has} echo installed ;; *) exit 1 ;; esac",
        "apk": f'[ "$1" = info ] || {{ {record}; exit; }}; {has} exit 0 ;; esac; exit 1',
        # Nothing is written outside of the test's folder.
        "mkdir": f'exec /bin/mkdir -p "{root}/image${{2}}"',
        "cp": f'[ "$1" = -p ] && {{ {record}; exit; }}; exec /bin/cp "$1" "{root}/image$2"',
        "rm": record,
    }.items():
        path = program(root, name, text)
    done = run("add-packages", manager, root / "found", cwd=root, path=path)
    assert (done.returncode, done.stderr) == (0, "")
    told = (root / "image/usr/share/imagekit/runtime.tsv").read_text()
    return calls.read_text().splitlines() if calls.exists() else [], told


def test_only_packages_that_the_base_lacks_are_installed(tmp_path: Path) -> None:
    calls, told = added(tmp_path, "apt", "ca-certificates libc6 libvips42t64", "libc6")
    install = "apt-get install --yes --no-install-recommends ca-certificates libvips42t64"
    before = "/var/lib/dpkg/status-old"
    # What dpkg writes beside its list is the base's again afterwards.
    assert calls == [
        *(f"cp -p {before} /dev/shm/before", "apt-get update", install),
        f"cp -p /dev/shm/before {before}",
    ]
    assert told == "why\n"


def test_on_alpine_too(tmp_path: Path) -> None:
    calls, _ = added(tmp_path, "apk", "libssl3 musl", "musl")
    assert calls == ["apk add --no-cache libssl3"]


@pytest.mark.parametrize("manager", ["apt", "apk"])
def test_a_base_that_has_all_is_left_as_it_is(tmp_path: Path, manager: str) -> None:
    assert added(tmp_path, manager, "libc6 zlib", "zlib libc6")[0] == []
