"""What a user says counts as ready: one of four ways, from the nearest place that names one."""

from __future__ import annotations

from typing import Final

from imagekit.plan.runtime import HttpReadiness, LogReadiness, Readiness, RpcReadiness
from imagekit.resolved import Resolved
from imagekit.settings.load import FILE_NAME, Settings
from imagekit.settings.schema.verify import ReadinessSettings

_WAYS: Final = ("http", "log", "log_regex", "rpc")


def asked(settings: Settings, release: str | None = None) -> Resolved[Readiness] | None:
    """Give what is asked for, of this release or of all; `None` when nothing is.

    A flag wins over the environment, that over the file, whichever way each of them names:
    `--log` must not lose to the file's `http`.
    """
    own = settings.values.verify.release.get(release) if release is not None else None
    flagged = any(settings.sources.get(f"verify.{way}", FILE_NAME) != FILE_NAME for way in _WAYS)
    if own is not None and not flagged:
        way = next((way for way in _WAYS if getattr(own, way)), None)
        if way is not None:
            source = f"{FILE_NAME} [verify.release.{release}]"
            return Resolved(value=_ready(own, way), source=source)
    general = settings.values.verify
    given = [way for way in _WAYS if getattr(general, way)]
    if not given:
        return None
    nearest = min(given, key=lambda way: _distance(settings.source(f"verify.{way}")))
    return Resolved(value=_ready(general, nearest), source=settings.source(f"verify.{nearest}"))


def _distance(source: str) -> int:
    if source.startswith("flag "):
        return 0
    return 2 if source == FILE_NAME else 1


def _ready(settings: ReadinessSettings, way: str) -> Readiness:
    text = str(getattr(settings, way))
    match way:
        case "http":
            return HttpReadiness(path=text)
        case "rpc":
            return RpcReadiness(expression=text)
        case _:
            return LogReadiness(text=text, regex=way == "log_regex")
