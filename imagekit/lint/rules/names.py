"""Which names of variables are those of secrets; the rules on secrets share it."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(
    r"(?:^|_)(?:pass|password|passwd|pword|passphrase|secrets?|token|credentials?|apikey"
    r"|(?:api|access|private|secret|encryption|signing|master|deploy|ssh|license|storage)_?key)"
    r"(?:_base|_id|_base64|_b64|$)|(?:^|_)(?:secret|password|passwd|token|credentials?)_"
    r"|(?:^|_)(?:npm|composer|basic|docker|registry)_?auth$|^_?auth$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?:^|_)public(?:_|$)|_(?:file|path|dir|name|length|size|ttl|age|expiry|expires|lifetime"
    r"|timeout|url|uri|host|header|alg|algorithm|issuer|audience|type|enabled|version|count|limit"
    r"|prefix|format|provider|manager|store|backend|mode|policy|project|region|dummy)$",
    re.IGNORECASE,
)


def names_secret(name: str) -> bool:
    """Tell whether a variable of this name holds a secret, and not something about one."""
    return _NAME.search(name) is not None and _ABOUT.search(name) is None
