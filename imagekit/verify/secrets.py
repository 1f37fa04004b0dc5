"""Values that must not be seen: making them, recognising them, taking them out of text."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote, urlsplit

RandomText = Callable[[int], str]
"""Gives a text of that many characters which nobody can guess."""

HIDDEN: Final = "***"

_ALPHABET: Final = string.ascii_letters + string.digits
_SHORTEST: Final = 4
"""Shorter values are part of ordinary words: hiding them would hide everything else."""

_NAME: Final = re.compile(
    r"(?:^|_)(?:SECRETS?|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|TOKEN|CREDENTIALS?|COOKIE|BASIC_AUTH"
    r"|(?:API|PRIVATE|ACCESS|SECRET|SIGNING|ENCRYPTION|MASTER|LICENSE|ACCOUNT)_?KEY)(?:_|$)"
)
_NOT_THE_VALUE: Final = re.compile(
    r"_(?:FILE|PATH|DIR|NAME|LENGTH|SIZE|TTL|TIMEOUT|EXPIRY|ENABLED|METHOD|TYPE|URL|URI)$"
)
_TRIVIAL: Final = re.compile(r"|[0-9]{1,2}|true|false|yes|no|on|off|none|null|nil", re.IGNORECASE)
# Prefixes that their makers reserve so that scanners find them: GitHub, GitLab, npm, AWS,
# Slack, Stripe, Hex, PEM.
_VALUE: Final = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|npm_[A-Za-z0-9]{30,}"
    r"|AKIA[0-9A-Z]{16}\b|xox[abprs]-[\w-]{10,}|sk_live_\w{10,})|-----BEGIN [A-Z ]*PRIVATE KEY"
)


def random_text(length: int) -> str:
    """Make a secret of letters and digits, from the operating system's source."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def looks_secret(name: str, value: str) -> bool:
    """Tell whether an environment variable seems to hold a secret, by its name or its value."""
    return _is_secret(name, value) or bool(_password(value))


def _is_secret(name: str, value: str) -> bool:
    """Tell whether the whole value is one, not only the password of a URL."""
    upper = name.upper()
    if _TRIVIAL.fullmatch(value.strip()):
        return False
    named = bool(_NAME.search(upper)) and not _NOT_THE_VALUE.search(upper) and upper != "PWD"
    return named or bool(_VALUE.search(value))


def secret_parts(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Give what must not be shown of an environment: whole values, and passwords in URLs.

    Of a URL only the password: its path and its host end ordinary words too.
    """
    parts: list[str] = []
    for name, value in environment.items():
        if _is_secret(name, value):
            parts.append(value)
        if password := _password(value):
            # As it is, and as the URL spells it, which need not be how we would.
            parts.extend(dict.fromkeys((unquote(password), password)))
    return tuple(parts)


def scrub(text: str, hidden: Iterable[str]) -> str:
    """Take secrets out of a text, also as JSON or a URL would write them.

    A text that was cut (the last bytes of an output) may begin or end inside a
    secret: what is left of it there goes too.
    """
    known = {form for each in hidden if len(each) >= _SHORTEST for form in _forms(each)}
    for each in sorted(known, key=lambda form: (-len(form), form)):
        text = text.replace(each, HIDDEN)
        for size in range(min(len(each) - 1, len(text)), _SHORTEST - 1, -1):
            if text.startswith(each[-size:]):
                text = HIDDEN + text[size:]
            if text.endswith(each[:size]):
                text = text[:-size] + HIDDEN
    return text


def _forms(secret: str) -> tuple[str, ...]:
    return secret, json.dumps(secret)[1:-1], quote(secret, safe="")


def _password(value: str) -> str | None:
    if "://" not in value:
        return None
    try:
        found = urlsplit(value).password
    except ValueError:
        return None
    return found or None
