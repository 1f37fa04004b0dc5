"""The two sides of a comparison: imagekit, and the Dockerfile that most projects have.

Both are processes as a user starts them, on one engine, with one network access, unverified.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from imagekit.engine.progress import Progress

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]


_MAX: Final = "type=registry,mode=max,image-manifest=true,oci-mediatypes=true"


class BenchFailed(Exception):
    """A build of one side ended otherwise than well; there is nothing to compare."""


@dataclass(frozen=True, kw_only=True)
class Took:
    """One build."""

    seconds: float
    """From the start of the command to its end."""
    steps: Mapping[str, float]
    """Seconds by stage (imagekit) or instruction (conventional), of what was not cached."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where and with what a side builds."""

    app: Path
    name: str
    """Of the app, and of its conventional Dockerfile."""
    tag: str
    settings: Mapping[str, str]
    """What `fixtures/environment` prints."""
    engine: str | None = None
    """Address of the engine; unset is the machine's."""
    cache: str | None = None
    """Reference in a registry: the cache to read and to write."""

    @property
    def environment(self) -> dict[str, str]:
        asked = {} if self.engine is None else {"DOCKER_HOST": self.engine}
        # The trees are in no git repository: the branch is told as a CI would tell it.
        return {**os.environ, **self.settings, **asked, "BRANCH_NAME": "main"}


def imagekit(site: Site, *flags: str) -> Took:
    """Build with imagekit."""
    command = (
        *(sys.executable, "-m", "imagekit", "build", str(site.app), "--no-verify", "--json"),
        *("--tag", site.tag, *(("--cache", site.cache) if site.cache else ()), *flags),
    )
    seconds, done = _build(command, site)
    document = json.loads(done.stdout)
    steps = {each["name"]: each["seconds"] for each in document["stages"] if not each["cached"]}
    return Took(seconds=seconds, steps=steps)


def conventional(site: Site, *flags: str) -> Took:
    """Build the conventional Dockerfile."""
    file = HERE / "conventional" / f"{site.name}.Dockerfile"
    return _plain(site, "--file", str(file), *_cache(site), *flags)


def eject(site: Site) -> None:
    """Write imagekit's own Dockerfile into the app's folder."""
    command = (sys.executable, "-m", "imagekit", "dockerfile", str(site.app), "--write")
    subprocess.run(command, check=True, env=site.environment, capture_output=True)


def ejected(site: Site, *flags: str) -> Took:
    """Build what `eject` wrote, without imagekit."""
    return _plain(site, *flags)


def remove(site: Site) -> None:
    """Take the image away, if there is one; the builder's cache stays."""
    command = ("docker", "image", "rm", "--force", site.tag)
    subprocess.run(command, check=False, env=site.environment, capture_output=True)


def _plain(site: Site, *flags: str) -> Took:
    command = (
        *("docker", "buildx", "build", "--progress", "rawjson", "--provenance=false"),
        *("--tag", site.tag, *_access(site), *flags, str(site.app)),
    )
    seconds, done = _build(command, site)
    return Took(seconds=seconds, steps=_stages(done.stderr))


def _build(command: tuple[str, ...], site: Site) -> tuple[float, subprocess.CompletedProcess[str]]:
    before = _image(site)
    begin = time.monotonic()
    done = subprocess.run(
        command,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        shown = " ".join(command[:5])
        raise BenchFailed(f"{shown} ... ended with {done.returncode}:\n{done.stderr[-4000:]}")
    if before not in (None, _image(site)):
        # What had the tag before would stay, without a name.
        subprocess.run(
            ("docker", "image", "rm", before),
            check=False,
            env=site.environment,
            capture_output=True,
        )
    return seconds, done


def _image(site: Site) -> str | None:
    asked = ("docker", "image", "inspect", "--format", "{{.Id}}", site.tag)
    found = subprocess.run(asked, check=False, env=site.environment, capture_output=True, text=True)
    return found.stdout.strip() or None


def _access(site: Site) -> tuple[str, ...]:
    """Give the flags by which a plain build reaches what imagekit's settings name."""
    setting = {
        name.removeprefix("IMAGEKIT_NETWORK_").lower(): value
        for name, value in site.settings.items()
    }
    files = ("hex_public_key", "ca_bundle", "npmrc")
    secrets = [f"id={each},src={setting[each]}" for each in files if each in setting]
    secrets.append("id=hex_mirror,env=IMAGEKIT_NETWORK_HEX_MIRROR")
    return ("--network", "host", *(part for each in secrets for part in ("--secret", each)))


def _cache(site: Site) -> tuple[str, ...]:
    if site.cache is None:
        return ()
    return (
        *("--cache-from", f"type=registry,ref={site.cache}"),
        # What imagekit makes of `--cache`.
        *("--cache-to", f"{_MAX},ref={site.cache}"),
    )


def _stages(lines: str) -> dict[str, float]:
    progress = Progress()
    for line in lines.splitlines():
        for _ in progress.feed(line):
            pass
    return {each.name: round(each.seconds, 2) for each in progress.stages if not each.cached}
