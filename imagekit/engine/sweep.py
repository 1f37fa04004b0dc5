"""Remove what a run left, by the labels that everything it started carries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from imagekit.engine.client import Engine
from imagekit.engine.owner import lives
from imagekit.errors import EngineError

RUN_LABEL: Final = "dev.imagekit.run"
OWNER_LABEL: Final = "dev.imagekit.owner"

_GONE: Final = 404
_BEING_REMOVED: Final = 409


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What was removed, by name, sorted."""

    containers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.containers or self.networks or self.volumes or self.images)


def sweep(engine: Engine, run_id: str | None = None) -> Swept:
    """Remove what a run left; without an id, what runs left whose process no longer lives.

    Raises:
        EngineLost: something could not be removed; the rest was, as far as possible.
    """
    filters = {"label": RUN_LABEL if run_id is None else f"{RUN_LABEL}={run_id}"}
    problems: list[EngineError] = []

    def wanted(found: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
        return [item for item in found or () if run_id is not None or _is_abandoned(item)]

    def remove(removals: Mapping[str, Callable[[], object]]) -> tuple[str, ...]:
        removed = []
        for name, call in sorted(removals.items()):
            try:
                remove_one(engine, call)
            except EngineError as err:
                problems.append(err)
            else:
                removed.append(name)
        return tuple(removed)

    with engine.calls("listing what runs left") as api:
        containers = wanted(api.containers(all=True, filters=filters))
        networks = wanted(api.networks(filters=filters))
        volumes = wanted(api.volumes(filters=filters).get("Volumes"))
        images = wanted(api.images(filters=filters))
    # In this order: a network or volume goes only when nothing uses it.
    swept = Swept(
        containers=remove(
            {
                _container_name(item): partial(api.remove_container, item["Id"], v=True, force=True)
                for item in containers
            }
        ),
        networks=remove({i["Name"]: partial(api.remove_network, i["Id"]) for i in networks}),
        volumes=remove(
            {i["Name"]: partial(api.remove_volume, i["Name"], force=True) for i in volumes}
        ),
        images=remove({i["Id"]: partial(api.remove_image, i["Id"], force=True) for i in images}),
    )
    if problems:
        raise problems[0]
    return swept


def remove_one(engine: Engine, call: Callable[[], object]) -> None:
    """Remove one thing; that it is gone, or is being removed, is as good."""
    import docker.errors  # noqa: PLC0415

    with engine.calls("removing what was started"):
        try:
            call()
        except docker.errors.APIError as err:
            if err.status_code not in {_GONE, _BEING_REMOVED}:
                raise


def _container_name(item: Mapping[str, Any]) -> str:
    names = item.get("Names") or (item["Id"][:12],)
    return str(names[0]).lstrip("/")


def _is_abandoned(item: Mapping[str, Any]) -> bool:
    labels = item.get("Labels") or {}
    return OWNER_LABEL in labels and not lives(labels[OWNER_LABEL])
