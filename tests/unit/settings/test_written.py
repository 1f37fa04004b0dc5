"""The line of a key in a TOML text, and `None` rather than a wrong one."""

from __future__ import annotations

import pytest

from imagekit.errors import InvalidValue
from imagekit.settings.load import load
from imagekit.settings.written import line_of

TEXT = """\
# a comment
port = 1
release = '''
[verify]
http = 1
'''

[ verify ]  # behind it
"http" = "/"
env = { A = "x" }
answer.status = [200]

[verify.budget]\r
boot = "5s"

[[cache.rule]]
edit = "a"
[[cache.rule]]
edit = "b"
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("port",), 2),
        (("release",), 3),
        (("verify",), 8),
        (("verify", "http"), 9),
        (("verify", "env", "A"), 10),
        (("verify", "answer", "status"), 11),
        (("verify", "budget", "boot"), 14),
        (("verify", "budget"), 13),
        (("cache", "rule", "edit"), None),
        (("cache", "rule"), None),
        (("other",), None),
        ((), None),
    ],
)
def test_a_key_has_its_line(key: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, key) == line


def test_a_value_is_refused_with_its_line_where_the_file_gave_it() -> None:
    text = "port = 1\n\n[build]\nnetwork = 'hots'\n"
    with pytest.raises(InvalidValue) as raised:
        load(text, {}, {})
    assert raised.value.what.startswith("imagekit.toml:4: `build.network` is not valid")
    with pytest.raises(InvalidValue) as raised:
        load(text, {"IMAGEKIT_BUILD_NETWORK": "hots"}, {})
    assert raised.value.line is None
    assert raised.value.advice == "Correct the variable IMAGEKIT_BUILD_NETWORK."
