"""Tells from an engine's, a builder's or a tool's words why something did not work.

Only causes that are the same for every project; the words are those of BuildKit,
containerd, Go's network package, curl, apt, npm and the C library.
"""

from __future__ import annotations

import re
from typing import Final, Literal

RegistryCause = Literal["missing", "unanswered"]

_UNANSWERED: Final = re.compile(
    r"""
      i/o\ timeout | TLS\ handshake\ timeout | deadline\ exceeded | Client\.Timeout
    | connection\ refused | connection\ reset | connection\ timed\ out | operation\ timed\ out
    | no\ route\ to\ host | network\ is\ unreachable | host\ is\ unreachable
    | no\ such\ host | server\ misbehaving
    | temporary\ failure\ (?:in\ name\ resolution | resolving)
    | (?:could\ not | unable\ to | failed\ to)\ connect\ to
    | could\ not\ resolve\ (?:host | proxy) | name\ or\ service\ not\ known | bad\ address
    | \b(?: econnrefused | econnreset | etimedout | eai_again | enotfound | nxdomain
          | ehostunreach | enetunreach )\b
    | \b50[0234]\ (?: internal\ server\ error | bad\ gateway | service\ unavailable
          | gateway\ time-?out )
    | unexpected\ status[^\n]*:\ 5\d\d\b | unexpected\ status\ code\ [^\n]*\b5\d\d\b
    | received\ unexpected\ HTTP\ status:\ 5\d\d | too\ ?many\ ?requests
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MISSING: Final = re.compile(
    r"""
      manifest\ unknown | name\ unknown | not\ found | pull\ access\ denied | does\ not\ exist
    | insufficient_scope | authorization\ failed | no\ match\ for\ platform | unauthorized
    | requested\ access\ to\ the\ resource\ is\ denied | \b40[13]\ forbidden
    """,
    re.IGNORECASE | re.VERBOSE,
)
_DISK_FULL: Final = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_ENGINE_GONE: Final = re.compile(
    r"""
      cannot\ connect\ to\ the\ docker\ daemon | is\ the\ docker\ daemon\ running
    | error\ reading\ from\ server:\ EOF | transport\ is\ closing | code\ =\ Unavailable
    | error\ reading\ preface | failed\ to\ list\ workers | failed\ to\ receive\ status
    | error\ during\ connect | http2:\ (?:server|client)\ connection\ (?:lost|force\ closed)
    """,
    re.IGNORECASE | re.VERBOSE,
)


def registry_cause(text: str) -> RegistryCause | None:
    """Tell whether a registry did not answer, or answered and does not have it."""
    if _UNANSWERED.search(text):
        return "unanswered"
    return "missing" if _MISSING.search(text) else None


def is_disk_full(text: str) -> bool:
    """Whether the engine's storage has no room."""
    return _DISK_FULL.search(text) is not None


def is_engine_gone(text: str) -> bool:
    """Whether the engine or the builder stopped answering."""
    return _ENGINE_GONE.search(text) is not None
