"""What names of libraries, files and versions tell."""

from __future__ import annotations

import pytest

from imagekit.elf.names import debian_package, newest, origin


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libvips.so.42", "libvips42"),
        ("libsodium.so.23", "libsodium23"),
        ("libxml2.so.16", "libxml2-16"),
        ("libstdc++.so.6", "libstdc++6"),
        ("libz.so.1", "zlib1g"),
        ("libcrypto.so.3", "libssl3t64"),
        ("plugin.so", None),
        ("nothing", None),
    ],
)
def test_debians_package(library: str, package: str | None) -> None:
    assert debian_package(library) == package


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("app/lib/fast_sum-1.0.0/priv/fast_sum.so", "the package fast_sum 1.0.0"),
        ("app/lib/crypto-5.5.3/priv/lib/crypto.so", "OTP's crypto 5.5.3"),
        ("app/erts-15.2.7/bin/beam.smp", "OTP"),
        ("usr/lib/x86_64-linux-gnu/libz.so.1", "the image"),
    ],
)
def test_who_brought_a_file(path: str, said: str) -> None:
    assert origin(path) == said


def test_versions_are_numbers() -> None:
    offered = ("libc.so.6", "GLIBC_2.9", "GLIBC_2.36", "GLIBC_PRIVATE", "GLIBCXX_3.4.30")
    assert newest(offered, "GLIBC_2.38") == "GLIBC_2.36"
    assert newest(offered, "CXXABI_1.3") is None
    assert newest(offered, "GLIBC_PRIVATE") is None
