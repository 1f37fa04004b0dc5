"""The end of `imagekit build`: verify what was built, tag and push what is good, report all."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from imagekit.build.known_images import describe_image
from imagekit.build.reproducible import Difference
from imagekit.build.seeded import Seeded
from imagekit.cli.build_cache import say_cache
from imagekit.cli.build_report import build_document, say_bases, say_reproducible
from imagekit.cli.options import Opened
from imagekit.cli.plain import dump
from imagekit.cli.report import image_line
from imagekit.cli.report_options import Reports
from imagekit.engine.buildx import BuildResult
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.engine.registry import Registry
from imagekit.errors import EngineLost, ExitCode, ImageNotReproducible, VerificationFailed
from imagekit.image import Image
from imagekit.ui import product

if TYPE_CHECKING:  # of a verification: whoever wants none does not wait for them
    from imagekit.verify.model import VerificationReport
    from imagekit.verify.structure.model import StructureFile


@dataclass(frozen=True, kw_only=True)
class Built:
    """An image that was built and has no tag yet."""

    opened: Opened
    reference: str
    result: BuildResult
    image_id: str
    differences: tuple[Difference, ...] | None
    """What a second build gave otherwise; `None` when there was none."""

    @property
    def repeatable(self) -> bool:
        """Whether no second build gave another image."""
        return not self.differences


@dataclass(frozen=True, kw_only=True)
class Verifying:
    """How images are verified."""

    quick: bool
    timings: bool
    reports: Reports
    structure: tuple[StructureFile, ...] = ()
    """container-structure-test files of the settings."""


@dataclass(frozen=True, kw_only=True)
class Finish:
    """What is done with the images, once they are there."""

    engine: Engine
    check: Verifying | None
    """`None` leaves the verification out."""
    push: bool
    as_json: bool
    several: bool
    """Whether the document has `images`, however many there are."""
    seeded: Seeded
    """What became of the seeds of the build."""

    def finish(self, built: tuple[Built, ...]) -> int:
        """Verify, tag, push and report."""
        if not self.as_json:
            for each in built:
                say_bases(each.result, each.opened.plan)
                say_cache(each.result, each.opened.plan)
                if each.differences is not None:
                    say_reproducible(each.result, each.differences)
        reports = [self._verify(each) for each in built]
        good = all(report is None or report.passed for report in reports) and all(
            each.repeatable for each in built
        )
        if good:
            self._tag(built)
        documents = []
        fine = ExitCode.FINE
        for each, report in zip(built, reports, strict=True):
            image = self._image(each, report, good=good)
            documents.append(
                build_document(
                    image,
                    each.result,
                    report,
                    plan=each.opened.plan,
                    compared=each.differences,
                    seeded=self.seeded,
                )
            )
            if report is not None and self.check is not None:
                unwritten = self.check.reports.write(replace(report, image=image))
                fine = fine if unwritten is None else unwritten.exit_code
            if good and not self.as_json and not (self.check and self.check.reports.on_stdout):
                product(image_line(image))
        if self.as_json:
            product(dump({"images": documents} if self.several else documents[0]))
        lost = _lost(reports)
        if lost is not None:
            from imagekit.cli.verification import end_lost  # noqa: PLC0415

            return end_lost(lost)
        if self.as_json:
            return fine if good else ExitCode.VERIFICATION
        self._refuse(built, reports)
        return fine

    def _verify(self, built: Built) -> VerificationReport | None:
        if self.check is None or not built.repeatable:
            return None
        # Only who verifies waits for an HTTP client and what is expected to be imported.
        from imagekit.cli.verification import run_verification  # noqa: PLC0415
        from imagekit.verify.expectation import expect_from_plan  # noqa: PLC0415

        expected = expect_from_plan(built.opened.plan, built.opened.settings)
        return run_verification(
            self.engine,
            built.image_id,
            replace(
                expected,
                quick=self.check.quick,
                baseline=self.check.reports.baseline,
                structure=self.check.structure,
            ),
            run_id=uuid.uuid4().hex[:12],
            quiet=self.as_json,
            timings=self.check.timings,
        )

    def _tag(self, built: tuple[Built, ...]) -> None:
        store = ImageStore(engine=self.engine)
        for each in built:
            store.tag(each.image_id, each.reference)
        if self.push:
            for each in built:
                Registry(engine=self.engine).push(each.reference)

    def _image(self, built: Built, report: VerificationReport | None, *, good: bool) -> Image:
        store = ImageStore(engine=self.engine)
        image = (
            report.image
            if report is not None
            else describe_image(store, built.image_id, os.environ)
        )
        return replace(image, reference=built.reference if good else built.image_id)

    def _refuse(self, built: tuple[Built, ...], reports: list[VerificationReport | None]) -> None:
        """Raise for the first image that is not good; what was wrong with each is shown above."""
        for each, report in zip(built, reports, strict=True):
            if each.differences:
                raise ImageNotReproducible(
                    release=each.opened.plan.name, differences=tuple(map(str, each.differences))
                )
            if report is not None and not report.passed:
                raise VerificationFailed(
                    reference=each.reference, image_id=each.image_id, failed=report.failed
                )


def _lost(reports: list[VerificationReport | None]) -> EngineLost | None:
    """Give what ended a verification in the middle, now that what was known is reported."""
    lost = (report.lost for report in reports if report is not None)
    return next(filter(None, lost), None)
