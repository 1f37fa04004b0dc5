"""What checks look at: values that the effects (`files.py`, `boot.py`) fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.engine.container import ContainerState, Process
from imagekit.engine.images import Entry
from imagekit.errors import EngineRefused
from imagekit.image import Image
from imagekit.verify import wording

NOT_CREATED: Final = ContainerState(
    status="not there",
    running=False,
    exit_code=None,
    oom_killed=False,
    started_at=None,
    finished_at=None,
    error="",
)
"""The state of a container that the engine did not create."""


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What an image holds: as a container sees it, and in every layer."""

    image: Image
    visible: Mapping[str, Entry]
    """The final file system: path without leading `/` to the entry that won."""
    entries: tuple[Entry, ...]
    """Every entry of every layer, bottom first: what a later layer deletes is still shipped."""
    contents: Mapping[tuple[int, str], bytes] = field(default_factory=dict, repr=False)
    """Contents of the files that may hold secrets, and of the loader's settings."""
    elf: Mapping[tuple[int, str], ElfFile | DamagedElf] = field(default_factory=dict, repr=False)
    """Headers of the ELF files, by layer and path."""


Cut = Literal["large", "slow", "broken"]
"""It never ended though much came, it took too long, or the connection did not bring all of it."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. Of a large body the start is kept."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case, in the order they came."""
    body: str
    cut: Cut | None = None
    """Why its body was not seen to its end; `None` when it was."""
    forwarded_https: bool = False
    """Whether the request said that it came over https (`X-Forwarded-Proto`)."""

    @property
    def whole(self) -> bool:
        """Whether the body ended."""
        return self.cut is None

    def header(self, name: str) -> str | None:
        """Give the first header of that name."""
        return next((value for each, value in self.headers if each == name), None)


@dataclass(frozen=True, kw_only=True)
class Rpc:
    """What the release's command `rpc` led to."""

    code: int | None
    """`None` when it did not end in time."""
    output: str


@dataclass(frozen=True, kw_only=True)
class Closed:
    """How a WebSocket was closed."""

    code: int
    """Of RFC 6455, 7.4; 1006 when the connection ended without a close frame."""
    reason: str
    at: float
    """The moment, on the monotonic clock."""


Silence = Literal["refused", "closed", "slow", "not-http"]


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """Why a request got no answer. `closed` is what a published port without listener gives."""

    kind: Silence
    problem: str


@dataclass(frozen=True, kw_only=True)
class Stop:
    """What the stop signal led to."""

    signal: str
    seconds: float
    exit_code: int | None
    """`None` when the container still ran at the end of the grace period."""


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """What the image itself has that may explain a boot."""

    libraries: Mapping[str, tuple[str, ...]]
    """Paths of its shared libraries to the symbol versions that each offers (`GLIBC_2.38`)."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    user: str | None = None
    """As the image's config has it: empty is root."""


@dataclass(frozen=True, kw_only=True)
class BootFacts:
    """What one boot told. Secrets are out of every text already."""

    ready_after: float | None
    """Seconds from the container's start; `None` when it never was ready."""
    waited: float
    """Seconds from the container's start to the end of the wait."""
    state: ContainerState
    """When the wait ended."""
    answer: Answer | None = None
    """The last answer to the readiness request."""
    silence: NoAnswer | None = None
    """Why the last request got none."""
    rpc: Rpc | None = None
    """What the last `rpc` led to, where that tells whether it is ready."""
    output: str = ""
    """The end of stdout and stderr, after the stop if there was one."""
    cut: bool = False
    """Whether more was written before that."""
    processes: tuple[Process, ...] = ()
    """Those that lived when the wait ended."""
    zombies: tuple[str, ...] | None = ()
    """Names of those that ended and were not reaped; `None` when there is no shell to ask."""
    changes: tuple[str, ...] = ()
    """Paths changed on the root file system, after the stop if there was one."""
    stop: Stop | None = None
    """`None` when the boot was never ready."""
    loading: str | None = None
    """The module whose loading never ended, as a second boot that talks about it told."""
    shipped: Shipped | None = None
    """`None` as long as the image's files are not read."""
    refused: str | None = None
    """What the engine would not do, in words, when that is why there was no boot."""


def refused_boot(err: EngineRefused) -> BootFacts:
    """Tell of a boot that the engine refused."""
    return BootFacts(ready_after=None, waited=0.0, state=NOT_CREATED, refused=refusal(err))


def refusal(err: EngineRefused) -> str:
    """Say in one line what the engine refused, and why."""
    return f"{err.what.rstrip('.')}: {wording.line(err.problem).rstrip('.')}."
