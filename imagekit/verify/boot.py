"""Effect: one strict boot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from imagekit.engine.container import ContainerSpec
from imagekit.engine.scope import RunScope
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts
from imagekit.verify.http import HttpClient
from imagekit.verify.loading import hangs_silently, where_loading_hangs
from imagekit.verify.model import Booting, Limits, VerifyEvent
from imagekit.verify.port import examine
from imagekit.verify.readiness import awaited
from imagekit.verify.watch import Clock, Watch

PIDS: Final = 1024
"""Enough for the threads of a VM on a large machine; a fork bomb ends here."""
TMP_OPTIONS: Final = "size=64m,mode=1777,exec"
"""`/tmp` as an emptyDir: Kubernetes mounts those without `noexec`, docker's own default has it."""


def strict_spec(reference: str, expected: Expectation) -> ContainerSpec:
    """Say how a pod under Kubernetes' restricted security standard would start it."""
    return ContainerSpec(
        image=reference,
        environment=expected.environment,
        read_only=True,
        cap_drop=("ALL",),
        no_new_privileges=True,
        memory_bytes=expected.budget.memory,
        pids_limit=PIDS,
        network=expected.network,
        tmpfs={"/tmp": TMP_OPTIONS},  # noqa: S108 - the container's, not this machine's
        publish=() if expected.port is None else (expected.port.value,),
    )


def limits(expected: Expectation) -> Limits:
    """Say what the strict boot is limited to, for a report."""
    spec = strict_spec("", expected)
    return Limits(
        memory_bytes=spec.memory_bytes,
        pids=spec.pids_limit,
        read_only=spec.read_only,
        capabilities_dropped=spec.cap_drop,
        no_new_privileges=spec.no_new_privileges,
        writable=tuple(spec.tmpfs),
        boot_seconds=expected.budget.boot,
        stop_seconds=expected.budget.stop,
    )


def boot(
    scope: RunScope,
    reference: str,
    expected: Expectation,
    on_event: Callable[[VerifyEvent], None],
) -> BootFacts:
    """Boot it once, wait until it is ready, stop it; if it hangs, boot it again to see where.

    Raises:
        ImageNotFound: the engine does not have the image.
        EngineLost: the engine stopped answering.
    """
    on_event(Booting(awaited=awaited(expected)))
    clock = Clock()
    spec = strict_spec(reference, expected)
    with HttpClient() as http:
        before = clock.monotonic()
        container = scope.start(spec)
        watch = Watch(
            container=container,
            expected=expected,
            http=http,
            examine=examine,
            clock=clock,
            before=before,
            after=clock.monotonic(),
        )
        facts = watch.observe(on_event)
    if hangs_silently(facts):
        return replace(facts, loading=where_loading_hangs(scope, spec, clock))
    return facts
