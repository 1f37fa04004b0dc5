"""What names tell: which package has a library, which package brought a file, what a version is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_SONAME: Final = re.compile(r"(?P<name>.+?)\.so(?:\.(?P<version>[\d.]+))?")
# Where the package is not called after the library, or has more than one.
_DEBIAN: Final[Mapping[str, str]] = {
    "libc.so.6": "libc6",
    "libcrypto.so.3": "libssl3t64",
    "libgcc_s.so.1": "libgcc-s1",
    "libm.so.6": "libc6",
    "libssl.so.3": "libssl3t64",
    "libz.so.1": "zlib1g",
}
_APPLICATION: Final = re.compile(r"(?:^|/)lib/(?P<name>[a-z][\w]*)-(?P<version>\d[^/]*)/")
_OTP: Final = frozenset(
    (
        *("asn1", "common_test", "crypto", "dialyzer", "erl_interface", "jinterface", "megaco"),
        *("odbc", "os_mon", "runtime_tools", "snmp", "tools", "wx"),
    )
)
_NUMBERED: Final = re.compile(r"(?P<family>[A-Z]+)_(?P<number>\d+(?:\.\d+)*)")


def debian_package(library: str) -> str | None:
    """Guess Debian's package of a library: Policy Manual 8.1 says how they are named."""
    if library in _DEBIAN:
        return _DEBIAN[library]
    match = _SONAME.fullmatch(library)
    if match is None or match["version"] is None:
        return None
    name = match["name"].lower().replace("_", "-")
    dash = "-" if name[-1:].isdigit() else ""
    return f"{name}{dash}{match['version']}"


def origin(path: str) -> str:
    """Say who brought a file of a release: `the package fast_sum 1.0.0`, `OTP`."""
    match = _APPLICATION.search(path)
    if match is None:
        return "OTP" if "/erts-" in f"/{path}" else "the image"
    if match["name"] in _OTP:
        return f"OTP's {match['name']} {match['version']}"
    return f"the package {match['name']} {match['version']}"


def newest(versions: Iterable[str], like: str) -> str | None:
    """Give the newest version of the family of `like`: of `GLIBC_2.38` the highest `GLIBC_`."""
    asked = _NUMBERED.fullmatch(like)
    if asked is None:
        return None
    found = (match for each in versions if (match := _NUMBERED.fullmatch(each)))
    of_family = (match for match in found if match["family"] == asked["family"])
    best = max(of_family, key=_number, default=None)
    return None if best is None else best[0]


def _number(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(part) for part in match["number"].split("."))
