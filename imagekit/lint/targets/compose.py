"""A compose file as rules see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from imagekit.dockerfile.text import Span, Text
from imagekit.lint.targets.naming import is_for_development
from imagekit.lint.targets.yaml import (
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    at,
    items_at,
    pairs_at,
    text_at,
)
from imagekit.project.model import Project

_STARTS_MIX: Final = re.compile(r"(?:^|[\s/\"'])mix\s")
_HERE: Final = re.compile(r"(?:\./?|\$\{?PWD\}?/?)(?::|$)")


@dataclass(frozen=True, kw_only=True, eq=False)
class Service:
    """One service; what `extends`, `include` or another file adds is not seen."""

    name: str
    key: YamlScalar
    node: YamlNode

    @property
    def span(self) -> Span:
        """The place of its name."""
        return self.key.span

    @property
    def image(self) -> str | None:
        """The image, as written."""
        return text_at(self.node, "image")

    @cached_property
    def environment(self) -> dict[str, tuple[str | None, Span]]:
        """Variables by name: value (`None`: taken from the caller's environment) and place."""
        return _variables(at(self.node, "environment"))

    @cached_property
    def build_arguments(self) -> dict[str, tuple[str | None, Span]]:
        """Arguments of its build, in the same form."""
        return _variables(at(self.node, "build", "args"))

    @property
    def mix_env(self) -> str | None:
        """The Mix environment that it says; `None` when it says none, or the caller's."""
        value, _ = self.environment.get("MIX_ENV", (None, None))
        return value if value and "$" not in value else None

    @property
    def is_for_development(self) -> bool:
        """Whether it runs on the sources: with Mix, or with this folder mounted."""
        started = at(self.node, "command")
        words = started.items if isinstance(started, YamlSequence) else [started]
        line = " ".join(each.value for each in words if isinstance(each, YamlScalar))
        mounts = (text_at(each) or text_at(each, "source") for each in self._volumes)
        return bool(_STARTS_MIX.search(line)) or any(_HERE.match(each or "") for each in mounts)

    @property
    def _volumes(self) -> tuple[YamlNode, ...]:
        return items_at(self.node, "volumes")


def _variables(given: YamlNode | None) -> dict[str, tuple[str | None, Span]]:
    found: dict[str, tuple[str | None, Span]] = {}
    for key, value in pairs_at(given):
        text = value.value if isinstance(value, YamlScalar) and not value.is_null else None
        found[key.value] = (text, value.span if text else key.span)
    for item in items_at(given):
        if isinstance(item, YamlScalar):
            name, equals, text = item.value.partition("=")
            found[name] = (text if equals else None, item.span)
    return found


@dataclass(frozen=True, kw_only=True, eq=False)
class ComposeFile:
    """A whole compose file."""

    text: Text
    root: YamlMapping
    find_project: Callable[[], Project | None] = lambda: None

    @cached_property
    def project(self) -> Project | None:
        """The Elixir project that the file stands in, when there is one that can be read."""
        return self.find_project()

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services, in order."""
        return tuple(
            Service(name=key.value, key=key, node=node)
            for key, node in pairs_at(self.root, "services")
        )

    def is_production(self, service: Service) -> bool | None:
        """Tell whether a service runs in production; `None` when nothing tells.

        Its own `MIX_ENV` tells, else that of others (a database stands beside one application),
        else the name of the file, or a service that runs on the sources.
        """
        return self._in_production if service.mix_env is None else service.mix_env == "prod"

    @cached_property
    def _in_production(self) -> bool | None:
        said = {each.mix_env for each in self.services} - {None}
        if said:
            return said == {"prod"}
        is_override = ".override." in self.text.file or "-override." in self.text.file
        if is_override or is_for_development(self.text.file):
            return False
        return False if any(each.is_for_development for each in self.services) else None
