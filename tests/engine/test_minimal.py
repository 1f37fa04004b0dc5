"""The recipe `minimal`: nothing but what the release needs, and everything that it needs."""

from __future__ import annotations

import io
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from uuid import uuid4

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.verify.legible import legible
from tests.engine.conftest import APPS, Ran, left_by
from tests.engine.test_fixture_apps import RELEASES
from tests.unit.elf.elves import AARCH64, elf

pytestmark = pytest.mark.engine

STRICT = (
    *("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
    *("--tmpfs=/tmp", "--env=SECRET_KEY_BASE=of-no-importance"),
)


@pytest.fixture(scope="module")
def built(imagekit: Callable[..., Ran], engine: Engine) -> Iterator[Callable[..., tuple[str, Ran]]]:
    """Build an app with the recipe; its name and the run. All are gone afterwards."""
    made: dict[tuple[object, ...], tuple[str, Ran]] = {}

    def build(app: Path, *flags: str) -> tuple[str, Ran]:
        if (app, *flags) not in made:
            tag = f"imagekit.test/{uuid4().hex[:12]}:dev"
            ran = imagekit("build", app, "--recipe", "minimal", *flags, "--tag", tag, "--json")
            made[app, *flags] = (tag, ran)
        return made[app, *flags]

    yield build
    store = ImageStore(engine=engine)
    for tag, _ in made.values():
        if store.exists(tag):
            store.remove(tag)


@pytest.fixture
def hello_web(built: Callable[..., tuple[str, Ran]]) -> str:
    tag, ran = built(APPS / "hello_web")
    assert ran.exit_code == 0, ran.stderr
    return tag


@pytest.fixture
def running(hello_web: str) -> Iterator[str]:
    """A container of it that answers, with distribution on."""
    cookie = "--env=RELEASE_COOKIE=monster-monster"
    container = docker("run", "--detach", *STRICT, cookie, hello_web).strip()
    try:
        for _ in range(100):
            if "listening" in docker("logs", container):
                break
            time.sleep(0.1)
        yield container
    finally:
        docker("rm", "--force", container)


def docker(*arguments: str) -> str:
    made = subprocess.run(
        ("docker", *arguments), check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return made.stdout.decode()


@pytest.mark.parametrize(("app", "flags", "groups"), RELEASES.values(), ids=RELEASES.keys())
def test_it_builds_boots_and_reports(
    built: Callable[..., tuple[str, Ran]],
    engine: Engine,
    app: str,
    flags: tuple[str, ...],
    groups: list[str],
) -> None:
    _, ran = built(APPS / app, *flags)
    assert ran.exit_code == 0, ran.stderr
    document = ran.document
    assert document["verification"]["passed"]
    assert [each["group"] for each in document["layers"] if each["group"] != "os"] == groups
    assert document["image"]["compressed_bytes"] < 20_000_000
    assert left_by(engine, ran.pid) == []


def test_the_distributions_own_toolchain_gives_one_that_boots(
    built: Callable[..., tuple[str, Ran]],
) -> None:
    _, ran = built(APPS / "worker", "--toolchain", "distribution")
    assert ran.exit_code == 0, ran.stderr
    assert ran.document["verification"]["passed"]


def test_eval_has_crypto_and_a_terminal_of_its_own_name(hello_web: str) -> None:
    asked = "IO.inspect({byte_size(:crypto.hash(:md4, <<>>)), :inet.getaddr(~c[localhost], :inet)})"
    said = docker("run", "--rm", *STRICT, hello_web, "eval", asked)
    assert said == "{16, {:ok, {127, 0, 0, 1}}}\n"


def test_runtime_configuration_is_read_and_its_error_reaches_the_reader(hello_web: str) -> None:
    asked = "IO.puts(Application.get_env(:hello_web, :port))"
    assert docker("run", "--rm", *STRICT, "--env=PORT=4711", hello_web, "eval", asked) == "4711\n"
    refused = subprocess.run(
        ("docker", "run", "--rm", "--read-only", "--tmpfs=/tmp", hello_web, "start"),
        check=False,
        capture_output=True,
        text=True,
    )
    assert refused.returncode == 1
    # The VM may end before its words are written out; then the numbers of its slogan say them.
    assert "SECRET_KEY_BASE is missing" in legible(refused.stderr + refused.stdout)


def test_rpc_reaches_the_running_node(running: str) -> None:
    asked = "IO.puts(node())"
    assert docker("exec", running, "/app/bin/hello_web", "rpc", asked).startswith("hello_web@")
    assert docker("exec", running, "/app/bin/hello_web", "pid") == "1\n"


def test_remote_gives_a_shell_on_a_terminal(running: str) -> None:
    command = f"docker exec -it -e TERM=xterm {running} /app/bin/hello_web remote"
    with subprocess.Popen(
        ("script", "--quiet", "--return", "--command", command, "/dev/null"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as shell:
        assert shell.stdin is not None
        time.sleep(3)
        shell.stdin.write("node() |> to_string() |> String.upcase()\r")
        shell.stdin.flush()
        time.sleep(2)
        said, _ = shell.communicate("\x03\x03", timeout=30)
    assert '"HELLO_WEB@' in said
    assert "TERM" not in said


def test_nothing_is_there_without_a_reason(hello_web: str) -> None:
    """Every file outside the release is in the list, or is one of those that say what this is."""
    container = docker("create", hello_web).strip()
    try:
        raw = subprocess.run(("docker", "export", container), check=True, capture_output=True)
    finally:
        docker("rm", container)
    with tarfile.open(fileobj=io.BytesIO(raw.stdout)) as tar:
        members = {f"/{each.name}": each for each in tar if each.isfile() or each.issym()}
        listed = tar.extractfile("usr/share/imagekit/runtime.tsv")
        assert listed is not None
        rows = [line.split("\t") for line in listed.read().decode().splitlines()]
    assert all(len(row) >= 5 for row in rows)
    names = {PurePosixPath(row[0]).name for row in rows}
    settled = (
        *("/etc/", "/usr/lib/ssl/", "/usr/lib/os-release", "/var/lib/dpkg/status.d/"),
        *("/usr/share/imagekit/", "/app/", "/dev/", "/.dockerenv"),
    )
    links = {"/bin", "/lib", "/lib64", "/sbin"}
    targets = {PurePosixPath(each.linkname).name for each in members.values() if each.issym()}
    unexplained = [
        path
        for path in members
        if not path.startswith(settled)
        and path not in links
        and PurePosixPath(path).name not in names | targets
    ]
    assert unexplained == []


def test_a_package_that_is_named_comes_whole(
    built: Callable[..., tuple[str, Ran]], copy_app: Callable[[str], Path]
) -> None:
    app = copy_app("worker")
    (app / "imagekit.toml").write_text(
        '[build]\nruntime_packages = ["tzdata"]\n' + (APPS / "worker/imagekit.toml").read_text()
    )
    tag, ran = built(app, "--no-verify")
    assert ran.exit_code == 0, ran.stderr
    asked = ("--entrypoint=/bin/sh", tag, "-c", "read -r line </usr/share/zoneinfo/UTC; echo $line")
    assert docker("run", "--rm", *asked).startswith("TZif")


def test_two_builds_make_the_same_root_file_system(
    built: Callable[..., tuple[str, Ran]], imagekit: Callable[..., Ran]
) -> None:
    """The first layer, byte for byte, of two releases that need the same files."""
    tag, ran = built(APPS / "worker")
    again = imagekit(
        *("build", APPS / "worker", "--recipe", "minimal", "--tag", tag, "--no-verify"),
        *("--json", "--no-cache"),
    )
    assert again.exit_code == 0, again.stderr
    first, second = (each.document["layers"][:2] for each in (ran, again))
    assert [each["diff_id"] for each in first if each["unpacked_bytes"]] == [
        each["diff_id"] for each in second if each["unpacked_bytes"]
    ]


def test_another_version_of_the_app_leaves_the_root_file_system_as_it_is(
    built: Callable[..., tuple[str, Ran]], copy_app: Callable[[str], Path]
) -> None:
    """Why a file is there says nothing of versions, or the largest layer were pushed each time."""
    _, before = built(APPS / "worker")
    app = copy_app("worker")
    mix_exs = (app / "mix.exs").read_text()
    assert 'version: "0.1.0"' in mix_exs
    (app / "mix.exs").write_text(mix_exs.replace('version: "0.1.0"', 'version: "0.2.0"'))
    _, after = built(app, "--no-verify")
    assert (before.exit_code, after.exit_code) == (0, 0), after.stderr
    layers = [
        [each["diff_id"] for each in ran.document["layers"] if each["group"] == "os"]
        for ran in (before, after)
    ]
    assert layers[0] == layers[1]


def test_a_library_that_is_nowhere_is_named_with_the_file_that_needs_it(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path]
) -> None:
    app = copy_app("worker")
    (app / "priv").mkdir(exist_ok=True)
    (app / "priv" / "thumb.so").write_bytes(elf(needed=("libvips.so.42", "libc.so.6")))
    ran = imagekit("build", app, "--recipe", "minimal", "--no-verify")
    assert ran.exit_code == 6
    said = "library not found: libvips.so.42, which /app/lib/worker-0.1.0/priv/thumb.so needs"
    assert said in ran.stderr
    assert "imagekit explain library-not-found" in ran.stderr


def test_a_file_for_another_machine_ends_the_build_with_its_name(
    imagekit: Callable[..., Ran], copy_app: Callable[[str], Path]
) -> None:
    app = copy_app("worker")
    (app / "priv").mkdir(exist_ok=True)
    (app / "priv" / "thumb.so").write_bytes(elf(machine=AARCH64, needed=("libc.so.6",)))
    ran = imagekit("build", app, "--recipe", "minimal", "--no-verify")
    assert ran.exit_code == 6
    said = "file for another machine: /app/lib/worker-0.1.0/priv/thumb.so is for aarch64 (64 bits)"
    assert said in ran.stderr
    assert "imagekit explain file-for-another-machine" in ran.stderr


def test_the_port_table_is_sane_whatever_env_sh_says(
    built: Callable[..., tuple[str, Ran]],
) -> None:
    """The fixture's `env.sh` sets ERL_AFLAGS anew, as those do that turn IPv6 on."""
    tag, ran = built(APPS / "worker")
    assert ran.exit_code == 0, ran.stderr
    asked = "IO.inspect({:erlang.system_info(:port_limit), System.get_env(~s(ERL_AFLAGS))})"
    said = docker("run", "--rm", *STRICT, tag, "eval", asked)
    assert said == '{65536, "-proto_dist inet_tcp +Q 65536"}\n'
    own = docker("run", "--rm", *STRICT, "--env=ERL_FLAGS=+Q 4096", tag, "eval", asked)
    assert own == '{4096, "-proto_dist inet_tcp"}\n'


def test_nothing_can_be_written_but_what_the_contract_names(
    built: Callable[..., tuple[str, Ran]],
) -> None:
    """Even on a root that is not read-only."""
    tag, ran = built(APPS / "worker")
    assert ran.exit_code == 0, ran.stderr
    walk = """
        File.ls!("/")
        |> Enum.reject(&(&1 in ["proc", "sys", "dev"]))
        |> Enum.flat_map(&["/" <> &1 | Path.wildcard("/" <> &1 <> "/**", match_dot: true)])
        |> Enum.filter(&match?({:ok, %{access: a}} when a in [:write, :read_write], File.stat(&1)))
        |> IO.inspect()
    """
    assert docker("run", "--rm", tag, "eval", walk) == '["/tmp"]\n'
