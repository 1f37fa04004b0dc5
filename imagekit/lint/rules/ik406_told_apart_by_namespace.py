"""IK406: two environments differ in their namespace, and in nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from imagekit.lint.model import Hit, ManifestFile, Rule, Severity
from imagekit.lint.targets.kubernetes import KubernetesObject
from imagekit.lint.targets.yaml import YamlNode, YamlScalar, at, items_at, pairs_at, text_at

_OVERLAY: Final = frozenset(
    {"apiVersion", "kind", "metadata", "namespace", "resources", "bases", "buildMetadata"}
)
"""Keys of a kustomization that says where things go, and not what they are."""
Identity: TypeAlias = tuple[str, str | None, tuple[tuple[str, str], ...]]


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    yield from _overlays(file)
    seen: dict[Identity, str] = {}
    for workload in file.workloads:
        place = at(workload.node, "metadata", "namespace")
        if not isinstance(place, YamlScalar) or not place.value:
            continue
        other = seen.setdefault(_identity(workload), place.value)
        if other != place.value:
            message = (
                f"nothing but the namespace tells this {workload.kind} from the one in {other}"
            )
            yield Hit(span=place.span, message=message)


def _identity(workload: KubernetesObject) -> Identity:
    labels = {
        *_labels(at(workload.node, "metadata", "labels")),
        *_labels(at(workload.node, "spec", "template", "metadata", "labels")),
    }
    return (workload.kind, workload.name, tuple(sorted(labels)))


def _labels(node: YamlNode | None) -> Iterator[tuple[str, str]]:
    for key, value in pairs_at(node):
        yield key.value, value.value if isinstance(value, YamlScalar) else ""


def _overlays(file: ManifestFile) -> Iterator[Hit]:
    for each in file.objects:
        place = at(each.node, "namespace")
        if each.kind != "Kustomization" or not isinstance(place, YamlScalar):
            continue
        keys = {key.value for key, _ in pairs_at(each.node)}
        sources = [*items_at(each.node, "resources"), *items_at(each.node, "bases")]
        above = any((text_at(source) or "").startswith("..") for source in sources)
        if above and keys <= _OVERLAY:
            message = f"only the namespace {place.value} tells this environment from others"
            yield Hit(span=place.span, message=message)


RULE = Rule(
    id="IK406",
    name="told-apart-by-namespace",
    severity=Severity.WARNING,
    summary="Tell environments apart by a label or a name too, not by their namespace alone",
    manifest=_manifest,
)
