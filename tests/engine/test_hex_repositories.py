"""A private Hex repository: signed with its own name, opened by a key, in no layer and no log."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from tests.engine.conftest import ROOT, Ran

pytestmark = pytest.mark.engine

KEY = "key-of-the-repository-acme-7d21"
PACKAGE = "word_case-1.0.1.tar"


@dataclass(frozen=True, kw_only=True)
class Repository:
    url: str
    public_key: Path


class Guarded(SimpleHTTPRequestHandler):
    """Serves files to who has the key."""

    def do_GET(self) -> None:
        if self.headers.get("Authorization") == KEY:
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, *_: object) -> None:
        """Say nothing: the test asks Mix."""


@pytest.fixture(scope="module")
def acme(
    settings: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Repository]:
    """Sign one of our packages once more, as the repository `acme`, and serve it."""
    folder = tmp_path_factory.mktemp("acme")
    published = Path(settings["IMAGEKIT_NETWORK_HEX_PUBLIC_KEY"]).parent
    (folder / "new/tarballs").mkdir(parents=True)
    (folder / "new/tarballs" / PACKAGE).write_bytes((published / "tarballs" / PACKAGE).read_bytes())
    names = (ROOT / "fixtures/images/names").read_text().splitlines()
    (image,) = (line.split()[1] for line in names if line.startswith("elixir "))
    sign = (
        "mix local.hex 2.0.6 --force --if-missing && "
        "mix run --no-mix-exs /fixtures/private_key.exs /acme/key.pem && "
        "mix hex.registry build /acme/new --name=acme --private-key=/acme/key.pem"
    )
    mounts = ("--volume", f"{ROOT / 'fixtures/hex'}:/fixtures:ro", "--volume", f"{folder}:/acme")
    subprocess.run(
        ["docker", "run", "--rm", "--network", "host", *mounts, image, "sh", "-c", sign],
        check=True,
        capture_output=True,
    )
    handler = partial(Guarded, directory=str(folder / "new"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        yield Repository(url=f"http://127.0.0.1:{port}", public_key=folder / "new/public_key")
        server.shutdown()


@pytest.fixture
def app(copy_app: Callable[[str], Path], acme: Repository) -> Path:
    """The worker, its one dependency taken from `acme`."""
    root = copy_app("worker")
    # Dependencies see a requirement: nothing of this is in a cache.
    wish = f'"~> 1.0 or == 9.9.{uuid4().int % 10**9}"'
    for name, before, after in (
        ("mix.exs", '"~> 1.0"}', f'{wish}, repo: "acme"}}'),
        ("mix.lock", '"hexpm"', '"acme"'),
    ):
        file = root / name
        assert before in file.read_text()
        file.write_text(file.read_text().replace(before, after))
    (root / "acme.pem").write_bytes(acme.public_key.read_bytes())
    (root / "acme.key").write_text(f"{KEY}\n")
    with (root / "imagekit.toml").open("a") as file_:
        file_.write(
            "\n[network.hex_repositories]\n"
            f'acme = {{ url = "{acme.url}", public_key = "acme.pem", key = "acme.key" }}\n'
        )
    (root / ".dockerignore").write_text("acme.key\nacme.pem\n")
    return root


def test_a_dependency_of_a_private_repository_is_fetched_with_its_key(
    imagekit: Callable[..., Ran], app: Path
) -> None:
    ran = imagekit("build", app, "--target", "fetch", "--progress", "plain")
    assert ran.exit_code == 0, ran.stderr
    assert "word_case 1.0.1" in ran.stderr
    assert KEY not in ran.stderr


def test_a_key_that_does_not_open_it_is_a_failed_build(
    imagekit: Callable[..., Ran], app: Path
) -> None:
    (app / "acme.key").write_text("another-key\n")
    ran = imagekit("build", app, "--target", "fetch")
    assert ran.exit_code == 6, ran.stderr
    assert "401" in ran.stderr
    assert "another-key" not in ran.stderr
