"""Effect: looks into the image for the release behind a script that it starts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from imagekit.engine.peek import peeking
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineRefused
from imagekit.image import Image
from imagekit.verify.expectation import Expectation, require_program
from imagekit.verify.program import program_behind


def look_behind(
    scope: RunScope, reference: str, image: Image, expected: Expectation
) -> Expectation:
    """Add the release's script to what is expected, where the image's config does not tell it.

    Raises:
        InvalidValue: `rpc` tells whether it is ready, and the image has no release.
        ImageNotFound: the engine does not have the image.
        EngineLost: the engine stopped answering.
    """
    if expected.program is None and expected.boot:
        # An engine that refuses this container has the boot to tell it by.
        with suppress(EngineRefused), peeking(scope, reference) as read:
            expected = replace(expected, program=program_behind(image.config, read))
    require_program(expected)
    return expected
