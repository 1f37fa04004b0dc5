"""How BuildKit matches file names: three matchers that do not agree on escapes.

`names_file` is the COPY itself (tonistiigi/fsutil, copy.go, and Go's
`path.Match`); `passes_filter` is the filter of the build context and of
`.dockerignore` (moby/patternmatcher); `ignored_by` is a whole `.dockerignore`.
"""

from __future__ import annotations

import re
from functools import cache


def names_file(pattern: str, path: str) -> bool:
    """Tell whether COPY takes the file for this source."""
    if not re.search(r"^(?:\\.|[^\\*?\[])*[*?\[]", pattern):
        # Without a wildcard it is a name, backslashes and all.
        return pattern == path
    return bool(re.fullmatch(_go_match(pattern), path, re.DOTALL))


@cache
def _go_match(pattern: str) -> str:
    regex, at = "", 0
    while at < len(pattern):
        here = pattern[at]
        at += 1
        if here == "*":
            regex += "[^/]*"
        elif here == "?":
            regex += "[^/]"
        elif here == "\\":
            regex += re.escape(pattern[at])
            at += 1
        elif here == "[":
            members = ""
            while pattern[at] != "]" or not members:
                at += pattern[at] == "\\"
                members += re.escape(pattern[at])
                at += 1
            at += 1
            regex += f"[{members}]"
        else:
            regex += re.escape(here)
    return regex


def passes_filter(pattern: str, path: str) -> bool:
    """Tell whether the path, or a folder above it, matches."""
    pattern = pattern.strip()
    if pattern.startswith("!"):
        return False
    exact, regex = _filter(pattern.removeprefix("\ufeff"))
    parts = path.split("/")
    candidates = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    if exact:
        return pattern in candidates
    return any(re.search(regex, each, re.DOTALL) for each in candidates)


@cache
def _filter(pattern: str) -> tuple[bool, str]:
    regex, at, exact = "^", 0, True
    while at < len(pattern):
        here = pattern[at]
        at += 1
        if here == "*":
            regex, exact = f"{regex}[^/]*", False
        elif here == "?":
            regex, exact = f"{regex}[^/]", False
        elif here in ".+()$":
            # The table of characters to escape is meant to hold `{`, `|` and `}` too.
            regex += f"\\{here}"
        elif here == "\\":
            regex, exact, at = f"{regex}\\{pattern[at : at + 1]}", False, at + 1
        else:
            regex += here
            exact = exact and here not in "[]"
    return exact, f"{regex}$"


def ignored_by(dockerignore: str, path: str) -> bool:
    """Tell whether the build context leaves the path out."""
    ignored = False
    for line in dockerignore.removeprefix("\ufeff").split("\n"):
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        if pattern == "**":
            ignored = True
        elif passes_filter(pattern.removeprefix("!"), path):
            ignored = not pattern.startswith("!")
    return ignored
