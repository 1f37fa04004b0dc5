"""IK405: a health probe over plain HTTP is redirected by force_ssl."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from imagekit.lint.model import ElixirFile, Hit, ManifestFile, Rule, Severity
from imagekit.lint.targets.kubernetes import Container
from imagekit.lint.targets.yaml import YamlScalar, at, items_at, text_at
from imagekit.project.conditions import in_force
from imagekit.project.elixir.syntax import arguments, call_name, keyword_pairs
from imagekit.project.elixir.terms import ListTerm, items
from imagekit.resolved import Resolved, known

if TYPE_CHECKING:
    from tree_sitter import Node

_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_FORWARDED: Final = "x-forwarded-proto"
_KEY: Final = 2
"""Arguments of `config` before its options: application and endpoint."""


def _elixir(file: ElixirFile) -> Iterator[Hit]:
    if file.role not in ("config", "runtime") or not file.reaches_production:
        return
    for call, _ in in_force(file.root):
        given = arguments(call) if call_name(call) == "config" else []
        if len(given) > _KEY and given[-1].type == "keywords":
            for key, value in keyword_pairs(given[-1]):
                if key == "force_ssl" and _exempts_nothing(file, value):
                    message = "this redirects every path, a health probe over plain HTTP too"
                    yield Hit(span=file.span(value), message=message)


def _exempts_nothing(file: ElixirFile, value: Node) -> bool:
    from imagekit.project.settings_in_config import exempt_paths  # noqa: PLC0415 - not for Dockerfiles

    term = file.term(value)
    exempt = exempt_paths(term)
    is_on = isinstance(term, ListTerm) and bool(items(term))
    return is_on and isinstance(exempt, Resolved) and not exempt.value


def _manifest(file: ManifestFile) -> Iterator[Hit]:
    for container in (each for workload in file.workloads for each in workload.containers):
        for path in _plain_probes(container):
            if _is_redirected(file, path.value):
                message = f"force_ssl redirects {path.value}: the probe never reaches the app"
                yield Hit(span=path.span, message=message)


def _plain_probes(container: Container) -> Iterator[YamlScalar]:
    for probe in _PROBES:
        request = at(container.node, probe, "httpGet")
        path = at(request, "path")
        headers = (text_at(each, "name") or "" for each in items_at(request, "httpHeaders"))
        is_plain = (text_at(request, "scheme") or "HTTP").upper() == "HTTP"
        if isinstance(path, YamlScalar) and is_plain and _FORWARDED not in map(str.lower, headers):
            yield path


def _is_redirected(file: ManifestFile, path: str) -> bool:
    apps = file.project.apps if file.project is not None else ()
    forcing = [app for app in apps if known(app.force_tls)]
    return bool(forcing) and all(
        isinstance(app.tls_exempt, Resolved) and path not in app.tls_exempt.value for app in forcing
    )


RULE = Rule(
    id="IK405",
    name="redirected-health-endpoint",
    severity=Severity.WARNING,
    summary="Leave the health endpoint out of force_ssl: a probe speaks plain HTTP to the pod",
    elixir=_elixir,
    manifest=_manifest,
)
