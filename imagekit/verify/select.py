"""Which checks run: switched off, left out by `--quick`, or with nothing to look at. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from imagekit.errors import InvalidValue, closest
from imagekit.resolved import Resolved
from imagekit.verify import wording
from imagekit.verify.check import Check, ClusterCheck, Skipped, StructureCheck, TrialCheck
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import BootFacts

NOT_ASKED: Final = "no boot was asked for"
QUICK: Final = "left out by --quick"
NO_CLUSTER: Final = "no replicas are asked for: `replicas` under [verify.cluster]"
NO_STRUCTURE: Final = "no container-structure-test file is given (--structure-test)"
NOT_TRIED: Final = "it was not tried"
NOT_SERVED: Final = "its services were not ready: see service.ready"


def require_known(off: Resolved[tuple[str, ...]] | None, checks: Iterable[Check]) -> None:
    """Refuse to switch off a check that there is not.

    Raises:
        InvalidValue: `skip` names one.
    """
    if off is None:
        return
    known = tuple(each.id for each in checks)
    for name in off.value:
        if name not in known:
            meant = closest(name, known)
            hint = f"perhaps you meant `{meant}`" if meant else "the report lists all of them"
            raise InvalidValue(
                file=off.source,
                key="verify.skip",
                problem=f"there is no check `{name}`; {hint}",
            )


def left_out(check: Check, expected: Expectation, boot: BootFacts | None) -> Skipped | None:
    """Say why a check does not run, if so."""
    if expected.off is not None and check.id in expected.off.value:
        return Skipped(reason=f"switched off in {expected.off.source}")
    if isinstance(check, StructureCheck) and not expected.structure:
        return Skipped(reason=NO_STRUCTURE)
    if check.needs not in ("preparation", "boot", "trials", "cluster"):
        return None
    if not expected.boot:
        return Skipped(reason=NOT_ASKED)
    if check.needs == "preparation":
        return None
    if boot is None:
        return Skipped(reason=NOT_SERVED)
    if isinstance(check, ClusterCheck) and expected.cluster.replicas is None:
        return Skipped(reason=NO_CLUSTER)
    if isinstance(check, TrialCheck | ClusterCheck):
        if expected.quick:
            return Skipped(reason=QUICK)
        if boot.ready_after is None:
            return Skipped(reason=wording.NEVER_READY)
    return None
