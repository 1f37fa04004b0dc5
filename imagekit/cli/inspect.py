"""`imagekit inspect IMAGE`: layers, their groups and sizes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click

from imagekit.cli.options import json_option
from imagekit.cli.plain import dump
from imagekit.engine.client import Engine
from imagekit.engine.images import ImageStore
from imagekit.image import Image, LayerGroup
from imagekit.ui import product, size
from imagekit.verify.report.json_document import plain_image, plain_layers


@click.command("inspect")
@click.argument("image")
@click.option("--platform", help="Which image of a multi-platform index, as linux/amd64.")
@json_option
def command(image: str, platform: str | None, as_json: bool) -> None:
    """Show the layers of IMAGE, the group of each and the sizes."""
    found = ImageStore(engine=Engine.connect(os.environ)).inspect(image, platform=platform)
    if as_json:
        product(dump({"image": plain_image(found), "layers": plain_layers(found)}))
    else:
        product("\n".join(_lines(found)))


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
