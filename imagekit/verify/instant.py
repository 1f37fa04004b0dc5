"""Times as engines write them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


def parse_instant(text: str) -> float:
    """Give seconds since 1970; engines write nanoseconds (RFC 3339), Python reads six digits."""
    return datetime.fromisoformat(_FRACTION.sub(r"\1", text)).timestamp()
