"""Causes that a strict boot gives: a read-only root, files of others, dropped capabilities.

The words are those of the C library, around a path as shells, coreutils, nginx and Elixir put it.
"""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify import wording
from imagekit.verify.causes.model import Diagnosis
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_VOLUME: Final = "a volume there: `writable` under [verify]"
_WRITE: Final = f"Let it write to /tmp, or not at all, or give it {_VOLUME}."
_ROOT: Final = frozenset({"", "0", "root"})

# GNU's tools quote with U+2018 and U+2019 in a UTF-8 locale.
QUOTE: Final = r"[`'\"\u2018\u2019]"
_IN_PATH: Final = r"[^\s:'\"`\u2018\u2019]"
_NAMED: Final = rf"{QUOTE}?(?P<path>/{_IN_PATH}+){QUOTE}?"
# What stands between a path and the reason: nginx's `chown("/x", 33) failed (1: ...)`.
_SAID: Final = r"(?:, \d+\))?(?: failed)?:? *\(?(?:\d+: )?"


def _forms(words: str) -> tuple[re.Pattern[str], ...]:
    """Give the patterns of a reason with its path before it, after it, or without one."""
    return (
        re.compile(rf"{_NAMED}{_SAID}(?:{words})"),
        re.compile(rf"(?:{words}): {_NAMED}"),
        re.compile(rf"(?P<path>)(?:{words})"),
    )


_READ_ONLY: Final = _forms(r"[Rr]ead-only file system|:?\berofs\b")
_NOT_PERMITTED: Final = _forms(r"[Oo]peration not permitted|:eperm\b")
# The last is OTP's own code loader; without a path it may be an answer to anything.
_DENIED: Final = (
    *_forms(r"[Pp]ermission denied|eacces")[:2],
    re.compile(r"error: eacces\. Target: (?P<path>/[^\s'\"]+?)\.(?: |$)"),
)
_WRITES: Final = re.compile(r"(?:write to file|make directory|create directory|mkdir\(\)) *\W?$")


def read_only(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """Name what it wants to write on the root file system."""
    del expected
    found = _first(_READ_ONLY, boot)
    if found is None:
        return None
    where = f" ({found['path']})" if found["path"] else ""
    return Diagnosis(
        cause=f"It wants to write to the root file system{where}, which is read-only.",
        fix=_WRITE,
    )


def not_permitted(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """What takes a capability: changing owners, becoming another user, opening a raw socket."""
    found = _first(_NOT_PERMITTED, boot)
    if found is None:
        return None
    line = boot.output[boot.output.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
    kept = expected.capabilities
    has = f"only {wording.some(kept)}" if kept else "none"
    return Diagnosis(
        cause=f"It does what takes a capability, and has {has}: {wording.line(line, 120)}.",
        fix="Let it start as the user that it is to run as, with files that are that user's "
        "already; else name what it needs: `capabilities` under [verify], such as CHOWN, SETUID "
        "and SETGID.",
    )


def denied(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """Name what its user may not write or use."""
    del expected
    found = _first(_DENIED, boot)
    if found is None:
        return None
    path, root = found["path"], _is_root(boot)
    who = "Root, which has no capabilities here," if root else "The image's user"
    if _WRITES.search(boot.output[: found.start()]):
        return Diagnosis(cause=f"{who} may not write {path} (permission denied).", fix=_WRITE)
    fix = (
        "Let it run as the user that its files belong to, or name what it needs: `capabilities` "
        f"under [verify], such as DAC_OVERRIDE. Where it wants to write, give it {_VOLUME}."
        if root
        else "Make it readable for others when the image is built; where it wants to write, give "
        f"it {_VOLUME}."
    )
    return Diagnosis(cause=f"{who} may not use {path} (permission denied).", fix=fix)


def _first(patterns: tuple[re.Pattern[str], ...], boot: BootFacts) -> re.Match[str] | None:
    return next((found for each in patterns if (found := each.search(boot.output))), None)


def _is_root(boot: BootFacts) -> bool:
    user = None if boot.shipped is None else boot.shipped.user
    return user is not None and user.partition(":")[0] in _ROOT
