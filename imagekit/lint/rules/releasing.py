"""How a release gets into the image, and whether it is a node there; several rules share it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from imagekit.dockerfile.nodes import CopyNode
from imagekit.dockerfile.words import Word
from imagekit.lint.model import DockerfileFile
from imagekit.lint.targets.stage import StageFacts

_RELEASE: Final = re.compile(r"(?:^|/)_build/[^/]+/rel(?:/[^/]+)?(?:/\.?)?$")


def copied(file: DockerfileFile) -> Iterator[Word]:
    """Give the sources of COPY that are a whole release of another stage."""
    if not file.is_shipped:
        return
    made: set[str] = set()
    for command in (command for stage in file.builders for command in stage.commands):
        words = command.values
        if "release" in words and "--path" in words[:-1]:
            made.add(words[words.index("--path") + 1].rstrip("/"))
    for node in (node for stage in file.final.lineage for node in stage.own(CopyNode)):
        for word in node.sources if node.source_stage is not None else ():
            if _RELEASE.search(word.value) or word.value.rstrip("/") in made:
                yield word


def is_distributed(stage: StageFacts) -> bool:
    """Tell whether a release starts as a node of the network there, as it does by default."""
    return stage.variables.get("RELEASE_DISTRIBUTION") != "none"
