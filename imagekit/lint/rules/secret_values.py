"""Which values are secrets, whatever they are called, and which are none; for rules on secrets."""

from __future__ import annotations

import re
from typing import Final

_HARMLESS: Final = re.compile(
    r"(?:true|false|yes|no|on|off|none|\d{0,7}|\.{0,2}/[^$=+]*)", re.IGNORECASE
)
_PLACEHOLDER: Final = re.compile(
    r"dummy|placeholder|no-?key|not-?(?:a-)?secret|fake|unused|example|change.?me|build|compile"
    r"|^(?:x+|test|none|secret|nothing)$",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(
    r"\b(?:gh[opsu]_|github_pat_|glpat-|xox[abp]-|sk_live_)\w{8}"
    r"|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_URL: Final = re.compile(r"://(?P<user>[^/:@$\s]*):(?P<password>[^/:@$\s]+)@")
_EVERYBODYS: Final = re.compile(
    r"pass|postgres|secret|admin|root|guest|user|dev|test|local|default|hunter|insecure"
    r"|qwerty|abcd|1234",
    re.IGNORECASE,
)
_GENERATED: Final = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_.~!@#%^&*-]{16,}")
_FEWEST: Final = 10
"""Different characters of something that nobody made up."""
_FILLED_IN: Final = re.compile(r"\$[({]|\{\{|^\$\w+$|^<.*>$")


def is_harmless(value: str) -> bool:
    """Tell whether a value is none of a secret: empty, a flag, a number, a path."""
    return _HARMLESS.fullmatch(value) is not None


def is_placeholder(value: str) -> bool:
    """Tell whether a value plainly stands for one that is given later."""
    return _PLACEHOLDER.search(value) is not None


def is_filled_in(value: str) -> bool:
    """Tell whether something puts the value in later: `$(NAME)`, `${NAME}`, a template."""
    return _FILLED_IN.search(value) is not None


def shows_token(value: str) -> bool:
    """Tell whether a text holds a token of a known form, or a private key."""
    return _TOKEN.search(value) is not None


def shows_secret(value: str) -> bool:
    """Tell whether a text holds a token, a private key, or a URL with a password."""
    return shows_token(value) or _URL.search(value) is not None


def is_everybodys(value: str) -> bool:
    """Tell whether a password, or that of a URL, is one that development has everywhere."""
    url = _URL.search(value)
    password = url["password"] if url is not None else value
    return _EVERYBODYS.search(password) is not None or (url is not None and password == url["user"])


def looks_generated(value: str) -> bool:
    """Tell whether a value is long and mixed, as `mix phx.gen.secret` makes them."""
    is_long = _GENERATED.fullmatch(value) is not None and len(set(value)) >= _FEWEST
    return is_long and not is_placeholder(value) and not is_everybodys(value)
