"""The ejected Dockerfile: plain `docker build .`, and the oracle that caches are held to."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import Ran

pytestmark = pytest.mark.engine

MAY_DIFFER: frozenset[str] = frozenset()
"""Files of a release that upstream cannot make the same twice; each with its reason."""


def docker_build(app: Path, settings: Mapping[str, str], *flags: str) -> None:
    """Build with the plain command, handing in by hand what `imagekit build` would."""
    mirror = app.parent / "mirror"
    mirror.write_text(settings["IMAGEKIT_NETWORK_HEX_MIRROR"])
    secrets = {
        "hex_mirror": str(mirror),
        "hex_public_key": settings.get("IMAGEKIT_NETWORK_HEX_PUBLIC_KEY"),
        "ca_bundle": settings.get("IMAGEKIT_NETWORK_CA_BUNDLE"),
        "npmrc": settings.get("IMAGEKIT_NETWORK_NPMRC"),
    }
    given = [f"--secret=id={name},src={file}" for name, file in secrets.items() if file]
    done = subprocess.run(
        ["docker", "build", "--network=host", *given, *flags, "."],
        cwd=app,
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def test_it_builds_with_plain_docker_build_and_boots(
    imagekit: Callable[..., Ran],
    engine: Engine,
    settings: Mapping[str, str],
    copy_app: Callable[[str], Path],
) -> None:
    app = copy_app("hello_web")
    assert imagekit("dockerfile", app, "--write").exit_code == 0
    assert imagekit("dockerfile", app, "--check").exit_code == 0
    tag = "imagekit.test/ejected:dev"
    docker_build(app, settings, "--tag", tag)
    verified = imagekit("verify", tag, "--project", app, "--json")
    ImageStore(engine=engine).remove(tag)
    assert verified.exit_code == 0, verified.stdout
    assert verified.document["verification"]["passed"]


def test_an_incremental_build_gives_the_release_of_a_cold_one(
    imagekit: Callable[..., Ran], settings: Mapping[str, str], copy_app: Callable[[str], Path]
) -> None:
    app = copy_app("hello_web")
    assert imagekit("dockerfile", app, "--write").exit_code == 0
    docker_build(app, settings, "--target", "release")
    module = next(iter(sorted((app / "lib").rglob("*.ex"))))
    module.write_text(module.read_text() + "\n# one line more\n")
    stylesheet = next(iter(sorted((app / "assets" / "css").rglob("*.css"))))
    stylesheet.write_text(stylesheet.read_text() + "\n.one-rule-more { color: red; }\n")

    incremental = release(app, settings, app.parent / "incremental")
    cold = "--no-cache-filter=manifest,fetch,deps,assets,app,release"
    (app.parent / "secret").write_text("cold")
    alone = f"--secret=id=imagekit_compiled,src={app.parent / 'secret'}"
    assert incremental == release(app, settings, app.parent / "cold", cold, alone)


def release(
    app: Path, settings: Mapping[str, str], folder: Path, *flags: str
) -> dict[str, tuple[int, str]]:
    """Build up to the release and give mode and content of each of its files."""
    # A stage of its own, so that only the layers' folders leave the builder.
    dockerfile = (app / "Dockerfile").read_text() + "\nFROM scratch AS out\n"
    (app / "Dockerfile.out").write_text(f"{dockerfile}COPY --from=release /layers /\n")
    docker_build(
        app,
        settings,
        *("--file", "Dockerfile.out", "--target", "out", "--output", f"type=local,dest={folder}"),
        *flags,
    )
    files = {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    assert files
    return {name: file for name, file in files.items() if name not in MAY_DIFFER}
