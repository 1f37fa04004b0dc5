"""The two small builds around a build with a shared cache: what fills a builder, and what it keeps.

A seed is an image of two layers: what a branch compiled last of its dependencies, and of its own
apps, as entries of the cache mount (`scripts/compiled.exs`). No step of the image takes anything
from these builds, so that no cache key of it can depend on them.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from imagekit.dockerfile import Arg, BindMount, Command, Copy, Dockerfile, From, Run, Stage
from imagekit.lower.places import COMPILED_MOUNT, SCRIPTS, SCRIPTS_MOUNT, SCRIPTS_OF_STEPS

NONCE: Final = "NONCE"
"""The build argument without which a step would be reused, and do nothing to the cache mount.

Not `--no-cache`: BuildKit then drops the cache mounts, too (moby/buildkit#1092)."""
_SEED: Final = "imagekit-seed"
_SMALL_BUILD: Final = "imagekit-compiled"
_FOLDER: Final = PurePosixPath("/seed")
_COMPILED: Final = str(COMPILED_MOUNT.target)
_LAYERS: Final = ("deps", "app")


def lower_fill(toolchain: str, seed: str, name: str) -> Dockerfile:
    """Put what a seed has, and the builder has not, into the builder's cache mount.

    Args:
        toolchain: an image with a shell; the builder's own, which is needed anyway.
        seed: the image's reference.
        name: under which the scripts note what they use (`imagekit.build.seed`).
    """
    fill = Command(words=(str(SCRIPTS / "seed"), "fill", str(_FOLDER), _COMPILED, name))
    mounts = (SCRIPTS_MOUNT, BindMount(target=_FOLDER, from_stage=_SEED), COMPILED_MOUNT)
    return Dockerfile(
        stages=(
            SCRIPTS_OF_STEPS,
            Stage(base=From(image=seed, name=_SEED), instructions=()),
            Stage(
                base=From(image=toolchain, name=_SMALL_BUILD),
                instructions=(Arg(name=NONCE), Run(commands=(fill,), mounts=mounts)),
            ),
        )
    )


def lower_keep(toolchain: str, names: tuple[str, ...]) -> Dockerfile:
    """Make a seed of what was used last under the first of the names that is known."""
    keep = Command(words=(str(SCRIPTS / "seed"), "keep", _COMPILED, str(_FOLDER), *names))
    # The same entries are the same layer, which a registry then has already.
    settle = Command(words=(str(SCRIPTS / "settle"), "tree", str(_FOLDER)))
    layers = tuple(
        Copy(sources=(_FOLDER / each,), destination="/", from_stage=_SMALL_BUILD, link=True)
        for each in _LAYERS
    )
    return Dockerfile(
        stages=(
            SCRIPTS_OF_STEPS,
            Stage(
                base=From(image=toolchain, name=_SMALL_BUILD),
                instructions=(
                    Arg(name=NONCE),
                    Run(commands=(keep, settle), mounts=(SCRIPTS_MOUNT, COMPILED_MOUNT)),
                ),
            ),
            Stage(base=From(image="scratch", name=_SEED), instructions=layers),
        )
    )
