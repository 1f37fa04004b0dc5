"""Which image, engine and limits a report is about, in lines. Pure."""

from __future__ import annotations

from imagekit.verify import wording
from imagekit.verify.model import Limits, VerificationReport


def circumstances(report: VerificationReport) -> dict[str, str]:
    """Give name to text, in the order to show."""
    image, engine = report.image, report.engine
    found = {
        "image": image.reference,
        "digest": image.digest,
        "platform": image.platform,
    }
    if engine is not None:
        found["engine"] = (
            f"{engine.name} {engine.version}, API {engine.api}, {engine.cpus} CPUs, "
            f"cgroup v{engine.cgroup_version or '?'}"
        )
    if report.limits is not None:
        found["limits"] = _limits(report.limits)
    read = report.variables
    if read is not None and (read.required or read.optional):
        found["variables"] = "; ".join(
            f"{what} {', '.join(names)}"
            for what, names in (
                ("requires", read.required),
                ("reads", read.optional),
            )
            if names
        )
    return found


def summary(report: VerificationReport) -> str:
    """Give the numbers in words: `21 passed, 1 failed, 3 skipped`, and what it lacks."""
    outcomes = [str(each.outcome) for each in report.results]
    parts = [f"{outcomes.count(name)} {name}" for name in ("passed", "failed", "skipped")]
    if report.lost is not None:
        parts.append(f"incomplete: {report.lost.what}")
    return ", ".join(parts)


def _limits(limits: Limits) -> str:
    parts = ["read-only root" if limits.read_only else "writable root"]
    if limits.capabilities_dropped:
        kept = limits.capabilities_kept
        but = f" but {', '.join(kept)}" if kept else ""
        parts.append(f"without capabilities ({', '.join(limits.capabilities_dropped)}{but})")
    if limits.no_new_privileges:
        parts.append("no-new-privileges")
    if limits.memory_bytes is not None:
        parts.append(f"memory {wording.size(limits.memory_bytes)}")
    if limits.pids is not None:
        parts.append(f"{limits.pids} processes")
    if limits.writable:
        parts.append(f"writable: {', '.join(limits.writable)}")
    parts.append(f"boot within {wording.seconds(limits.boot_seconds)}")
    parts.append(f"stop within {wording.seconds(limits.stop_seconds)}")
    return ", ".join(parts)
