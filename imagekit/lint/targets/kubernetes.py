"""Kubernetes manifests as rules see them: objects, workloads, containers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from imagekit.dockerfile.text import Span, Text
from imagekit.lint.targets.yaml import (
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    at,
    items_at,
    text_at,
)
from imagekit.project.model import Project

_POD_PATHS: Final = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "Deployment": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "ReplicationController": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_TEMPLATE: Final = ("spec", "template", "spec")
"""Where kinds that are not listed keep a pod, as Argo's Rollout and Knative's Service do."""
_MOST_NOTED: Final = 5
_LISTS: Final = {"containers": False, "initContainers": True, "ephemeralContainers": False}


@dataclass(frozen=True, kw_only=True, eq=False)
class Container:
    """One container of a pod."""

    node: YamlMapping
    name: str
    is_init: bool

    @property
    def title(self) -> str:
        """Its name as messages say it."""
        return self.name or "without a name"

    @property
    def image(self) -> YamlScalar | None:
        """The node of its image."""
        found = self.node.get("image")
        return found if isinstance(found, YamlScalar) else None

    @property
    def security(self) -> YamlNode | None:
        """Its `securityContext`."""
        return self.node.get("securityContext")

    @property
    def span(self) -> Span:
        """The place of its name, else where it begins."""
        name = self.node.get("name")
        start = self.node.span.start
        return name.span if name is not None else Span(start, start + 1)

    @cached_property
    def environment(self) -> dict[str, tuple[YamlNode | None, Span]]:
        """Variables of `env` by name: the node of `value` (`None` with `valueFrom`) and place."""
        found: dict[str, tuple[YamlNode | None, Span]] = {}
        for item in items_at(self.node, "env"):
            name = at(item, "name")
            if isinstance(name, YamlScalar):
                found[name.value] = (at(item, "value"), name.span)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class KubernetesObject:
    """One object with `apiVersion` and `kind`, or of the kind that its file's name implies."""

    node: YamlMapping
    kind: str
    name: str | None
    namespace: str | None

    @property
    def span(self) -> Span:
        """The place of its kind, else where it begins."""
        kind = self.node.get("kind")
        start = self.node.span.start
        return kind.span if kind is not None else Span(start, start + 1)

    @property
    def pod(self) -> YamlMapping | None:
        """The pod's `spec`, of a workload."""
        path = _POD_PATHS.get(self.kind)
        found = at(self.node, *(path or _TEMPLATE))
        is_pod = path is not None or at(found, "containers") is not None
        return found if isinstance(found, YamlMapping) and is_pod else None

    @cached_property
    def has_hidden_containers(self) -> bool:
        """Whether it names images in `containers` or `container` at a place that is not known."""
        pending: list[YamlNode] = [self.node] if self.pod is None else []
        seen: set[int] = set()
        while pending:
            node = pending.pop()
            if id(node) in seen or isinstance(node, YamlScalar):
                continue
            seen.add(id(node))
            if isinstance(node, YamlSequence):
                pending.extend(node.items)
                continue
            inner = [*items_at(node, "containers"), at(node, "container")]
            if any(text_at(each, "image") for each in inner):
                return True
            pending.extend(value for _, value in node.pairs)
        return False

    @property
    def pod_security(self) -> YamlNode | None:
        """The pod's own `securityContext`."""
        return at(self.pod, "securityContext")

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The pod's containers, init containers included."""
        return tuple(self._containers())

    def _containers(self) -> Iterator[Container]:
        for key, is_init in _LISTS.items():
            for item in items_at(self.pod, key):
                if isinstance(item, YamlMapping):
                    name = text_at(item, "name") or ""
                    yield Container(node=item, name=name, is_init=is_init)


@dataclass(frozen=True, kw_only=True, eq=False)
class ManifestFile:
    """A file of manifests; a `List` is unrolled, what is no object is left out."""

    text: Text
    documents: tuple[YamlNode, ...]
    implied_kind: str | None = None
    """The kind of an object that does not say one: in a `kustomization.yaml`."""
    find_project: Callable[[], Project | None] = lambda: None

    @cached_property
    def project(self) -> Project | None:
        """The Elixir project that the file stands in, when there is one that can be read."""
        return self.find_project()

    @cached_property
    def objects(self) -> tuple[KubernetesObject, ...]:
        """Every object, in order."""
        implied = self.implied_kind
        return tuple(each for node in self.documents for each in _objects(node, implied))

    @cached_property
    def workloads(self) -> tuple[KubernetesObject, ...]:
        """Objects that start pods."""
        return tuple(each for each in self.objects if each.pod is not None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What in it starts containers and is not looked at."""
        hidden = [each for each in self.objects if each.has_hidden_containers]
        return tuple(
            f"{self.text.file}: the containers of {each.kind} {each.name or 'without a name'}"
            " are not linted: where this kind keeps its pod is not known"
            for each in hidden[:_MOST_NOTED]
        )


def _objects(
    node: YamlNode, implied: str | None = None, depth: int = 0
) -> Iterator[KubernetesObject]:
    kind = text_at(node, "kind") or implied
    is_versioned = text_at(node, "apiVersion") is not None or implied is not None
    if not isinstance(node, YamlMapping) or kind is None or not is_versioned:
        return
    if kind.endswith("List") and depth < 2:  # noqa: PLR2004 - lists of lists are not made
        for item in items_at(node, "items"):
            yield from _objects(item, None, depth + 1)
        return
    yield KubernetesObject(
        node=node,
        kind=kind,
        name=text_at(node, "metadata", "name"),
        namespace=text_at(node, "metadata", "namespace"),
    )
