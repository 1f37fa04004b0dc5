"""Base images: which a plan has, and whether what one builds can run on the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from imagekit.errors import BasesDoNotFit, InvalidReference
from imagekit.refs import Reference

if TYPE_CHECKING:  # a Dockerfile's bases are judged without loading recipes
    from imagekit.plan.model import Plan
    from imagekit.recipe.schema import PackageManager

Libc = Literal["glibc", "musl"]


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A release of a distribution, as far as compiled code depends on it."""

    name: str
    libc: Libc
    age: int
    """Grows with the C library; comparable between suites of one `libc`."""
    libc_version: str
    openssl: str
    """The line whose library names are the same: `1.1`, `3`."""


def _glibc(name: str, minor: int, openssl: str) -> Suite:
    return Suite(
        name=name, libc="glibc", age=minor, libc_version=f"glibc 2.{minor}", openssl=openssl
    )


_SUITES: Final[Mapping[str, Suite]] = {
    # Versions of libc6 and libssl in each release, as Debian and Ubuntu list them.
    "stretch": _glibc("Debian 9", 24, "1.1"),
    "buster": _glibc("Debian 10", 28, "1.1"),
    "bullseye": _glibc("Debian 11", 31, "1.1"),
    "bookworm": _glibc("Debian 12", 36, "3"),
    "trixie": _glibc("Debian 13", 41, "3"),
    "bionic": _glibc("Ubuntu 18.04", 27, "1.1"),
    "focal": _glibc("Ubuntu 20.04", 31, "1.1"),
    "jammy": _glibc("Ubuntu 22.04", 35, "3"),
    "noble": _glibc("Ubuntu 24.04", 39, "3"),
}
_NUMBERS: Final[Mapping[tuple[str, str], str]] = {
    ("debian", "9"): "stretch",
    ("debian", "10"): "buster",
    ("debian", "11"): "bullseye",
    ("debian", "12"): "bookworm",
    ("debian", "13"): "trixie",
    ("ubuntu", "18.04"): "bionic",
    ("ubuntu", "20.04"): "focal",
    ("ubuntu", "22.04"): "jammy",
    ("ubuntu", "24.04"): "noble",
}
_NUMBERED: Final = re.compile(r"(debian|ubuntu)[-:]?([0-9]+(?:\.[0-9]{2})?)")
_ALPINE: Final = re.compile(r"alpine[-:]?3\.([0-9]+)")
_ALPINE_OPENSSL_3: Final = 17
_LIBC_OF: Final[Mapping[str, Libc]] = {"apt": "glibc", "apk": "musl"}


def base_images(plan: Plan) -> tuple[str, ...]:
    """Give the references of the images that stages start from, sorted."""
    own = {"scratch", *(stage.name for stage in plan.stages)}
    return tuple(sorted({stage.base.value for stage in plan.stages} - own))


def suite_of(reference: str) -> Suite | None:
    """Tell the distribution's release from a reference: its suite's name or its number."""
    try:
        parsed = Reference.parse(reference)
    except InvalidReference:
        return None
    text = f"{parsed.name.rsplit('/', 1)[-1]}:{parsed.tag or ''}"
    for word in re.split(r"[^a-z0-9.]+", text):
        if word in _SUITES:
            return _SUITES[word]
    if (alpine := _ALPINE.search(text)) is not None:
        minor = int(alpine[1])
        openssl = "3" if minor >= _ALPINE_OPENSSL_3 else "1.1"
        return Suite(
            name=f"Alpine 3.{minor}",
            libc="musl",
            age=minor,
            libc_version="musl",
            openssl=openssl,
        )
    numbered = _NUMBERED.search(text)
    suite = _NUMBERS.get((numbered[1], numbered[2])) if numbered else None
    return _SUITES[suite] if suite else None


def libc_of(reference: str, manager: PackageManager) -> Libc:
    """Tell the C library: from the reference, else from the recipe's package manager."""
    suite = suite_of(reference)
    if suite is not None:
        return suite.libc
    return "musl" if "alpine" in reference else _LIBC_OF[manager]


def check_bases(builder: str, runtime: str, manager: PackageManager) -> None:
    """Refuse a pair of which the one builds what the other cannot run.

    A runtime of `scratch` brings the builder's own libraries and always fits. Of an image whose
    release its name does not tell, only the C library is known: the ELF files tell the rest.

    Raises:
        BasesDoNotFit: another C library, an older glibc, or another OpenSSL.
    """
    if runtime == "scratch":
        return
    libraries = libc_of(builder, manager), libc_of(runtime, manager)
    if libraries[0] != libraries[1]:
        raise BasesDoNotFit(
            builder=builder,
            runtime=runtime,
            builder_has=libraries[0],
            runtime_has=libraries[1],
        )
    built_on, run_on = suite_of(builder), suite_of(runtime)
    if built_on is None or run_on is None:
        return
    if built_on.age > run_on.age:
        raise BasesDoNotFit(
            builder=builder,
            runtime=runtime,
            builder_has=f"{built_on.name}: {built_on.libc_version}",
            runtime_has=f"{run_on.name}: {run_on.libc_version}",
        )
    if built_on.openssl != run_on.openssl:
        raise BasesDoNotFit(
            builder=builder,
            runtime=runtime,
            builder_has=f"{built_on.name}: OpenSSL {built_on.openssl}",
            runtime_has=f"{run_on.name}: OpenSSL {run_on.openssl}",
        )
