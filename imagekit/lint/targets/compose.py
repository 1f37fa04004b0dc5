"""A compose file as rules see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from imagekit.dockerfile.text import Span, Text
from imagekit.lint.targets.yaml import YamlMapping, YamlNode, YamlScalar, at, pairs_at, text_at
from imagekit.project.model import Project


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
        found: dict[str, tuple[str | None, Span]] = {}
        given = at(self.node, "environment")
        for key, value in pairs_at(given):
            text = value.value if isinstance(value, YamlScalar) and not value.is_null else None
            found[key.value] = (text, value.span if text else key.span)
        for item in getattr(given, "items", ()):
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
