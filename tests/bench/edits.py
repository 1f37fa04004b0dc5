"""The edits whose pushes are counted, for each app; and the base images that both sides use."""

from __future__ import annotations

from pathlib import Path

from tests.bench import steps
from tests.bench.sides import HERE
from tests.cache import edits as cache


def bases() -> tuple[str, ...]:
    """Name the base images of the conventional Dockerfile, which are the recipes' too."""
    text = (HERE / "conventional" / "heavy.Dockerfile").read_text(encoding="utf-8")
    return tuple(line.split()[1] for line in text.splitlines() if line.startswith("FROM "))


def edits(app: str, bump: str) -> dict[str, steps.Edit]:
    """Give the edits of the cache's table, each to be built and pushed after the one before."""
    if app == "heavy":
        return {
            "one module": steps.one_module,
            "version bump": steps.version,
            "own config": steps.own_configuration,
            "dev-only dependency": steps.development_dependency,
            "one dependency bumped": steps.dependency(bump),
        }
    page, config = "lib/hello_web/controllers/slow_controller.ex", "config/config.exs"
    script = "\nconsole.log({nonce});\n"
    return {
        "one module": _named(cache.replace(page, "waited #{ms} ms", "waited #{ms} ms {nonce}")),
        "version bump": steps.version,
        "own config": _named(cache.replace(config, "hello_from", "hello_{nonce}_from")),
        "dev-only dependency": _named(cache.add_dependency_for_development("mix.exs")),
        "one dependency bumped": _named(cache.lock_line("word_case", "1.0.1")),
        "a file in assets/js": _named(cache.append("assets/js/app.js", script)),
    }


def _named(edit: cache.Edit) -> steps.Edit:
    def numbered(app: Path, number: int) -> None:
        edit(app, str(number))

    return numbered
