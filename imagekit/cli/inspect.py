"""`imagekit inspect IMAGE`: layers, their groups and sizes, waste; why each file is there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

import click

from imagekit.cli.options import json_option
from imagekit.cli.plain import dump
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.image import Image, LayerGroup
from imagekit.reasons import REASONS_FILE, Reason, read_reasons
from imagekit.ui import product, size
from imagekit.verify.files import visible
from imagekit.verify.report.json_document import plain_image, plain_layers
from imagekit.verify.waste import buried

_SHOWN: Final = 3
_SAID: Final = {
    "applet": "a word of",
    "certificates": "for",
    "dependency": "opened by name by the dependency",
    "loads": "loader of",
    "needs": "needed by",
    "opens": "opened by name by",
    "package": "asked for: the package",
    "runs": "runs",
    "shell": "for",
}


@click.command("inspect")
@click.argument("image")
@click.option("--platform", help="Which image of a multi-platform index, as linux/amd64.")
@json_option
def command(image: str, platform: str | None, as_json: bool) -> None:
    """Show the layers of IMAGE, the group of each and the sizes, and what they store for nothing.

    Also why each file or package below the release is there, where imagekit built the image.
    """
    store = ImageStore(engine=Engine.connect(os.environ))
    contents = store.contents(image, platform=platform, keep=lambda name: name == REASONS_FILE)
    found = contents.image
    listed = (content for _, content in sorted(contents.files.items()))
    reasons = tuple(each for content in listed for each in read_reasons(content))
    waste = buried(contents.entries, visible(contents.entries))
    if as_json:
        document = {
            "image": plain_image(found),
            "layers": plain_layers(found),
            "waste": [{"path": f"/{name}", "bytes": count} for name, count in waste.items()],
            "reasons": reasons,
        }
        product(dump(document))
    else:
        product("\n".join((*_lines(found), _wasted(waste), *_why(reasons))))


def _lines(image: Image) -> Iterator[str]:
    yield f"{image.reference}  {image.platform}"
    yield f"{image.digest}\n"
    yield f"{'group':<8}{'unpacked':>12}{'compressed':>12}  made by"
    for layer in image.layers:
        made_by = layer.created_by.replace("/bin/sh -c ", "").replace("# buildkit", "").strip()
        sizes = f"{size(layer.unpacked_bytes):>12}{size(layer.compressed_bytes):>12}"
        yield f"{layer.group:<8}{sizes}  {made_by[:60]}"
    yield ""
    for group in LayerGroup:
        layers = [layer for layer in image.layers if layer.group is group]
        if layers:
            unpacked = sum(layer.unpacked_bytes for layer in layers)
            compressed = sum(layer.compressed_bytes for layer in layers)
            yield f"{group:<8}{size(unpacked):>12}{size(compressed):>12}"
    yield f"{'total':<8}{size(image.unpacked_bytes):>12}{size(image.compressed_bytes):>12}"


def _wasted(waste: Mapping[str, int]) -> str:
    told = f"{'waste':<8}{size(sum(waste.values())):>12}"
    if not waste:
        return told
    largest = _some([f"/{name} {size(count)}" for name, count in waste.items()], _SHOWN)
    return f"{told}  stored again or removed by a later layer: {largest}"


def _why(reasons: Iterable[Reason]) -> Iterator[str]:
    """Say one line for files of one package that are there for one reason."""
    for number, (key, group) in enumerate(groupby(reasons, key=_key)):
        package, version, how, by = key
        if number == 0:
            yield "\nfile, package: why it is there"
        # A package that was asked for is there by its name alone.
        names = _some([each.path for each in group if each.path], 1)
        owner = f"{package} {version}".rstrip()
        what = ", ".join(filter(None, (names, owner)))
        yield f"{what}: {_SAID.get(how, how)} {_some(by, 2)}"


def _key(reason: Reason) -> tuple[str, str, str, tuple[str, ...]]:
    return reason.package, reason.version, reason.how, reason.by


def _some(names: Iterable[str], most: int) -> str:
    first, *rest = (", ".join(list(names)[:most]), *list(names)[most:])
    return f"{first} and {len(rest)} more" if rest else first
