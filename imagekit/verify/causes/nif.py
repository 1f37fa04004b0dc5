"""Causes of a NIF that the VM cannot load: whose it is, and which symbol or library is missing.

The words are those of `erlang:load_nif/2` around those of the loader, glibc's or musl's.
"""

from __future__ import annotations

import re
from typing import Final

from imagekit.elf.names import debian_package, newest, origin
from imagekit.verify import wording
from imagekit.verify.causes.model import Diagnosis
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

_FAILED: Final = re.compile(
    r"(?:Failed to load NIF library|unable to load nif|Library load-call unsuccessful)[^\n]*",
    re.IGNORECASE,
)
_MODULE: Final = re.compile(r"on_load_function_failed,'?(?:Elixir\.)?([\w.]+)")
_PATH: Final = re.compile(r"/[^\s:'\"`]*/lib/[a-z]\w*-\d[^/\s]*/priv/[^\s:'\"`()]+")
_SYMBOL: Final = re.compile(r"(?:undefined symbol: (\w+)|: (\w+): symbol not found)")
_VERSION: Final = re.compile(r"([\w.+-]+): version [`'\\]*((?:[A-Z]+)_[\w.]+)[\\']* not found")
_LIBRARY: Final = re.compile(
    r"([\w.+-]+\.so[\w.]*): cannot open shared object file"
    r"|Error loading shared library ([\w.+-]+)"
)
_MUSL: Final = "libc.musl-"
_CRYPTO: Final = "libcrypto.so"

_COMPILE: Final = (
    "Let the package compile in the builder instead of taking a precompiled file, or take one "
    "that is made for this image."
)
_SAME: Final = "Build and run on the same release of the distribution."


def nif(boot: BootFacts, expected: Expectation) -> Diagnosis | None:
    """Name the package of a NIF that was not loaded, and what it lacks."""
    del expected
    found = _FAILED.search(boot.output)
    if found is None:
        return None
    told = found[0]
    whose = _whose(told, boot.output)
    for rule in (_symbol, _version, _library):
        if diagnosis := rule(told, whose, boot):
            return diagnosis
    return Diagnosis(
        cause=f"{whose} cannot be loaded: {wording.line(told)}.",
        fix="Its library was built for another libc or processor, or one it needs is missing.",
    )


def _whose(told: str, output: str) -> str:
    path = _PATH.search(told)
    if path is not None:
        brought = origin(path[0])
        return f"The NIF of {brought}"
    module = _MODULE.search(output)
    return "A NIF" if module is None else f"The NIF of the module {module[1]}"


def _symbol(told: str, whose: str, boot: BootFacts) -> Diagnosis | None:
    del boot
    found = _SYMBOL.search(told)
    if found is None:
        return None
    symbol = wording.line(found[1] or found[2], 100)
    own = symbol.startswith("enif_")
    where = "the VM" if own else "the VM and the libraries"
    return Diagnosis(
        cause=f"{whose} cannot be loaded: it uses the symbol {symbol}, which {where} "
        f"{'does' if own else 'do'} not have.",
        fix=f"It was compiled for another version of {'Erlang/OTP' if own else 'a library'}. "
        f"{_COMPILE}",
    )


def _version(told: str, whose: str, boot: BootFacts) -> Diagnosis | None:
    found = _VERSION.search(told)
    if found is None:
        return None
    library, version = found[1], found[2]
    best = newest((each for offer in _offers(library, boot) for each in offer), version)
    has = f"; the image's has {best} at most" if best else ", which the image's does not have"
    return Diagnosis(
        cause=f"{whose} cannot be loaded: it needs {version} of {library}{has}.",
        fix=f"It was built against a newer {library}. {_SAME}",
    )


def _offers(library: str, boot: BootFacts) -> tuple[tuple[str, ...], ...]:
    """Give the versions that the image's libraries of a name offer; none as long as it is unread.

    A name ends with its number: another one is another library.
    """
    if boot.shipped is None:
        return ()
    return tuple(
        offered
        for path, offered in sorted(boot.shipped.libraries.items())
        if path.rpartition("/")[2] == library
    )


def _library(told: str, whose: str, boot: BootFacts) -> Diagnosis | None:
    found = _LIBRARY.search(told)
    if found is None:
        return None
    library = wording.line(found[1] or found[2], 80)
    lacks = f"{whose} cannot be loaded: "
    if library.startswith(_MUSL):
        return Diagnosis(
            cause=f"{lacks}it is linked with musl ({library}), the VM with glibc.", fix=_COMPILE
        )
    if library.startswith(_CRYPTO):
        return Diagnosis(
            cause=f"{lacks}it needs {library}, and {_other_libcrypto(boot)}.",
            fix=f"{_SAME} Its OpenSSL is the one that OTP was built with.",
        )
    package = debian_package(library)
    called = f" (in Debian `{package}` or alike)" if package else ""
    return Diagnosis(
        cause=f"{lacks}the shared library {library} is not in the image.",
        fix=f"Put the package that has it{called} into `runtime_packages` under [build].",
    )


def _other_libcrypto(boot: BootFacts) -> str:
    if boot.shipped is None:
        return "that is not in the image"
    names = {path.rpartition("/")[2] for path in boot.shipped.libraries}
    others = sorted(name for name in names if name.startswith(_CRYPTO))
    return f"the image has {wording.some(others)}" if others else "the image has no libcrypto"
