"""Nothing of the build machine is in the image: no mirror, key, certificate, token or cookie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.engine.conftest import APPS, Ran

pytestmark = pytest.mark.engine

TOKEN = "npm-token-of-this-test-3f1c"


def test_no_layer_history_or_log_tells_where_it_was_built(
    imagekit: Callable[..., Ran], engine: Engine, settings: Mapping[str, str], tmp_path: Path
) -> None:
    npmrc = tmp_path / "npmrc"
    own = settings.get("IMAGEKIT_NETWORK_NPMRC")
    npmrc.write_text(f"{Path(own).read_text() if own else ''}\n//npm.invalid/:_authToken={TOKEN}\n")
    tag = "imagekit.test/no-trace:dev"
    ran = imagekit(
        *("build", APPS / "hello_web", "--tag", tag, "--no-verify", "--progress", "plain"),
        environment={"IMAGEKIT_NETWORK_NPMRC": str(npmrc)},
    )
    assert ran.exit_code == 0, ran.stderr
    store = ImageStore(engine=engine)
    found = store.contents(tag, keep=lambda _: True)
    history = [layer.created_by for layer in found.image.layers]
    config = [*found.image.config.environment.values(), *found.image.config.labels.values()]
    store.remove(tag)

    mirror = settings["IMAGEKIT_NETWORK_HEX_MIRROR"].removeprefix("http://")
    key = Path(settings["IMAGEKIT_NETWORK_HEX_PUBLIC_KEY"]).read_text()
    secrets = [mirror, TOKEN, key, str(npmrc), str(APPS)]
    for secret in secrets:
        assert secret not in ran.stderr
        assert not [text for text in (*history, *config) if secret in text]
        assert not [where for where, data in found.files.items() if secret.encode() in data]
    names = {entry.name for entry in found.entries}
    assert not [name for name in names if name.endswith(("/COOKIE", ".npmrc", "hex.config"))]
    assert not [name for name in names if name.startswith(("run/secrets/", "imagekit/", "hex/"))]
