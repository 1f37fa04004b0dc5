"""Signals as image configs write them."""

from __future__ import annotations

import signal
from typing import Final

from imagekit.image import ImageConfig

DEFAULT_SIGNAL: Final = "SIGTERM"
"""What engines send when the image says nothing (OCI image specification, `StopSignal`)."""

_REALTIME: Final = ("SIGRTMIN+", "SIGRTMAX-")


def signal_name(text: str) -> str | None:
    """Give the name of a signal written as `SIGTERM`, `TERM` or `15`, if there is such a one."""
    if text.isdecimal():
        return next((each.name for each in signal.Signals if each.value == int(text)), None)
    name = text.upper() if text.upper().startswith("SIG") else f"SIG{text.upper()}"
    if name.startswith(_REALTIME) and name[len(_REALTIME[0]) :].isdecimal():
        return name
    return name if name in signal.Signals.__members__ else None


def stop_signal(config: ImageConfig) -> str:
    """Give what stops a container of the image."""
    return signal_name(config.stop_signal or "") or DEFAULT_SIGNAL
