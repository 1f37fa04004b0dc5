"""What the builder's scripts take from earlier builds: edits, and lies, in one container.

Cheaper than builds: the stage before is built once, and the script runs again and again in it, as
it would with a cache mount. The oracle is the same: the result is that of a cold run.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from uuid import uuid4

import pytest

from imagekit.eject import SCRIPTS
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import APPS, Ran
from tests.engine.test_ejected import docker_build

pytestmark = [pytest.mark.engine, pytest.mark.slow]

Run = Callable[[str], str]


@pytest.fixture(scope="module")
def inside(
    imagekit: Callable[..., Ran],
    engine: Engine,
    settings: Mapping[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Run]:
    """Run shell in a container of the fetched dependencies of `hello_web`; it stays."""
    left_out = shutil.ignore_patterns("_build", "deps", "node_modules")
    app = shutil.copytree(
        APPS / "hello_web", tmp_path_factory.mktemp("fetched") / "app", ignore=left_out
    )
    assert imagekit("dockerfile", app, "--write").exit_code == 0
    name = f"imagekit-test-{uuid4().hex[:12]}"
    tag = f"imagekit.test/{name}:dev"
    docker_build(
        app, settings, "--target=fetch", "--tag", tag, f"--build-context=imagekit={SCRIPTS}"
    )
    mount = f"--volume={SCRIPTS}:/imagekit:ro"
    command = ("docker", "run", "--detach", "--rm", "--network=none", mount, f"--name={name}", tag)
    subprocess.run((*command, "sleep", "600"), check=True, capture_output=True)

    def run(script: str) -> str:
        done = subprocess.run(
            ("docker", "exec", name, "sh", "-eu", "-c", script),
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        yield run
    finally:
        subprocess.run(("docker", "rm", "--force", name), check=True, capture_output=True)
        ImageStore(engine=engine).remove(tag)


COMPILE = "rm -rf _build; /imagekit/compile-deps mix deps.compile"
# Mix's own notes hold times and are in no release.
RESULT = "find _build ! -path '*/.mix/*' -type f -exec sha256sum {} + | sort; find _build -type l"


def outcome(output: str) -> dict[str, str]:
    """Give what became of each dependency."""
    told = (line.split() for line in output.splitlines() if line.startswith("imagekit: "))
    return {words[1]: words[2] for words in told if words[-1] in ("compiled", "reused")}


ALL = {
    "fast_sum": "compiled",  # a library for this machine: never kept
    "tiny_http": "compiled",
    "tiny_router": "compiled",
    "word_case": "compiled",
}
KEPT = {**dict.fromkeys(ALL, "reused"), "fast_sum": "compiled"}


def test_only_what_moved_and_what_sees_it_is_compiled_and_the_result_is_a_cold_one(
    inside: Run,
) -> None:
    assert outcome(inside(COMPILE)) == ALL
    cold = inside(RESULT)
    assert outcome(inside(COMPILE)) == KEPT
    assert inside(RESULT) == cold

    edit = "echo '# more' >>deps/tiny_router/lib/tiny_router.ex\n"
    # rebar3 is shown all that was compiled before it.
    moved = {"tiny_router": "compiled", "word_case": "compiled"}
    assert outcome(inside(edit + COMPILE)) == {**KEPT, **moved}
    edited = inside(RESULT)
    assert (
        outcome(
            inside("mkdir -p /run/secrets; echo cold >/run/secrets/imagekit_compiled\n" + COMPILE)
        )
        == ALL
    )
    inside("rm /run/secrets/imagekit_compiled")
    assert inside(RESULT) == edited

    environment = "export ERL_COMPILER_OPTIONS=debug_info\n"
    assert outcome(inside(environment + COMPILE)) == ALL
    configuration = (
        "mkdir -p config; echo 'import Config; config :logger, level: :info' >config/config.exs\n"
    )
    assert outcome(inside(configuration + COMPILE)) == ALL


def test_an_entry_that_was_changed_is_found_out_and_made_again(inside: Run) -> None:
    first = inside(COMPILE) and inside(RESULT)
    overwrite = 'printf x | dd of="$entry" bs=1 seek=90 conv=notrunc'
    told = inside(f"for entry in /compiled/deps/*; do {overwrite}; done\n{COMPILE}")
    assert outcome(told) == ALL
    assert told.count("is not what was stored: dropped") == len(ALL) - 1
    assert inside(RESULT) == first
    assert outcome(inside(COMPILE)) == KEPT


# Another entry of the same key, whole, as a seed may have brought it: {} becomes {}.
FORGE = r"""
    cat >/tmp/forge.exs <<'END'
    [from, to] = System.argv()
    for path <- Path.wildcard("/compiled/deps/*"), bytes = File.read!(path), bytes =~ from do
      # Words of as many letters, so that it stays a term.
      forged = String.replace(bytes, from, to)
      digest = Base.encode16(:crypto.hash(:sha256, forged), case: :lower)
      [key, _] = String.split(Path.basename(path), ".")
      File.write!("/compiled/deps/#{key}.#{digest}", forged)
    end
END
    elixir /tmp/forge.exs """


def test_of_entries_that_differ_none_is_believed(inside: Run) -> None:
    cold = f"rm -rf /compiled _build; {COMPILE}"
    assert outcome(inside(cold)) == ALL
    first = inside(RESULT)
    # As made on another builder: what differs is what the build tools note for themselves.
    again = "mkdir -p /run/secrets; echo cold >/run/secrets/imagekit_compiled; sleep 1; "
    assert outcome(inside(f"{again}{COMPILE}; rm /run/secrets/imagekit_compiled")) == ALL
    assert int(inside("ls /compiled/deps | wc -l")) > len(ALL) - 1
    assert outcome(inside(COMPILE)) == KEPT

    told = inside(f"{FORGE} Elixir.TinyRouter Elixir.XinyRouter\n{COMPILE}")
    assert outcome(told) == {**KEPT, "tiny_router": "compiled"}
    assert told.count("entries that differ: all dropped") == 1
    assert inside(RESULT) == first
    assert outcome(inside(COMPILE)) == KEPT


def test_where_all_are_compiled_together_nothing_was_used(inside: Run) -> None:
    secret = "mkdir -p /run/secrets; echo name mine >/run/secrets/imagekit_compiled\n"
    assert set(outcome(inside(f"{secret}{COMPILE}"))) == set(ALL)
    used = "cat /compiled/used/mine.deps"
    assert inside(used).count("\n") == len(ALL) - 1
    # Whole by its digest, and no entry.
    spoil = """
        for entry in /compiled/deps/*; do
            echo x >"$entry"
            digest=$(sha256sum <"$entry")
            mv "$entry" "${entry%.*}.${digest%% *}"
        done
    """
    told = inside(f"{spoil}{COMPILE}")
    assert "all dependencies are compiled together" in told
    assert inside(used) == ""
    inside("rm -rf /run/secrets/imagekit_compiled /compiled")
    assert outcome(inside(COMPILE)) == ALL


def test_two_at_once_and_a_mount_that_cannot_be_written(inside: Run) -> None:
    both = inside("""
        rm -rf /compiled/deps _build
        run() { (cd "$1" && /imagekit/compile-deps mix deps.compile >"/tmp/$2") }
        run . one & cp -a . /tmp/beside; run /tmp/beside two
        wait; cat /tmp/one
    """)
    assert outcome(both) == ALL
    assert outcome(inside(COMPILE)) == KEPT
    assert outcome(inside(f"rm -rf /compiled; : >/compiled\n{COMPILE}")) == ALL


def test_the_scripts_are_compiled_with_the_tools_and_anew_where_they_are_others(
    inside: Run,
) -> None:
    started = """
        mkdir -p /tmp/bin; printf '#!/bin/sh\necho "$@"' >/tmp/bin/elixir; chmod +x /tmp/bin/elixir
        PATH=/tmp/bin:$PATH /imagekit/compile-task some.task one
    """
    assert inside(started) == "-pa /var/lib/imagekit/scripts -S mix some.task one\n"
    told = inside(f"echo '# more' >>/var/lib/imagekit/scripts/sources\n{started}")
    assert told.startswith("-r /imagekit/compile-files.exs -r ")
    assert told.endswith(" -S mix some.task one\n")
    told = inside("""
        cp -r /imagekit /tmp/broken; printf 'defmodule' >>/tmp/broken/compile-app.exs
        /tmp/broken/mix-tools 2>&1
    """)
    assert "the scripts that compile do not:" in told
    assert "compile-app.exs" in told
