"""Effect: the program that an image without a release starts, read where it was passed over.

Reading the ELF headers of every command of a distribution takes seconds, and an image with a
release needs none of them. What else an image starts is known only when all layers are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import IO

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.engine.images import Entry, ImageStore
from imagekit.verify.facts import FileFacts
from imagekit.verify.files import LARGEST_ELF, elf_file, passed_over
from imagekit.verify.linking import Linking


def with_started(
    facts: FileFacts, images: ImageStore, reference: str, platform: str | None
) -> FileFacts:
    """Add its headers; the layers are read once more where that is needed.

    Raises:
        EngineLost: the engine did not give them.
    """
    linking = Linking(facts=facts)
    path = None if linking.roots() else linking.started()
    place = None if path is None else linking.place(path)
    if place is None or place in facts.elf or not passed_over(place[1]):
        return facts

    def examine(entry: Entry, content: IO[bytes]) -> ElfFile | DamagedElf | None:
        # Which layer it is of is told when all of them are read.
        mine = entry.name == place[1] and entry.size <= LARGEST_ELF
        return elf_file(content) if mine else None

    found = images.contents(reference, platform=platform, examine=examine)
    seen = found.examined.get(place)
    if not isinstance(seen, ElfFile | DamagedElf):
        return facts
    return replace(facts, elf={**facts.elf, place: seen})
