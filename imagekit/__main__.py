"""`python -m imagekit`."""

from imagekit.cli.main import run

run()
