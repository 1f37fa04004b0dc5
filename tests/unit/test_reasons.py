"""The list that an image carries of why its files are there."""

from __future__ import annotations

from imagekit.reasons import Reason, read_reasons

LIST = (
    b"/lib/libz.so.1\tzlib1g\t1.3.1\tneeds\t/app/erts-15/bin/beam.smp\t/lib/libcrypto.so.3\n"
    b"/bin/sh\tbusybox-static\t\tapplet\t/bin/sh\n"
    b"/opt/own.so\t\t\tneeds\t/app/lib/x-1/priv/x.so\n"
)


def test_a_line_a_file_and_reason() -> None:
    first, applet, own = read_reasons(LIST)
    assert first == Reason(
        path="/lib/libz.so.1",
        package="zlib1g",
        version="1.3.1",
        how="needs",
        by=("/app/erts-15/bin/beam.smp", "/lib/libcrypto.so.3"),
    )
    assert (applet.package, applet.version, applet.how) == ("busybox-static", "", "applet")
    assert own.package == ""


def test_what_is_no_line_of_it_is_left_out() -> None:
    assert read_reasons(b"") == ()
    assert read_reasons(b"hello\n\xff\ta\n\n") == ()
