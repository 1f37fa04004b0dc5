"""How big images are, and what a push of one costs: `make bench-size`.

Two fixture apps, three ways: the recipes `minimal` and `debian`, and the conventional Dockerfile.
What a registry must receive is counted in a registry: blobs that were not there before.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from tests.bench import edits as of_app
from tests.bench import steps
from tests.bench.content import Counted, count
from tests.bench.measure import Row, machine, save, say_machine, table
from tests.bench.packages import hex_of_run
from tests.bench.services import blobs, registry
from tests.bench.sides import Site, conventional, imagekit, remove

KILO: Final = 1024
MEGA: Final = 1_000_000
NEW_BASE: Final = "a new base image, above the base's own"
WAYS: Final = ("minimal", "debian", "conventional")


@dataclass(frozen=True, kw_only=True)
class Results:
    """What one app gave."""

    counted: Mapping[str, Counted]
    """By way; `minimal zstd` too."""
    pushed: Mapping[str, Mapping[str, int]]
    """Bytes a registry had to receive, by edit and way."""


def build(site: Site, way: str, *flags: str) -> None:
    """Build one way; the conventional one has no recipe."""
    if way == "conventional":
        conventional(site, *flags)
    else:
        imagekit(site, "--recipe", way, *flags)


def sizes(sites: Mapping[str, Site], store: ImageStore) -> dict[str, Counted]:
    """Build and count each way, `minimal` with zstd as well."""
    found = {}
    for way, site in sites.items():
        build(site, way)
        found[way] = count(store, site.tag)
    packed = replace(sites["minimal"], tag=f"{sites['minimal'].tag}-zstd")
    try:
        build(packed, "minimal", "--compression", "zstd")
        found["minimal zstd"] = count(store, packed.tag)
    finally:
        remove(packed)
    return found


def pushes(
    sites: Mapping[str, Site], edits: Mapping[str, steps.Edit], run: int, folder: Path
) -> dict[str, dict[str, int]]:
    """Push each way, then after each edit count what was not there."""
    received: dict[str, dict[str, int]] = {}
    for way, site in sites.items():
        with registry(folder / way) as address:
            here = folder / way
            push(site.tag, f"{address}/app:0")
            for number, (name, edit) in enumerate(edits.items(), start=1):
                edit(site.app, run + number)
                build(site, way)
                before = blobs(here)
                push(site.tag, f"{address}/app:{number}")
                after = blobs(here)
                received.setdefault(name, {})[way] = sum(
                    size for digest, size in after.items() if digest not in before
                )
                say(f"{site.name}, {way}: {name}: {received[name][way]:,} bytes")
            received.setdefault(NEW_BASE, {})[way] = _new_base(site, way, address, here, run)
            say(f"{site.name}, {way}: {NEW_BASE}: {received[NEW_BASE][way]:,} bytes")
    return received


def _new_base(site: Site, way: str, address: str, folder: Path, run: int) -> int:
    """Build on bases that have a file more, as a new patch level of them would have."""
    flags = []
    for number, base in enumerate(of_app.bases()):
        name = f"{address}/base-{number}:new"
        text = (
            f"FROM {base}\nRUN echo {run} >/etc/patch-level && touch -d @0 /etc/patch-level /etc\n"
        )
        command = ("docker", "buildx", "build", "--provenance=false", "--tag", name, "-")
        subprocess.run(command, check=True, input=text, text=True, capture_output=True)
        subprocess.run(("docker", "push", name), check=True, capture_output=True)
        subprocess.run(("docker", "image", "rm", name), check=True, capture_output=True)
        flags += ["--build-context", f"{base}=docker-image://{name}"]
    build(site, way, *flags)
    before = blobs(folder)
    push(site.tag, f"{address}/app:base")
    return sum(size for digest, size in blobs(folder).items() if digest not in before)


def push(tag: str, name: str) -> None:
    """Push an image under another name, which goes again."""
    subprocess.run(("docker", "tag", tag, name), check=True, capture_output=True)
    try:
        subprocess.run(("docker", "push", name), check=True, capture_output=True)
    finally:
        subprocess.run(("docker", "image", "rm", name), check=False, capture_output=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--app", action="append", choices=["hello_web", "heavy"])
    options.add_argument("--json", type=Path, help="where raw results go")
    wanted = options.parse_args()
    # Ended by a signal, it stops what it started too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    described = machine()
    say(say_machine(described))
    results: dict[str, Results] = {}
    store = ImageStore(engine=Engine.connect(os.environ))
    with tempfile.TemporaryDirectory(prefix="imagekit-bench-") as folder:
        run = int(time.time())
        with hex_of_run(Path(folder) / "hex", run, 1) as packages:
            for app in wanted.app or ("hello_web", "heavy"):
                place = Path(folder) / app
                with _sites(app, place, packages.settings, run) as sites:
                    counted = sizes(sites, store)
                    pushed = pushes(sites, of_app.edits(app, packages.bumps[0]), run, place)
                results[app] = Results(counted=counted, pushed=pushed)
    save(wanted.json, {"machine": described, "results": results})
    print(say_machine(described))
    for app, result in results.items():
        print(f"\n## {app}\n")
        print(table(_targets(result), ("figure",)), end="\n\n")
        print(_groups(result.counted), end="\n\n")
        print(_pushed(result.pushed))
    return 0


@contextmanager
def _sites(
    app: str, folder: Path, settings: Mapping[str, str], run: int
) -> Iterator[dict[str, Site]]:
    sites = {
        way: Site(
            app=steps.copy_of(app, folder / f"{way}-tree"),
            name=app,
            tag=f"imagekit.bench/{app}-{way}:{run}",
            settings=settings,
        )
        for way in WAYS
    }
    try:
        yield sites
    finally:
        for site in sites.values():
            remove(site)


def _targets(result: Results) -> list[Row]:
    ours, theirs = result.counted["minimal"], result.counted["conventional"]
    module = result.pushed["one module"]
    needed = ours.release + ours.libraries + ours.certificates
    ratios = (
        ("minimal / conventional, compressed with gzip", 0.38, ours.compressed / theirs.compressed),
        (
            "minimal with zstd / conventional with gzip",
            0.33,
            result.counted["minimal zstd"].compressed / theirs.compressed,
        ),
        ("minimal unpacked / (release + ELF closure + certificates)", 1.1, ours.unpacked / needed),
        (
            "bytes pushed after one edited module, minimal / conventional",
            0.03,
            module["minimal"] / module["conventional"],
        ),
    )
    rows = [
        Row(name=name, measured=f"{value:.3f}", target=target, value=value)
        for name, target, value in ratios
    ]
    for way in ("minimal", "debian"):
        pushed, wasted = result.pushed[NEW_BASE][way], result.counted[way].wasted
        rows += (
            _bytes(f"bytes pushed after {NEW_BASE}: {way}", 64 * KILO, pushed),
            _bytes(f"bytes stored more than once or removed later: {way}", 0, wasted),
        )
    return rows


def _bytes(name: str, target: int, value: int) -> Row:
    return Row(name=name, measured=f"{value:,}", target=target, value=value)


def _groups(counted: Mapping[str, Counted]) -> str:
    """Write a table: MB compressed / unpacked, in all and by layer group."""
    groups = ("os", "erts", "deps", "assets", "app")
    lines = [("MB, compressed / unpacked", "in all", *groups), ("---",) * (len(groups) + 2)]
    for way, each in counted.items():
        cells = (each.groups.get(group) for group in groups)
        shown = ("" if cell is None else _pair(*cell) for cell in cells)
        lines.append((way, _pair(each.compressed, each.unpacked), *shown))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _pair(compressed: int, unpacked: int) -> str:
    return f"{compressed / MEGA:.1f} / {unpacked / MEGA:.1f}"


def _pushed(pushed: Mapping[str, Mapping[str, int]]) -> str:
    lines = [("kB pushed after", *WAYS), ("---",) * (len(WAYS) + 1)]
    for name, by_way in pushed.items():
        lines.append((name, *(f"{by_way[way] / 1000:,.0f}" for way in WAYS)))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
