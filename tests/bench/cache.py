"""How long a rebuild takes, compared with the conventional Dockerfile: `make bench-cache`.

A developer's sequence of edits on `heavy`, each built by both sides in turn. What is compared
are the two builds of one edit, done one after the other: the machine's load is the same for both.
"""

from __future__ import annotations

import argparse
import compileall
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.bench import steps
from tests.bench.measure import Row, Spread, load, machine, save, say_machine, table
from tests.bench.packages import hex_of_run
from tests.bench.services import fresh_engine, registry
from tests.bench.sides import ROOT, Site, Took, conventional, eject, ejected, imagekit, remove

NOTHING: Final = "nothing changed"
OUTSIDE: Final = "version bump, own config, dev-only dependency"
MODULE: Final = "one module of 300"
DEPENDENCY: Final = "one dependency bumped, same machine"
FRESH: Final = "version bump, on a fresh builder with only the registry cache"
TARGETS: Final = {NOTHING: 0.7, OUTSIDE: 0.15, MODULE: 0.5, DEPENDENCY: 0.3, FRESH: 0.35}
KINDS: Final[tuple[tuple[str, steps.Edit], ...]] = (
    ("version", steps.version),
    ("own config", steps.own_configuration),
    ("dev-only dependency", steps.development_dependency),
)

Build = Callable[[Site], Took]


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One edit, built by both sides."""

    row: str
    kind: str
    ours: Took
    theirs: Took
    load: float

    @property
    def ratio(self) -> float:
        return self.ours.seconds / self.theirs.seconds


class Bench:
    """One run: the trees of the sides, and what was measured so far."""

    def __init__(self, folder: Path, settings: Mapping[str, str], registry: str, run: int) -> None:
        names = ("imagekit", "conventional", "ejected")
        self.ours, self.theirs, self.plain = (
            Site(
                app=steps.copy_of("heavy", folder / name),
                name="heavy",
                tag=f"imagekit.bench/heavy-{name}:{run}",
                settings=settings,
            )
            for name in names
        )
        self.registry = registry
        self.number = run
        self.pairs: list[Pair] = []

    def edit(self, edit: steps.Edit) -> None:
        """Change all trees in the same way."""
        self.number += 1
        for site in (self.ours, self.theirs, self.plain):
            edit(site.app, self.number)

    def pair(self, row: str, kind: str = "", theirs: tuple[Site, Build] | None = None) -> None:
        """Build with both sides; which is first changes from pair to pair."""
        site, build = theirs or (self.theirs, conventional)
        first_ours = len([each for each in self.pairs if each.row == row]) % 2 == 0
        before = load()
        if first_ours:
            ours, other = imagekit(self.ours), build(site)
        else:
            other, ours = build(site), imagekit(self.ours)
        self.note(Pair(row=row, kind=kind, ours=ours, theirs=other, load=before))

    def fresh(self) -> None:
        """Write both sides' caches, change the version, and build where only those are known."""
        sides = tuple(
            # A cache of its own each time: what is written is that of the tree as it is.
            (build, replace(site, cache=f"{self.registry}/{build.__name__}:{self.number}"))
            for build, site in ((imagekit, self.ours), (conventional, self.theirs))
        )
        for build, site in sides:
            build(site)
        self.edit(steps.version)
        before = load()
        took = {}
        for build, site in sides if self.number % 2 else reversed(sides):
            with fresh_engine() as address:
                took[build] = build(replace(site, engine=address))
        ours, theirs = took[imagekit], took[conventional]
        self.note(Pair(row=FRESH, kind="", ours=ours, theirs=theirs, load=before))

    def note(self, pair: Pair) -> None:
        self.pairs.append(pair)
        name = f"{pair.row} ({pair.kind})" if pair.kind else pair.row
        say(f"{name}: {pair.ours.seconds:.1f} s to {pair.theirs.seconds:.1f} s, load {pair.load}")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=6, help="of each row; at least 5 to be told")
    options.add_argument("--row", action="append", choices=list(TARGETS), help="only these")
    options.add_argument("--json", type=Path, help="where raw results go")
    wanted = options.parse_args()
    rows = wanted.row or list(TARGETS)
    # Ended by a signal, it stops what it started too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # As pip does with what it installs: a checkout has none where Python may write no bytecode.
    compileall.compile_dir(ROOT / "imagekit", quiet=1)
    described = machine()
    say(say_machine(described))
    with _bench(wanted.pairs) as (bench, bumps):
        bench.edit(steps.begin)
        bench.pair("cold", "dependencies compiled by both")
        eject(bench.plain)
        try:
            for number in range(wanted.pairs):
                _round(bench, rows, number, bumps[number])
        finally:
            document = {"machine": described, "pairs": bench.pairs}
            save(wanted.json, document)
    print(say_machine(described), end="\n\n")
    print(table([_row(name, bench.pairs) for name in rows], COLUMNS))
    print("\nSeconds of imagekit's stages, median:", end="\n\n")
    for name in rows:
        print(f"- {name}: {_stages([each for each in bench.pairs if each.row == name])}")
    return 0


@contextmanager
def _bench(pairs: int) -> Iterator[tuple[Bench, tuple[str, ...]]]:
    """Start what a run needs; nothing of it is left afterwards but what the engine has cached."""
    run = int(time.time())
    with (
        tempfile.TemporaryDirectory(prefix="imagekit-bench-") as name,
        hex_of_run(Path(name) / "hex", run, pairs) as packages,
        registry(Path(name) / "registry") as address,
    ):
        bench = Bench(Path(name), packages.settings, address, run)
        try:
            yield bench, packages.bumps
        finally:
            for site in (bench.ours, bench.theirs, bench.plain):
                remove(site)


def _round(bench: Bench, rows: list[str], number: int, bump: str) -> None:
    if NOTHING in rows:
        ejected(bench.plain)
        imagekit(bench.ours)
        bench.pair(NOTHING, theirs=(bench.plain, ejected))
    if OUTSIDE in rows:
        kind, edit = KINDS[number % len(KINDS)]
        bench.edit(edit)
        bench.pair(OUTSIDE, kind)
    if MODULE in rows:
        bench.edit(steps.one_module)
        bench.pair(MODULE)
    if DEPENDENCY in rows:
        bench.edit(steps.dependency(bump))
        bench.pair(DEPENDENCY)
    if FRESH in rows:
        bench.fresh()


COLUMNS: Final = ("rebuild after", "imagekit, s", "conventional, s", "pairs")


def _row(name: str, pairs: list[Pair]) -> Row:
    found = [each for each in pairs if each.row == name]
    if not found:
        return Row(name=name, measured="", target=TARGETS[name])
    ours = Spread(values=tuple(each.ours.seconds for each in found))
    theirs = Spread(values=tuple(each.theirs.seconds for each in found))
    above = name == NOTHING
    values = (each.ours.seconds - each.theirs.seconds if above else each.ratio for each in found)
    spread = Spread(values=tuple(values))
    return Row(
        name=f"{name} (s above `docker build` of its Dockerfile)" if above else name,
        measured=str(spread),
        target=TARGETS[name],
        value=spread.median,
        notes=(str(ours), str(theirs), str(len(found))),
    )


def _stages(pairs: list[Pair]) -> str:
    seconds = defaultdict(list)
    for pair in pairs:
        for name, took in pair.ours.steps.items():
            seconds[name].append(took)
    return ", ".join(
        f"{name} {Spread(values=tuple(took)).median:.1f}" for name, took in seconds.items()
    )


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
