"""Cases of the checks that boot nothing: a check's id, facts, what is expected, what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from imagekit.image import LayerGroup
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.sizes import Baseline, Sizes

from .examples import EXPECTED, IMAGE, budget, entry, files, image

Case = tuple[str, Any, Expectation, str]

START = entry("app/releases/start_erl.data")
SUID = entry("usr/bin/su", in_layer=0, mode=0o4755)
BEFORE = Baseline(
    reference="hello:1",
    digest="sha256:0",
    whole=Sizes(compressed=28_000_000, unpacked=71_000_000),
    groups={
        LayerGroup.OS: Sizes(compressed=27_900_000, unpacked=70_000_000),
        LayerGroup.APP: Sizes(compressed=100_000, unpacked=1_000_000),
    },
)


def release(**environment: str) -> FileFacts:
    """A release in an image with this environment."""
    return replace(files(START), image=image(environment=environment))


def grown(**limits: Any) -> Expectation:
    return replace(budget(**limits), baseline=BEFORE)


PASSED: dict[str, Case] = {
    "a release without source": ("files.source", files(), EXPECTED, "none in"),
    "what runs as a script": (
        "files.source",
        files(
            entry("app/releases/0.1.0/runtime.exs"),
            entry("app/etc/config.exs"),
            entry("app/lib/hello-0.1.0/priv/repo/migrations/1_a.exs"),
            entry("app/lib/kernel-10.2/include/file.hrl"),
            entry("usr/share/doc/x.git/readme"),
        ),
        EXPECTED,
        "none in",
    ),
    "plain modes": ("files.modes", files(), EXPECTED, "nothing set-uid; nothing writable"),
    "the base's own": ("files.modes", files(SUID), EXPECTED, "beside 1 set-uid commands"),
    "sticky, and a folder's group": (
        "files.modes",
        files(
            entry("tmp", kind="directory", mode=0o1777),
            entry("var/mail", kind="directory", mode=0o2775),
            entry("etc/link", kind="symlink", mode=0o777),
        ),
        EXPECTED,
        "nothing writable",
    ),
    "a UTF-8 locale": ("files.locale", release(LANG="C.UTF-8"), EXPECTED, "LANG=C.UTF-8"),
    "the first decides": (
        "files.locale",
        release(LANG="C", LC_ALL="C.utf8"),
        EXPECTED,
        "LC_ALL=C.utf8",
    ),
    "the VM is told": ("files.locale", release(ELIXIR_ERL_OPTIONS="+fnu"), EXPECTED, "+fnu"),
    "a locale with its archive": (
        "files.locale",
        replace(
            files(START, entry("usr/lib/locale/locale-archive")),
            image=image(environment={"LANG": "de_DE.UTF-8"}),
        ),
        EXPECTED,
        "LANG=de_DE.UTF-8",
    ),
    "little waste": (
        "files.waste",
        files(entry("var/x", in_layer=0, size=1_000_000), entry("var/x", size=1_000_000)),
        EXPECTED,
        "1 MB of files that a later layer replaces or removes (budget 5 MB)",
    ),
    "groups in their budgets": (
        "size.layers",
        IMAGE,
        budget(layers={"app": "1MB", "assets": "1MB"}),
        "app 900 kB of 1 MB, assets 0 B of 1 MB",
    ),
    "grown a little": (
        "size.growth",
        IMAGE,
        grown(growth="1MB"),
        "+900 kB compressed against hello:1 (budget +1 MB)",
    ),
}
FAILED: dict[str, Case] = {
    "source": (
        "files.source",
        files(entry("app/lib/hello/lib/hello.ex"), entry("src/mix.exs")),
        EXPECTED,
        "Elixir or Erlang source: /app/lib/hello/lib/hello.ex, /src/mix.exs",
    ),
    "a lock file": ("files.source", files(entry("src/mix.lock")), EXPECTED, "/src/mix.lock"),
    "C": ("files.source", files(entry("app/lib/x/c_src/x.c")), EXPECTED, "C source"),
    "a set-uid file of its own": (
        "files.modes",
        files(entry("app/bin/helper", mode=0o4755)),
        EXPECTED,
        "set-uid or set-gid: /app/bin/helper (mode 4755, owner 0)",
    ),
    "a later su is nobody's base": (
        "files.modes",
        files(entry("usr/bin/su", mode=0o4755)),
        EXPECTED,
        "/usr/bin/su",
    ),
    "everybody writes": (
        "files.modes",
        files(entry("app/log", kind="directory", mode=0o777), entry("app/x", mode=0o666)),
        EXPECTED,
        "writable for everybody: /app/log/, /app/x",
    ),
    "no locale": ("files.locale", release(PATH="/bin"), EXPECTED, "nor LANG is set"),
    "a latin1 locale": ("files.locale", release(LANG="C"), EXPECTED, "LANG=C is no UTF-8"),
    "a locale that is not there": (
        "files.locale",
        release(LANG="en_US.UTF-8"),
        EXPECTED,
        "no such locale is in the image",
    ),
    "waste": (
        "files.waste",
        files(
            entry("var/x", in_layer=0, size=4_000_000),
            entry("var/x", whiteout=True),
            entry("var/y", in_layer=0, size=3_000_000),
            entry("var/y", size=2),
        ),
        EXPECTED,
        "budget of 5 MB\n  4 MB /var/x (removed later)\n  3 MB /var/y (stored again later)",
    ),
    "a group over its budget": (
        "size.layers",
        IMAGE,
        budget(layers={"app": "500kB", "os": "1GB"}),
        "app 900 kB of 500 kB, 400 kB over the budget",
    ),
    "grown too much": (
        "size.growth",
        IMAGE,
        grown(growth="500kB"),
        "hello:1, over the budget of 500 kB\n  os: 27.9 MB to 28 MB\n  app: 100 kB to 900 kB",
    ),
    "an env file": ("files.secrets", files(entry("app/.env.staging")), EXPECTED, "environment"),
    "a key store": ("files.secrets", files(entry("app/x.p12")), EXPECTED, "a key store"),
    "cloud": ("files.secrets", files(entry("root/.kube/config")), EXPECTED, "cloud credentials"),
}
SKIPPED: dict[str, Case] = {
    "no Erlang": ("files.locale", files(), EXPECTED, "no Erlang release in it"),
    "no budget of groups": ("size.layers", IMAGE, EXPECTED, "set `layers` under"),
    "nothing before": ("size.growth", IMAGE, budget(growth="1MB"), "give --baseline"),
    "growth without a budget": (
        "size.growth",
        IMAGE,
        grown(),
        "+900 kB compressed against hello:1; no budget: set `growth`",
    ),
}
