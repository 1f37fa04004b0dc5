"""What the terminal shows: stdout is the product, stderr is the talk.

With the verbs in `cli/` the only code that prints. Colour follows `NO_COLOR`
and whether stderr is a terminal (rich does both).
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from imagekit.errors import ImagekitError

if TYPE_CHECKING:  # a verb that has nothing to say starts without rich, a fifth of the start
    from rich.console import Console
    from rich.text import Text


def product(text: str) -> None:
    """Print what the user asked for, and nothing else, to stdout."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def talk() -> Console:
    """Give the console for everything that is not the product."""
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str | Text) -> None:
    """Say a line of the talk. Brackets in it are text, never markup."""
    from rich.text import Text  # noqa: PLC0415

    talk().print(Text(text) if isinstance(text, str) else text)


def show_error(err: ImagekitError, *, as_json: bool) -> None:
    """Show an error of the catalogue: what failed, what was found, what to do, which page."""
    from rich.text import Text  # noqa: PLC0415

    console = talk()
    console.print(Text.assemble(("Error: ", "bold red"), err.what))
    for line in err.found.splitlines():
        console.print(Text(f"  {line}"))
    console.print(Text.assemble(("Try:   ", "bold"), err.advice))
    console.print(Text(f"       imagekit explain {err.page}", style="dim"))
    if as_json:
        product(
            json.dumps(
                {
                    "schema": 1,
                    "error": {
                        "page": err.page,
                        "exit_code": int(err.exit_code),
                        "what": err.what,
                        "found": err.found,
                        "advice": err.advice,
                    },
                },
                indent=2,
                ensure_ascii=False,
            )
        )


def usage_document(what: str, exit_code: int) -> None:
    """Print the one JSON document of an error that has no page."""
    product(
        json.dumps(
            {"schema": 1, "error": {"page": "", "exit_code": int(exit_code), "what": what}},
            indent=2,
            ensure_ascii=False,
        )
    )


def show_defect(err: Exception, *, as_json: bool) -> None:
    """Show an error that imagekit did not foresee, in two lines; all of it with IMAGEKIT_DEBUG."""
    from rich.text import Text  # noqa: PLC0415

    console = talk()
    if os.environ.get("IMAGEKIT_DEBUG"):
        console.print(Text("".join(traceback.format_exception(err))))
    place = traceback.extract_tb(err.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    console.print(Text.assemble(("Internal error: ", "bold red"), f"{type(err).__name__}: {err}"))
    console.print(Text(f"  at {where}; this is a defect of imagekit. IMAGEKIT_DEBUG=1 shows all."))
    if as_json:
        usage_document(f"{type(err).__name__}: {err}", 1)


def size(count: int) -> str:
    """Write a number of bytes in decimal units, as registries and `docker` do."""
    value = float(count)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.2f} GB"
