"""The recipe `alpine`, built and booted on musl. Opt-in: `make alpine-proof`.

Not part of `make test`, because its base images may have to be compiled first. Where an image
registry answers they are Alpine's own; else stand-ins (fixtures/images/README.md), whose `apk`
takes packages from a server of this file. Then only what `[network] apk_repositories` says
reaches them.
"""

from __future__ import annotations

import functools
import http.server
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.conftest import ALPINE_FIGURES
from tests.engine.conftest import APPS, Ran, left_by
from tests.engine.test_fixture_apps import RELEASES

PACKAGES = "stand-in/alpine-packages:3.22"
NIF = "lib/fast_sum-1.0.0/priv/fast_sum.so"
SHORT = ("--log", "listening", "--env", "SECRET_KEY_BASE=of-no-importance", "--json")
SECRET = "--env=SECRET_KEY_BASE=of-no-importance"
STRICT = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp")
# No release is too small for these: skipped is not passed.
PASSED = {
    *("files.elf", "files.cookie", "config.user", "config.entry"),
    *("boot.ready", "boot.clean", "boot.user", "boot.stop", "boot.limits", "commands.eval"),
}


@pytest.fixture(scope="module", autouse=True)
def opted_in(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--alpine-proof"):
        pytest.skip("its base images may have to be compiled first: make alpine-proof")


pytestmark = pytest.mark.engine


def docker(*arguments: str) -> str:
    made = subprocess.run(
        ("docker", *arguments), check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return made.stdout.decode()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def mirror(
    opted_in: None, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, str]]:
    """Settings with which `apk` finds its packages; none where Alpine is Alpine's own."""
    if not ImageStore(engine=engine).exists(PACKAGES):
        yield {}
        return
    folder = tmp_path_factory.mktemp("alpine")
    container = docker("create", PACKAGES).strip()
    docker("cp", f"{container}:/packages", str(folder))
    docker("rm", container)
    serve = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        repositories = folder / "repositories"
        repositories.write_text(f"http://127.0.0.1:{server.server_port}/packages\n")
        yield {"IMAGEKIT_NETWORK_APK_REPOSITORIES": str(repositories)}
        server.shutdown()


@pytest.fixture(scope="module")
def built(
    imagekit: Callable[..., Ran], mirror: Mapping[str, str], names: Callable[[], str]
) -> Callable[..., tuple[str, Ran]]:
    """Build an app with a recipe and verify it, once; its name and the run."""

    @functools.cache
    def build(app: str, recipe: str, *flags: str) -> tuple[str, Ran]:
        tag = names()
        arguments = ("build", APPS / app, "--recipe", recipe, *flags, "--tag", tag, "--json")
        return tag, imagekit(*arguments, environment=mirror)

    return build


@pytest.fixture(scope="module")
def on_alpine(built: Callable[..., tuple[str, Ran]]) -> str:
    tag, ran = built("hello_web", "alpine")
    assert ran.exit_code == 0, ran.stderr
    return tag


@pytest.fixture(scope="module")
def on_debian(built: Callable[..., tuple[str, Ran]]) -> str:
    tag, ran = built("hello_web", "debian", "--no-verify")
    assert ran.exit_code == 0, ran.stderr
    return tag


@pytest.fixture(scope="module")
def by_libc(on_alpine: str, on_debian: str) -> Mapping[str, str]:
    return {"musl": on_alpine, "glibc": on_debian}


def put_together(context: Path, dockerfile: str, tag: str) -> str:
    (context / "Dockerfile").write_text(dockerfile)
    command = ("docker", "build", "--quiet", "--tag", tag, str(context))
    subprocess.run(command, check=True, capture_output=True)
    return tag


def checks_of(ran: Ran) -> dict[str, dict[str, object]]:
    return {each["id"]: each for each in ran.document["verification"]["checks"]}


@pytest.mark.parametrize(("app", "flags", "groups"), RELEASES.values(), ids=RELEASES.keys())
def test_it_builds_boots_and_reports(
    built: Callable[..., tuple[str, Ran]],
    engine: Engine,
    request: pytest.FixtureRequest,
    app: str,
    flags: tuple[str, ...],
    groups: list[str],
) -> None:
    _, ran = built(app, "alpine", *flags)
    assert (ran.exit_code, ran.failed_checks) == (0, []), ran.stderr
    checks = checks_of(ran)
    passed = {name for name, each in checks.items() if each["outcome"] == "passed"}
    assert passed >= PASSED
    layers = ran.document["layers"]
    assert [each["group"] for each in layers if each["group"] != "os"] == groups
    assert left_by(engine, ran.pid) == []
    figures = request.config.stash[ALPINE_FIGURES]
    image = ran.document["image"]
    system = sum(each["compressed_bytes"] for each in layers if each["group"] == "os")
    figures.append(
        f"{request.node.callspec.id:14} {image['compressed_bytes'] / 1e6:6.1f} MB compressed "
        f"(system {system / 1e6:.1f}), {image['unpacked_bytes'] / 1e6:6.1f} MB unpacked; "
        f"{checks['files.elf']['detail']}; {checks['boot.ready']['detail']}"
    )


def test_the_vm_is_one_of_musl_and_its_libraries_work(on_alpine: str) -> None:
    """crypto is OpenSSL, the sum is a NIF compiled in the builder, names go through musl."""
    asked = """
    IO.puts(:erlang.system_info(:system_architecture))
    IO.puts(Base.encode16(:crypto.hash(:sha256, "abc"), case: :lower))
    IO.puts(FastSum.hex("abc"))
    IO.inspect(:inet.getaddr(~c[localhost], :inet))
    IO.puts("\\u00fc\\u2713")
    """
    said = docker("run", "--rm", *STRICT, SECRET, on_alpine, "eval", asked).splitlines()
    assert "musl" in said[0]
    assert said[1:] == [
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "e71fa2190541574b",  # FNV-1a, 64 bits, of "abc"
        "{:ok, {127, 0, 0, 1}}",
        "\u00fc\u2713",
    ]


def test_the_same_tree_is_the_same_image(
    imagekit: Callable[..., Ran], mirror: Mapping[str, str], names: Callable[[], str]
) -> None:
    arguments = ("build", APPS / "worker", "--recipe", "alpine", "--tag", names(), "--no-verify")
    ran = imagekit(*arguments, "--check-reproducible", "--json", environment=mirror)
    assert ran.exit_code == 0, ran.stderr
    assert ran.document["reproducible"] == {"same": True, "differences": []}


def test_a_release_of_glibc_is_refused_before_it_is_booted_and_does_not_boot(
    imagekit: Callable[..., Ran], names: Callable[[], str], on_debian: str, tmp_path: Path
) -> None:
    dockerfile = f"""
FROM alpine:3.22
COPY --from={on_debian} /app /app
ENV LANG=C.UTF-8
USER 65532:65532
ENTRYPOINT ["/app/bin/hello_web"]
CMD ["start"]
"""
    ran = imagekit("verify", put_together(tmp_path, dockerfile, names()), *SHORT)
    assert ran.exit_code == 7
    checks = checks_of(ran)
    assert checks["files.elf"]["outcome"] == checks["boot.ready"]["outcome"] == "failed"
    told = str(checks["files.elf"])
    assert "needs the loader /lib64/ld-linux-x86-64.so.2, which is not there" in told
    assert "is built for glibc; the image has musl" in told
    assert "erlexec: not found" in str(checks["boot.ready"])
    assert "libc" in str(checks["boot.ready"]["detail"])


@pytest.mark.parametrize(("of", "into"), [("glibc", "musl"), ("musl", "glibc")])
def test_a_nif_of_the_other_c_library_is_named_with_its_package(
    imagekit: Callable[..., Ran],
    names: Callable[[], str],
    by_libc: Mapping[str, str],
    tmp_path: Path,
    of: str,
    into: str,
) -> None:
    # OTP's own NIF in its place: fast_sum calls nothing of a C library, and so fits to any.
    dockerfile = f"""
FROM debian:trixie-slim AS taken
COPY --from={by_libc[of]} /app/lib /lib-of-it
RUN --network=none cp /lib-of-it/crypto-*/priv/lib/crypto.so /nif.so
FROM {by_libc[into]}
COPY --from=taken /nif.so /app/{NIF}
"""
    ran = imagekit("verify", put_together(tmp_path, dockerfile, names()), *SHORT)
    assert ran.exit_code == 7
    found = checks_of(ran)["files.elf"]
    assert found["outcome"] == "failed"
    begin = f"/app/{NIF}, of the package fast_sum 1.0.0: is linked with {of}, the VM that loads it "
    assert str(found["detail"]).startswith(f"{begin}with {into}")


def test_a_package_that_alpine_does_not_have_is_apks_error_and_nothing_is_left(
    imagekit: Callable[..., Ran],
    engine: Engine,
    mirror: Mapping[str, str],
    copy_app: Callable[[str], Path],
    names: Callable[[], str],
) -> None:
    app, tag = copy_app("worker"), names()
    (app / "imagekit.toml").write_text('[build]\nruntime_packages = ["of-no-such-name"]\n')
    ran = imagekit("build", app, "--recipe", "alpine", "--tag", tag, environment=mirror)
    assert (ran.exit_code, ran.stdout) == (6, "")
    assert "of-no-such-name (no such package)" in ran.stderr
    assert not ImageStore(engine=engine).exists(tag)
    assert left_by(engine, ran.pid) == []


def test_nothing_of_the_mirror_is_in_the_image(
    engine: Engine, mirror: Mapping[str, str], on_alpine: str
) -> None:
    found = ImageStore(engine=engine).contents(on_alpine, keep=lambda _: True)
    assert "etc/apk/ca.pem" not in {entry.name for entry in found.entries}
    for path in mirror.values():
        address = Path(path).read_text().strip()
        texts = [layer.created_by for layer in found.image.layers]
        assert not [text for text in texts if address in text]
        assert not [where for where, data in found.files.items() if address.encode() in data]
