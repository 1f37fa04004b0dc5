"""What `[network]` and `[verify.env]` hold is never in an error."""

from __future__ import annotations

import pytest

from imagekit.errors import ConfigurationError
from imagekit.settings.load import keys, load

SECRET = "hunter2-and-more"
NETWORK = tuple(key for key, _ in keys() if key.startswith("network."))


def said(text: str, environment: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as raised:
        load(text, environment or {}, {})
    err = raised.value
    return "\n".join((err.what, err.found, err.advice, str(err), repr(err)))


@pytest.mark.parametrize("key", NETWORK)
def test_a_wrong_network_setting_is_not_shown(key: str) -> None:
    shown = said(f'{key} = ["https://me:{SECRET}@hex.example"]')
    assert SECRET not in shown
    assert key in shown


@pytest.mark.parametrize(
    "text",
    [
        f'network = "{SECRET}"',
        f'network = ["{SECRET}"]',
        f'[[network]]\nhex_mirror = "{SECRET}"',
        f'verify.env = "{SECRET}"',
        f'verify.env.KEY = ["{SECRET}"]',
        f'verify.env.KEY = {{ generate = "{SECRET}" }}',
        f'verify.env.KEY = {{ generate = 1, text = "{SECRET}" }}',
        f'verify.env."NOT A NAME" = "{SECRET}"',
        f'[[verify]]\n[verify.env]\nKEY = "{SECRET}"',
        f'verify.env.KEY = "{SECRET}',
        f'verify.env.KEY = "{SECRET}"\nverify.env.KEY = 1',
        f'[network]\nhttp_proxi = "{SECRET}"',
    ],
)
def test_a_secret_in_the_wrong_shape_is_not_shown(text: str) -> None:
    assert SECRET not in said(text)


def test_the_value_of_a_variable_nearly_named_is_not_shown() -> None:
    assert SECRET not in said("", {"IMAGEKIT_NETWORK_HTTP_PROXI": SECRET})


def test_what_is_no_secret_is_shown() -> None:
    assert "'asdf'" in said('toolchain = "asdf"')
