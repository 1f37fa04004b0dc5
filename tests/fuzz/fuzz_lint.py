"""Coverage-guided fuzzing of lint, by hand: `python tests/fuzz/fuzz_lint.py -max_total_time=60`.

Needs `pip install atheris`. Options are libFuzzer's; a folder behind them keeps the corpus. What it
finds belongs to `tests/unit/lint/test_any_input.py`, which runs always.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports():
    from imagekit.dockerfile.text import Text
    from imagekit.errors import ImagekitError
    from imagekit.lint.fix import fixed
    from imagekit.lint.kinds import read_target
    from imagekit.lint.report import FORMATS
    from imagekit.lint.run import Subject, run

FILES = (
    ("Dockerfile", "dockerfile"),
    ("app.yaml", "kubernetes"),
    ("compose.yaml", "compose"),
    ("config/prod.exs", "elixir"),
    ("mix.exs", "elixir"),
    ("imagekit.toml", "settings"),
)


def one_input(data: bytes) -> None:
    """Lint bytes as the kind of file that the first one says."""
    name, kind = FILES[data[0] % len(FILES)] if data else FILES[0]
    text = Text.decode(name, data[1:])
    assert text.encode() == data[1:]
    try:
        target = read_target(text, kind=kind)
    except ImagekitError as err:
        assert err.what
        return
    report = run([Subject(target=target)])
    for finding in report.findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(text.content)
    for render in FORMATS.values():
        render(report).encode()
    fixed(text.content, report.findings)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
