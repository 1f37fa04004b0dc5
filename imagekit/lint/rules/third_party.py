"""Well-known images that hold no Elixir release: databases, brokers, proxies, agents, tools."""

from __future__ import annotations

from typing import Final

from imagekit.errors import InvalidReference
from imagekit.refs import Reference

_OFFICIAL: Final = frozenset(
    """alpine busybox caddy cassandra clickhouse couchdb debian elasticsearch envoy fluentd
    grafana haproxy influxdb kibana logstash mariadb memcached mongo mysql nats nginx percona
    postgres rabbitmq redis registry solr telegraf traefik ubuntu valkey vault zookeeper""".split()  # noqa: SIM905 - a list of words
)
"""Names of Docker Hub's official images, as they stand there and in mirrors below `library/`."""
_OTHERS: Final = frozenset(
    {
        "bitnami/pgbouncer",
        "bitnami/postgresql",
        "bitnami/redis",
        "clickhouse/clickhouse-server",
        "cloud-sql-connectors/cloud-sql-proxy",
        "cloudsql-docker/gce-proxy",
        "curlimages/curl",
        "datadog/agent",
        "edoburu/pgbouncer",
        "envoyproxy/envoy",
        "fluent/fluent-bit",
        "fluent/fluentd",
        "grafana/grafana",
        "grafana/promtail",
        "hashicorp/vault",
        "istio/proxyv2",
        "linkerd/proxy",
        "minio/minio",
        "nginxinc/nginx-unprivileged",
        "oauth2-proxy/oauth2-proxy",
        "open-telemetry/opentelemetry-collector",
        "otel/opentelemetry-collector",
        "otel/opentelemetry-collector-contrib",
        "pgvector/pgvector",
        "postgis/postgis",
        "prom/prometheus",
        "timescale/timescaledb",
        "valkey/valkey",
    }
)
"""The last two parts of the names of others, whatever registry they come from."""


def is_third_party(image: str | None) -> bool:
    """Tell whether an image is one that everybody knows, and no release."""
    try:
        name = Reference.parse(image or "").name
    except InvalidReference:
        return False
    parts = name.removeprefix("docker.io/").split("/")
    is_official = len(parts) == 1 or parts[-2] == "library"
    return (is_official and parts[-1] in _OFFICIAL) or "/".join(parts[-2:]) in _OTHERS
