"""Effect: one strict boot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from imagekit.engine.container import ContainerSpec
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineRefused
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts, refused_boot
from imagekit.verify.http import HttpClient
from imagekit.verify.loading import hangs_silently, where_loading_hangs
from imagekit.verify.model import Booting, Limits, NotReady, VerifyEvent
from imagekit.verify.port import examine
from imagekit.verify.readiness import awaited
from imagekit.verify.watch import Clock, Watch

PIDS: Final = 1024
"""Enough for the threads of a VM on a large machine; a fork bomb ends here."""
_TMP: Final = "/tmp"  # noqa: S108 - the container's, not this machine's
TMP_OPTIONS: Final = "size=64m,mode=1777,exec"
"""An emptyDir: Kubernetes mounts those without `noexec`, docker's own default has it."""


def strict_spec(reference: str, expected: Expectation) -> ContainerSpec:
    """Say how a pod under Kubernetes' restricted security standard would start it."""
    return ContainerSpec(
        image=reference,
        environment=expected.environment,
        read_only=expected.read_only,
        cap_drop=("ALL",),
        cap_add=expected.capabilities,
        no_new_privileges=True,
        memory_bytes=expected.budget.memory,
        pids_limit=PIDS,
        network=expected.network,
        tmpfs={_TMP: TMP_OPTIONS},
        volatile=dict.fromkeys(expected.writable, TMP_OPTIONS),
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
        capabilities_kept=spec.cap_add,
        no_new_privileges=spec.no_new_privileges,
        writable=(*spec.tmpfs, *spec.volatile),
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

    What the engine refuses is told like a boot that failed.

    Raises:
        ImageNotFound: the engine does not have the image.
        EngineLost: the engine stopped answering.
    """
    on_event(Booting(awaited=awaited(expected)))
    try:
        return _boot(scope, strict_spec(reference, expected), expected, on_event)
    except EngineRefused as err:
        on_event(NotReady(seconds=0.0))
        return refused_boot(err)


def _boot(
    scope: RunScope,
    spec: ContainerSpec,
    expected: Expectation,
    on_event: Callable[[VerifyEvent], None],
) -> BootFacts:
    clock = Clock()
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
