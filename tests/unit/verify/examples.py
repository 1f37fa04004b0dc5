"""A good image, its files, its boot and what is expected of it; tests change one thing each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from imagekit.elf.model import DamagedElf, ElfFile
from imagekit.engine.container import ContainerState, Process
from imagekit.engine.images import Entry
from imagekit.image import Image, ImageConfig, Layer, LayerGroup
from imagekit.plan.model import Plan, Stage
from imagekit.plan.runtime import (
    AliveReadiness,
    HttpReadiness,
    LogReadiness,
    RequiredVariable,
    RuntimeContract,
)
from imagekit.plan.steps import ApplyContract
from imagekit.resolved import Resolved
from imagekit.settings.schema.verify import BudgetSettings
from imagekit.verify.cluster.model import ClusterFacts, Gathering, Sight
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import Answer, BootFacts, FileFacts, Stop
from imagekit.verify.files import visible
from imagekit.verify.program import Program
from imagekit.verify.services.model import (
    Preparation,
    Service,
    ServiceFacts,
    TakesConnections,
)
from imagekit.verify.trial.model import Act, AwaitReady, Subject, Trial, TrialFacts

TITLE = "org.opencontainers.image.title"

CONFIG = ImageConfig(
    user="65532:65532",
    entrypoint=("/app/bin/hello",),
    command=("start",),
    environment={"LANG": "C.UTF-8", "PATH": "/usr/bin", "PORT": "4000"},
    labels={TITLE: "hello"},
    exposed_ports=("4000/tcp",),
    stop_signal="SIGTERM",
)


def layer(group: LayerGroup, unpacked: int, compressed: int, created_by: str = "") -> Layer:
    return Layer(
        group=group,
        digest=None,
        diff_id=f"sha256:{group}",
        unpacked_bytes=unpacked,
        compressed_bytes=compressed,
        created_by=created_by,
    )


IMAGE = Image(
    reference="hello:dev",
    digest="sha256:1",
    platform="linux/amd64",
    config=CONFIG,
    layers=(
        layer(LayerGroup.OS, 70_000_000, 28_000_000),
        layer(LayerGroup.APP, 2_000_000, 900_000, "COPY /layers/app /app/"),
    ),
)


def image(**config: Any) -> Image:
    return replace(IMAGE, config=replace(CONFIG, **config))


EXPECTED = Expectation(
    ready=Resolved(value=HttpReadiness(path="/healthz"), source="imagekit.toml"),
    port=Resolved(value=4000, source="recipe debian"),
    user="65532:65532",
    entrypoint=("/app/bin/hello",),
    command=("start",),
    stop_signal="SIGTERM",
    labels={TITLE: "hello"},
    program=Program(path="/app/bin/hello", before=("/app/bin/hello",)),
)
FOREIGN = Expectation(ready=EXPECTED.ready, port=EXPECTED.port)
LOGGED = replace(
    EXPECTED, ready=Resolved(value=LogReadiness(text="up"), source="imagekit.toml"), port=None
)
ALIVE = replace(
    EXPECTED, ready=Resolved(value=AliveReadiness(seconds=3.0), source="default"), port=None
)


def budget(**limits: Any) -> Expectation:
    return replace(EXPECTED, budget=BudgetSettings(**limits))


def entry(name: str, *, in_layer: int = 1, kind: Any = "file", **fields: Any) -> Entry:
    values = {
        "mode": 0o755 if kind == "directory" else 0o644,
        "uid": 0,
        "gid": 0,
        "size": 1,
        "target": "",
        "whiteout": False,
        "opaque": False,
        **fields,
    }
    return Entry(layer=in_layer, name=name, kind=kind, **values)


# What `mix release` of Elixir 1.18 writes for an empty project, one of each kind.
RELEASE = (
    entry("app", kind="directory"),
    entry("app/bin/hello"),
    entry("app/erts-15.2.7/bin/erlc"),
    entry("app/erts-15.2.7/bin/escript"),
    entry("app/erts-15.2.7/bin/epmd"),
    entry("app/lib/compiler-8.6.1/ebin/compiler.app"),
    entry("app/lib/elixir-1.18.3/ebin/elixir.app"),
    entry("app/lib/iex-1.18.3/ebin/iex.app"),
    entry("app/releases/0.1.0/elixir"),
    entry("app/releases/0.1.0/iex"),
    entry("app/releases/0.1.0/vm.args"),
)
# And what Debian slim and a clean apt leave.
DEBIAN = (
    entry("usr/bin/perl", in_layer=0),
    entry("usr/bin/apt-get", in_layer=0),
    entry("var/cache/apt/archives", in_layer=0, kind="directory"),
    entry("var/lib/apt/lists/lock", in_layer=0),
    entry("var/lib/apt/lists/partial", in_layer=0, kind="directory"),
    entry("etc/ssl/certs/ca.pem", in_layer=0),
)


def files(
    *extra: Entry,
    contents: Mapping[tuple[int, str], bytes] | None = None,
    elf: Mapping[tuple[int, str], ElfFile | DamagedElf] | None = None,
) -> FileFacts:
    entries = tuple(sorted((*DEBIAN, *RELEASE, *extra), key=lambda each: each.layer))
    return FileFacts(
        image=IMAGE,
        visible=visible(entries),
        entries=entries,
        contents=contents or {},
        elf=elf or {},
    )


RUNNING = ContainerState(
    status="running",
    running=True,
    exit_code=None,
    oom_killed=False,
    started_at="2026-11-23T07:00:00.123456789Z",
    finished_at=None,
    error="",
)


def ended(code: int, **fields: Any) -> ContainerState:
    return replace(RUNNING, status="exited", running=False, exit_code=code, **fields)


OK = Answer(status=200, headers=(("content-type", "text/plain"),), body="ok\n")
BEAM = Process(pid=100, parent=1, state="Ssl", command="/app/erts-15.2.7/bin/beam.smp -- -root")

BOOTED = BootFacts(
    ready_after=1.9,
    waited=1.9,
    state=RUNNING,
    answer=OK,
    output="07:00:01.000 [info] Running HelloWeb.Endpoint with Bandit 1.5.7 at :::4000 (http)\n",
    processes=(BEAM,),
    stop=Stop(signal="SIGTERM", seconds=1.1, exit_code=0),
)


def booted(**facts: Any) -> BootFacts:
    return replace(BOOTED, **facts)


def not_ready(**facts: Any) -> BootFacts:
    return replace(
        BOOTED, **{"ready_after": None, "answer": None, "stop": None, "output": "", **facts}
    )


def plan(*required: str, port: int | None = 4000) -> Plan:
    contract = RuntimeContract(
        root=PurePosixPath("/app"),
        user=65532,
        group=65532,
        port=None if port is None else Resolved(value=port, source="recipe debian"),
        entrypoint=("/app/bin/hello",),
        command=("start",),
        environment=(("PORT", "4000"),),
        required=tuple(
            RequiredVariable(name=name, source="config/runtime.exs:3") for name in required
        ),
        optional=(),
        stop_signal="SIGTERM",
        ready=EXPECTED.ready,
        groups=(LayerGroup.APP,),
    )
    runtime = Stage(
        name="runtime",
        base=Resolved(value="debian:trixie-slim", source="recipe debian"),
        directory=PurePosixPath("/app"),
        environment=(),
        steps=(ApplyContract(labels=((TITLE, "hello"),)),),
        why="the image",
    )
    return Plan(
        name="hello",
        release=Resolved(value="hello", source="mix.exs"),
        recipe=Resolved(value="debian", source="default"),
        toolchain=Resolved(value="image", source="recipe debian"),
        versions={},
        stages=(runtime,),
        contract=contract,
        ignored=(),
        ignored_by_user=(),
    )


SERVICE = Service(
    name="db",
    image="postgres:17",
    environment={"POSTGRES_PASSWORD": "p4ssw0rd-of-db"},
    ready=TakesConnections(port=5432),
    provides={"DATABASE_URL": "ecto://postgres:p4ssw0rd-of-db@db:5432/x"},
    hidden=("p4ssw0rd-of-db",),
    within=60.0,
    source="imagekit.toml",
)
SERVED = ServiceFacts(service=SERVICE, ready_after=2.1, waited=2.1, state=RUNNING)
ABSENT = ServiceFacts(
    service=replace(
        SERVICE,
        source="mix.exs: postgrex is a dependency",
        instead={"DATABASE_URL": "ecto://127.0.0.1/verification"},
    ),
    ready_after=None,
    waited=0.0,
    absent="connection refused",
)


def prepared(*migrations: TrialFacts, service: ServiceFacts = SERVED) -> Preparation:
    return Preparation(services=(service,), migrations=migrations)


NODES = ("hello@10.0.0.100", "hello@10.0.0.101", "hello@10.0.0.102")


def gathering(*nodes: str, seconds: float = 1.5, **sights: tuple[str, ...] | None) -> Gathering:
    """All nodes see each other, but for those that are named by their last digit: `n0=()`."""
    seen = {
        node: sights.get(f"n{node[-1]}", tuple(other for other in nodes if other != node))
        for node in nodes
    }
    return Gathering(
        sights=tuple(
            Sight(node=node, others=others, said="no such node") for node, others in seen.items()
        ),
        seconds=seconds,
    )


def cluster(formed: Gathering | None = None, **facts: Any) -> ClusterFacts:
    return ClusterFacts(
        query="DNS_CLUSTER_QUERY", formed=formed or gathering(*NODES), replaced=NODES[0], **facts
    )


def trial(name: str = "x", act: Act | None = None, expected: Expectation = EXPECTED) -> Trial:
    return Trial(name=name, expected=expected, act=act or AwaitReady())


def tried(
    name: str = "x", act: Act | None = None, boot: BootFacts = BOOTED, **facts: Any
) -> tuple[TrialFacts, ...]:
    return (TrialFacts(trial=trial(name, act), seconds=2.0, boot=boot, **facts),)


def subject(**fields: Any) -> Subject:
    return Subject(**{"image": IMAGE, "expected": EXPECTED, "boot": BOOTED, **fields})
