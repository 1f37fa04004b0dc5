"""How long lint takes: `make bench-lint`. A benchmark, no test: it says numbers and judges none.

1,000 Dockerfiles of the corpus' size (targets: 3 s on two cores), and one file, start of the
command included (300 ms), each as a process of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parents[1] / "golden" / "corpus"
IMAGEKIT: Final = Path(sysconfig.get_path("scripts")) / "imagekit"
ALONE: Final = ("--no-hadolint", "--no-buildkit")
FILES: Final = 1_000


def main() -> None:
    """Measure and print, one line a case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = _write(folder)
        _line(f"{FILES} Dockerfiles, {size / FILES:.0f} bytes each", (*ALONE, str(folder)), runs=5)
        one = next(iter(sorted(folder.glob("*/Dockerfile"))))
        _line("one Dockerfile", (*ALONE, str(one)), runs=20)
        _line("one Dockerfile, with hadolint", ("--no-buildkit", str(one)), runs=10)
        _line("one Dockerfile, as it comes", (str(one),), runs=10)


def _write(folder: Path) -> int:
    texts = [path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*/Dockerfile"))]
    size = 0
    for number in range(FILES):
        # no two are the same: what is remembered of one text must not help
        text = f"{texts[number % len(texts)]}# number {number}\n"
        target = folder / f"{number:04}" / "Dockerfile"
        target.parent.mkdir()
        target.write_text(text, encoding="utf-8")
        size += len(text)
    return size


def _line(what: str, arguments: tuple[str, ...], *, runs: int) -> None:
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        done = subprocess.run([IMAGEKIT, "lint", *arguments], capture_output=True, check=False)
        seconds.append(time.perf_counter() - started)
        if done.returncode not in (0, 4):
            sys.exit(done.stderr.decode())
    seconds.sort()
    median = statistics.median(seconds)
    sys.stdout.write(
        f"{what}: median {median * 1000:.0f} ms of {runs}, "
        f"{seconds[0] * 1000:.0f} to {seconds[-1] * 1000:.0f}\n"
    )


if __name__ == "__main__":
    main()
