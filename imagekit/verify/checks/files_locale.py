"""A UTF-8 locale that is there: without one the VM reads and writes latin1."""

from __future__ import annotations

import re
from typing import Final

from imagekit.verify.check import FilesCheck, Skipped, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts
from imagekit.verify.linking import Linking

_VARIABLES: Final = ("LC_ALL", "LC_CTYPE", "LANG")
"""In the order in which setlocale(3) asks them; the first that is not empty decides."""
_UTF8: Final = re.compile(r"([A-Za-z_]+)\.utf-?8(?:@\w+)?", re.IGNORECASE)
_ARGUMENTS: Final = ("ELIXIR_ERL_OPTIONS", "ERL_AFLAGS", "ERL_FLAGS", "ERL_ZFLAGS")
_FORCED: Final = re.compile(r"\+fnu")
_BUILT_IN: Final = frozenset({"C", "POSIX"})
_MUSL: Final = re.compile(r"lib/ld-musl-[\w-]+\.so\.1")
_ARCHIVE: Final = "usr/lib/locale/locale-archive"


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    if not Linking(facts=facts).roots():
        return Skipped(reason="no Erlang release in it: no locale is asked for")
    environment = {**facts.image.config.environment, **expected.environment}
    for each in _ARGUMENTS:
        if _FORCED.search(environment.get(each, "")):
            return verdict(f"{each} has +fnu: UTF-8 whatever the locale is", ())
    name = next((each for each in _VARIABLES if environment.get(each)), None)
    if name is None:
        return verdict("", ("neither LC_ALL, LC_CTYPE nor LANG is set (ENV LANG=C.UTF-8)",))
    value = environment[name]
    found = _UTF8.fullmatch(value)
    if found is None:
        return verdict("", (f"{name}={value} is no UTF-8 locale (ENV {name}=C.UTF-8)",))
    if not _is_there(found[1], facts):
        return verdict(
            "", (f"{name}={value}: no such locale is in the image, which falls back to latin1",)
        )
    return verdict(f"{name}={value}", ())


def _is_there(language: str, facts: FileFacts) -> bool:
    """Tell whether the C library finds it: glibc has C.UTF-8 built in since 2.35, musl any."""
    if language in _BUILT_IN or any(_MUSL.fullmatch(name) for name in facts.visible):
        return True
    if _ARCHIVE in facts.visible:
        return True
    folder = re.compile(rf"usr/lib/locale/{re.escape(language)}\.utf-?8/.+", re.IGNORECASE)
    return any(folder.fullmatch(name) for name in facts.visible)


CHECK = FilesCheck(id="files.locale", title="has a UTF-8 locale", run=_run)
