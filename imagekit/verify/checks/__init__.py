"""The checks, in the order of the report. One file a check, one page a check.

To add one: a file here, a line below, a page in `imagekit/pages/checks/`, a test
for either outcome. Ids are for ever: reports, pages and pipelines name them.
"""

from __future__ import annotations

from typing import Final

from imagekit.verify.check import Check
from imagekit.verify.checks import (
    boot_clean,
    boot_dns,
    boot_env,
    boot_http,
    boot_limits,
    boot_memory,
    boot_output,
    boot_port,
    boot_ready,
    boot_stop,
    boot_user,
    cluster_replicas,
    commands_eval,
    commands_migrate,
    config_entry,
    config_environment,
    config_labels,
    config_stop_signal,
    config_user,
    files_cookie,
    files_elf,
    files_locale,
    files_modes,
    files_secrets,
    files_source,
    files_toolchain,
    files_waste,
    service_ready,
    size_budget,
    size_growth,
    size_layers,
    stop_boot,
    stop_request,
)

CHECKS: Final[tuple[Check, ...]] = (
    config_user.CHECK,
    config_entry.CHECK,
    config_stop_signal.CHECK,
    config_labels.CHECK,
    config_environment.CHECK,
    files_elf.CHECK,
    files_toolchain.CHECK,
    files_source.CHECK,
    files_cookie.CHECK,
    files_secrets.CHECK,
    files_modes.CHECK,
    files_locale.CHECK,
    files_waste.CHECK,
    size_budget.COMPRESSED,
    size_budget.UNPACKED,
    size_layers.CHECK,
    size_growth.CHECK,
    service_ready.CHECK,
    commands_migrate.CHECK,
    boot_ready.CHECK,
    boot_http.CHECK,
    boot_stop.CHECK,
    boot_clean.CHECK,
    boot_output.CHECK,
    boot_env.CHECK,
    boot_port.CHECK,
    boot_user.CHECK,
    boot_memory.CHECK,
    boot_limits.CHECK,
    boot_dns.CHECK,
    stop_boot.CHECK,
    stop_request.CHECK,
    commands_eval.CHECK,
    cluster_replicas.FORMED,
    cluster_replicas.HEALS,
)
