"""Where things are while a build runs, what is mounted there, and how a command is run."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from imagekit.dockerfile import (
    BindMount,
    CacheMount,
    Command,
    Copy,
    From,
    Mount,
    Run,
    SecretMount,
    Stage,
    TmpfsMount,
)

SCRIPTS_STAGE: Final = "imagekit"
SCRIPTS_FOLDER: Final = PurePosixPath(".imagekit")
COMPILING: Final = "imagekit_compiled"
"""The secret with a few words for the scripts that compile, a line each (scripts/compiled.exs).

`cold`: take nothing out of cache mounts. `name NAME`: note under that name what was used of them.
A secret, because it is in no cache key and no history."""

SCRIPTS: Final = PurePosixPath("/imagekit")
RELEASE: Final = PurePosixPath("/release")
LAYERS: Final = PurePosixPath("/layers")
NATIVE: Final = PurePosixPath("/native")
PACKAGES: Final = PurePosixPath("/packages")
ROOTFS: Final = PurePosixPath("/rootfs")
HEADER: Final = (
    "Composed by imagekit: do not edit, `imagekit dockerfile --write` makes it again. "
    "With what that writes beside it, it builds with plain `docker build .` too."
)

SCRIPTS_OF_STEPS: Final = Stage(
    base=From(image="scratch", name=SCRIPTS_STAGE),
    instructions=(Copy(sources=(SCRIPTS_FOLDER,), destination="/"),),
    comment="imagekit's scripts for the steps below; `imagekit build` brings its own",
)
SCRIPTS_MOUNT: Final = BindMount(target=SCRIPTS, from_stage=SCRIPTS_STAGE)
TRUST: Final = SecretMount(id="ca_bundle")
APT_MOUNTS: Final[tuple[Mount, ...]] = (
    # Lists, archives and logs differ from day to day: on a tmpfs they never reach a layer.
    TmpfsMount(target=PurePosixPath("/var/cache/apt")),
    TmpfsMount(target=PurePosixPath("/var/lib/apt/lists")),
    TmpfsMount(target=PurePosixPath("/var/log")),
    SecretMount(id="apt_sources", target=PurePosixPath("/etc/apt/sources.list.d/debian.sources")),
)
# In the runtime: debconf would write the base's database anew, 1.3 MB, for answers nobody gave.
DEBCONF_MOUNT: Final = TmpfsMount(target=PurePosixPath("/var/cache/debconf"))
APK_MOUNTS: Final[tuple[Mount, ...]] = (
    # Where apk looks for authorities of its own (apk-tools, libfetch/Makefile: CA_CERT_FILE).
    SecretMount(id="ca_bundle", target=PurePosixPath("/etc/apk/ca.pem")),
    SecretMount(id="apk_repositories", target=PurePosixPath("/etc/apk/repositories")),
)
HEX_MOUNTS: Final[tuple[Mount, ...]] = (
    # Hex writes its configuration, mirror included, below HEX_HOME: a tmpfs leaves no trace.
    TmpfsMount(target=PurePosixPath("/hex")),
    CacheMount(id="imagekit-hex", target=PurePosixPath("/hex/packages"), sharing="locked"),
    SecretMount(id="hex_mirror"),
    SecretMount(id="hex_public_key"),
    SecretMount(id="hex_key"),
    SecretMount(id="hex_repositories"),
    SecretMount(id="gitconfig"),
)
COMPILED_MOUNT: Final = CacheMount(id="imagekit-compiled", target=PurePosixPath("/compiled"))
COMPILED_MOUNTS: Final[tuple[Mount, ...]] = (
    # Shared: an entry is found by its content and appears when it is whole.
    COMPILED_MOUNT,
    SecretMount(id=COMPILING),
)
NPM_MOUNTS: Final[tuple[Mount, ...]] = (
    CacheMount(id="imagekit-npm", target=PurePosixPath("/root/.npm"), sharing="locked"),
    SecretMount(id="npmrc"),
)


def run(
    words: tuple[str, ...],
    *,
    mounts: tuple[Mount, ...] = (),
    network: bool = False,
    environment: tuple[tuple[str, str], ...] = (),
) -> Run:
    """Run a command, through `with-network` where it may reach a registry."""
    wrapper = (str(SCRIPTS / "with-network"),) if network else ()
    return Run(
        commands=(Command(words=(*wrapper, *words), environment=environment),),
        mounts=(SCRIPTS_MOUNT, *mounts) if network else mounts,
    )


def folder(path: PurePosixPath) -> str:
    """Write a destination as the folder it is: `./`, `./config/`, `/app/`."""
    if path.is_absolute():
        return "/" if path == PurePosixPath("/") else f"{path}/"
    return f"./{path}/" if path.parts else "./"
