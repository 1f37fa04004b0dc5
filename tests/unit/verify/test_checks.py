"""Every check, on facts made for it: it passes, it fails, and says what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imagekit.elf.model import ElfFile
from imagekit.engine.container import Process
from imagekit.image import LayerGroup
from imagekit.plan.runtime import RequiredVariable
from imagekit.resolved import Resolved
from imagekit.settings.schema.verify import ClusterSettings
from imagekit.verify.check import (
    BootCheck,
    ClusterCheck,
    ConfigCheck,
    Failed,
    FilesCheck,
    Passed,
    PreparationCheck,
    TrialCheck,
    Verdict,
)
from imagekit.verify.checks import CHECKS
from imagekit.verify.cluster.model import ClusterFacts
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import NoAnswer, Stop
from imagekit.verify.services.model import CommandSucceeds, OutputSays, Preparation
from imagekit.verify.trial.model import Asked, Load, StopAfter

from .examples import (
    ABSENT,
    ALIVE,
    BEAM,
    EXPECTED,
    FOREIGN,
    IMAGE,
    LOGGED,
    NODES,
    OK,
    RUNNING,
    SERVED,
    SERVICE,
    TITLE,
    booted,
    budget,
    cluster,
    ended,
    entry,
    files,
    gathering,
    image,
    layer,
    not_ready,
    prepared,
    tried,
)
from .further_cases import FAILED as FURTHER_FAILED
from .further_cases import PASSED as FURTHER_PASSED
from .further_cases import SKIPPED as FURTHER_SKIPPED
from .static_cases import FAILED as STATIC_FAILED
from .static_cases import PASSED as STATIC_PASSED
from .static_cases import SKIPPED as STATIC_SKIPPED

BY_ID = {check.id: check for check in CHECKS}


def run(check_id: str, facts: Any, expected: Expectation) -> Verdict:
    check = BY_ID[check_id]
    assert isinstance(
        check,
        ConfigCheck | FilesCheck | PreparationCheck | BootCheck | TrialCheck | ClusterCheck,
    )
    return check.run(facts, expected)


GOOD_HTTPS = replace(OK, forwarded_https=True)
KEY = b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"
EPMD = Process(pid=7, parent=1, state="S", command="/app/erts-15.2.7/bin/epmd -daemon")
DISTRIBUTED = replace(EXPECTED, environment={"RELEASE_COOKIE": "monster-monster"})
UNDISTRIBUTED = replace(EXPECTED, environment={"RELEASE_DISTRIBUTION": "none"})
REQUIRING = replace(
    EXPECTED,
    required=(RequiredVariable(name="DATABASE_URL", source="config/runtime.exs:7"),),
    slow="/slow",
)
WITHOUT = "without DATABASE_URL"
DIED = not_ready(state=ended(1), output="environment variable DATABASE_URL is missing.\n")
STOPPED = Stop(signal="SIGTERM", seconds=1.2, exit_code=0)
LOST = replace(STOPPED, exit_code=None, seconds=10.0)
HALF_WAY = StopAfter(seconds=1.0)
LOADED = Load(path="/healthz", requests=200)
ALL = Asked(asked=200, answered=200)
SLOW_ANSWER = NoAnswer(kind="slow", problem="no answer came back in time")
START = entry("app/releases/start_erl.data")
STATIC = ElfFile(machine="x86_64", bits=64)
MIGRATING = replace(
    EXPECTED,
    services=(SERVICE,),
    migrate=Resolved(value=("/app/bin/migrate",), source="rel/overlays/bin/migrate"),
)
(MIGRATED,) = tried("migrate", boot=not_ready(state=ended(0)))
(NOT_MIGRATED,) = tried(
    "migrate",
    boot=not_ready(state=ended(1), output='ERROR 42P07 relation "notes" already exists\n'),
)
CLUSTERED = replace(EXPECTED, cluster=ClusterSettings(replicas=3))
OTHERS = (NODES[1], NODES[2], "hello@10.0.0.103")
RESOLVED = "resolved verified.imagekit.internal: {:ok, {10, 0, 0, 2}}\n"
STILL_WAITING = """\
did not become ready within 60 s: port 5432 takes no connection
The container is still running. It is of imagekit.toml.
Last output:
  initdb ..."""
HIDDEN_NPMRC = entry("root/.npmrc", in_layer=1, whiteout=True)

PASSED: dict[str, tuple[str, Any, Expectation, str]] = {
    "names": (
        "boot.dns",
        tried("DNS", boot=not_ready(state=ended(0), output=f"started\n{RESOLVED}")),
        EXPECTED,
        "resolves verified.imagekit.internal",
    ),
    "a cluster": (
        "cluster.formed",
        cluster(),
        CLUSTERED,
        "3 replicas see each other 1.5 s after they are ready: hello@10.0.0.100",
    ),
    "a cluster that heals": (
        "cluster.heals",
        cluster(healed=gathering(*OTHERS, seconds=2.5)),
        CLUSTERED,
        "node hello@10.0.0.100 was stopped, another came, and all see each other 2.5 s after",
    ),
    "a service": ("service.ready", prepared(), MIGRATING, "ready: db (postgres:17) after 2.1 s"),
    "two migrations": (
        "commands.migrate",
        prepared(MIGRATED, MIGRATED),
        MIGRATING,
        "`/app/bin/migrate` ran twice, 2 s and 2 s",
    ),
    "numeric user": ("config.user", IMAGE, EXPECTED, "user 65532, group 65532"),
    "other numeric user": ("config.user", image(user="1000"), FOREIGN, "user 1000"),
    "exec form": ("config.entry", IMAGE, EXPECTED, "exec form: /app/bin/hello start"),
    "command only": (
        "config.entry",
        image(entrypoint=(), command=("/srv/run",)),
        FOREIGN,
        "/srv/run",
    ),
    "a shell that steps aside": (
        "config.entry",
        image(entrypoint=("/bin/sh", "-c", "exec /srv/run"), command=()),
        FOREIGN,
        "exec",
    ),
    "a shell script by path": (
        "config.entry",
        image(entrypoint=("/bin/sh", "/srv/run"), command=("-c",)),
        FOREIGN,
        "/srv/run",
    ),
    "the plan's signal": ("config.stop-signal", IMAGE, EXPECTED, "SIGTERM"),
    "no signal said": ("config.stop-signal", image(stop_signal=None), FOREIGN, "the default"),
    "a number": ("config.stop-signal", image(stop_signal="15"), EXPECTED, "SIGTERM"),
    "another signal of a foreign image": (
        "config.stop-signal",
        image(stop_signal="quit"),
        FOREIGN,
        "SIGQUIT",
    ),
    "labels of the plan": ("config.labels", IMAGE, EXPECTED, "1 as expected"),
    "any title": ("config.labels", IMAGE, replace(FOREIGN, labels={TITLE: None}), "1"),
    "plain environment": ("config.environment", IMAGE, EXPECTED, "3 variables"),
    "no secrets after all": (
        "config.environment",
        image(
            environment={
                "DB_PASSWORD_FILE": "/run/secrets/db",
                "GPG_KEY": "E3FF2839C048B25C084DEBE9B26995E310250568",
                "RELEASE_COOKIE": "none",
                "SECRET_KEY_BASE": "",
                "TOKENIZERS_PARALLELISM": "false",
                "DATABASE_URL": "ecto://db/app",
            }
        ),
        EXPECTED,
        "none looks like a secret",
    ),
    "ELF files that find all": (
        "files.elf",
        files(START, elf={(1, "app/erts-15.2.7/bin/epmd"): STATIC}),
        EXPECTED,
        "1 files find their loader",
    ),
    "a real release": ("files.toolchain", files(), EXPECTED, "none in"),
    "Mix in a release of Distillery": (
        "files.toolchain",
        files(
            entry("app/lib/mix-1.18.3/ebin/mix.app"),
            entry("app/lib/distillery-2.1.1/ebin/distillery.app"),
        ),
        EXPECTED,
        "none in",
    ),
    "a release called node": (
        "files.toolchain",
        replace(
            files(entry("usr/bin/node")), image=image(entrypoint=("/usr/bin/node",), command=())
        ),
        FOREIGN,
        "none in",
    ),
    "deleted tools": (
        "files.toolchain",
        files(entry("usr/bin/gcc", in_layer=0), entry("usr/bin/gcc", in_layer=1, whiteout=True)),
        EXPECTED,
        "none in",
    ),
    "no cookie": ("files.cookie", files(), EXPECTED, "none in any layer"),
    "a cookie filled in at boot": (
        "files.cookie",
        files(contents={(1, "app/releases/0.1.0/vm.args"): b"-setcookie ${COOKIE}\n"}),
        EXPECTED,
        "none in any layer",
    ),
    "certificates": (
        "files.secrets",
        files(contents={(0, "etc/ssl/certs/ca.pem"): b"-----BEGIN CERTIFICATE-----\n"}),
        EXPECTED,
        "none in any layer",
    ),
    "compressed, within": (
        "size.compressed",
        IMAGE,
        budget(compressed="30MB"),
        "28.9 MB of 30 MB",
    ),
    "unpacked, within": ("size.unpacked", IMAGE, budget(unpacked="72MB"), "72 MB of 72 MB"),
    "ready": (
        "boot.ready",
        booted(),
        EXPECTED,
        "GET /healthz answered 200 after 1.9 s (budget 30 s)",
    ),
    "ready behind https": (
        "boot.ready",
        booted(answer=GOOD_HTTPS),
        EXPECTED,
        "with X-Forwarded-Proto: https (it forces TLS)",
    ),
    "ready by log": ("boot.ready", booted(answer=None), LOGGED, "the output said 'up'"),
    "ready by living": ("boot.ready", booted(answer=None), ALIVE, "alive after"),
    "ready by living longer than a small budget": (
        "boot.ready",
        booted(answer=None, ready_after=3.01),
        replace(ALIVE, budget=budget(boot="1s").budget),
        "alive after 3 s",
    ),
    "an answer": ("boot.http", booted(), EXPECTED, "200, text/plain: 'ok'"),
    "stops": (
        "boot.stop",
        booted(),
        EXPECTED,
        "SIGTERM led to exit code 0 after 1.1 s (grace period 10 s)",
    ),
    "clean": ("boot.clean", booted(), EXPECTED, "1 processes"),
    "epmd that was asked for": (
        "boot.clean",
        booted(processes=(BEAM, EPMD), zombies=("epmd",)),
        DISTRIBUTED,
        "2 processes",
    ),
    "no shell to look for zombies": (
        "boot.clean",
        booted(zombies=None),
        EXPECTED,
        "zombies not looked for (no shell)",
    ),
    "quiet": ("boot.output", booted(), EXPECTED, "1 lines"),
    "a long output": (
        "boot.output",
        booted(cut=True),
        EXPECTED,
        "the last 1 lines, no crash, no warning of the VM; more came before",
    ),
    "names what is missing": (
        "boot.env",
        tried(WITHOUT, boot=DIED),
        REQUIRING,
        "names what is missing within 1.9 s: DATABASE_URL",
    ),
    "another port": ("boot.port", tried("PORT=4001"), EXPECTED, "ready with PORT=4001 too"),
    "another user": ("boot.user", tried("user 1:0"), EXPECTED, "ready as user"),
    "little memory": (
        "boot.memory",
        tried(act=LOADED, memory=(100_000_000, 120_000_000), asked=ALL),
        EXPECTED,
        "100 MB at rest, 120 MB after 200 requests (budget 536.9 MB)",
    ),
    "one scheduler": (
        "boot.limits",
        tried(executed=((0, "schedulers online: 1\n"),)),
        EXPECTED,
        "1 scheduler online",
    ),
    "stops while it boots": (
        "stop.boot",
        tried("SIGTERM after 300 ms", stop=STOPPED),
        EXPECTED,
        "SIGTERM after 300 ms led to exit code 0 after 1.2 s",
    ),
    "answers and stops": (
        "stop.request",
        tried("SIGTERM during GET /slow", in_flight=OK, stop=STOPPED),
        REQUIRING,
        "the answer came whole, exit code 0 after 1.2 s",
    ),
    "eval": (
        "commands.eval",
        tried("eval", boot=not_ready(state=ended(0), output="eval was here\n")),
        EXPECTED,
        "in a container of its own, 2 s",
    ),
}

FAILED: dict[str, tuple[str, Any, Expectation, str]] = {
    "a name nobody knows": (
        "boot.dns",
        tried(
            "DNS",
            boot=not_ready(state=ended(0), output=RESOLVED + "resolved db: {:error, :nxdomain}\n"),
        ),
        EXPECTED,
        "db does not resolve ({:error, :nxdomain})",
    ),
    "names that nobody asked": (
        "boot.dns",
        tried("DNS", boot=not_ready(state=ended(1), output="** (ErlangError) enoent\n")),
        EXPECTED,
        "`eval` did not tell (exit code 1)",
    ),
    "a replica that sees nobody": (
        "cluster.formed",
        cluster(gathering(*NODES, n1=(), seconds=60.0)),
        CLUSTERED,
        f"node {NODES[1]} does not see {NODES[0]}, {NODES[2]} after 60 s\nDNS_CLUSTER_QUERY names",
    ),
    "a replica that sees a stranger": (
        "cluster.formed",
        cluster(gathering(*NODES, n0=("hello@10.9.9.9", *NODES[1:]))),
        CLUSTERED,
        "hello@10.0.0.100 still sees hello@10.9.9.9, which is none of them",
    ),
    "a replica that cannot be asked": (
        "cluster.formed",
        cluster(gathering(*NODES, n2=None)),
        CLUSTERED,
        "hello@10.0.0.102 could not be asked by `rpc`: no such node",
    ),
    "a replica that is not ready": (
        "cluster.formed",
        ClusterFacts(
            query="Q", unready=(not_ready(state=ended(1), output="** (ArgumentError) no\n"),)
        ),
        CLUSTERED,
        "1 of 3 replicas did not become ready\nIt raised while it booted",
    ),
    "a cluster that does not heal": (
        "cluster.heals",
        cluster(healed=gathering(*OTHERS, n1=NODES[:1], seconds=60.0)),
        CLUSTERED,
        f"{NODES[1]} does not see {NODES[2]}, {OTHERS[2]} and still sees {NODES[0]}, which is none",
    ),
    "a replica that nobody can replace": (
        "cluster.heals",
        cluster(unready_after=not_ready(state=ended(1))),
        CLUSTERED,
        "the replica in the place of hello@10.0.0.100 did not become ready",
    ),
    "a service that waits": (
        "service.ready",
        prepared(service=replace(SERVED, ready_after=None, waited=60.0, output="initdb ...\n")),
        MIGRATING,
        STILL_WAITING,
    ),
    "a service that ended": (
        "service.ready",
        prepared(
            service=replace(
                SERVED,
                ready_after=None,
                state=ended(1),
                service=replace(SERVICE, ready=CommandSucceeds(argv=("pg_isready",))),
            )
        ),
        MIGRATING,
        "`pg_isready` does not end with exit code 0\nThe container is exited, exit code 1.",
    ),
    "a service that says nothing": (
        "service.ready",
        prepared(
            service=replace(
                SERVED, ready_after=None, service=replace(SERVICE, ready=OutputSays(text="up"))
            )
        ),
        MIGRATING,
        "its output does not say 'up'",
    ),
    "a service that is nowhere": (
        "service.ready",
        prepared(service=replace(ABSENT, service=SERVICE)),
        MIGRATING,
        "the image of db (postgres:17) cannot be had: connection refused",
    ),
    "the first migration": (
        "commands.migrate",
        prepared(NOT_MIGRATED),
        MIGRATING,
        "`/app/bin/migrate` led to exit code 1, the first time\n",
    ),
    "the second migration": (
        "commands.migrate",
        prepared(MIGRATED, NOT_MIGRATED),
        MIGRATING,
        "the second time: a job that is retried must find nothing left to do",
    ),
    "a migration that hangs": (
        "commands.migrate",
        prepared(*tried("migrate", boot=not_ready(state=RUNNING, waited=120.0))),
        MIGRATING,
        "has not ended within 120 s, the first time",
    ),
    "a migration that fails where once is enough": (
        "commands.migrate",
        prepared(NOT_MIGRATED),
        replace(MIGRATING, quick=True),
        "led to exit code 1",
    ),
    "no user": ("config.user", image(user=""), FOREIGN, "runs as root"),
    "root": ("config.user", image(user="0:0"), FOREIGN, "USER 0 is root"),
    "user by name": ("config.user", image(user="app"), FOREIGN, "USER app is a name"),
    "not the plan's user": (
        "config.user",
        image(user="1000:1000"),
        EXPECTED,
        "USER is 1000:1000, the plan says 65532:65532",
    ),
    "shell form": (
        "config.entry",
        image(entrypoint=(), command=("/bin/sh", "-c", "/app/bin/hello start")),
        FOREIGN,
        "shell form",
    ),
    "shell below an init": (
        "config.entry",
        image(entrypoint=("/usr/bin/tini", "-g", "--"), command=("bash", "-lc", "run; true")),
        FOREIGN,
        "shell form",
    ),
    "nothing to start": (
        "config.entry",
        image(entrypoint=(), command=()),
        FOREIGN,
        "there is nothing to start",
    ),
    "not the plan's command": (
        "config.entry",
        image(command=("daemon",)),
        EXPECTED,
        "CMD is [daemon], the plan says [start]",
    ),
    "a signal nobody catches": (
        "config.stop-signal",
        image(stop_signal="SIGKILL"),
        FOREIGN,
        "cannot be caught",
    ),
    "no signal": ("config.stop-signal", image(stop_signal="SIGNOPE"), FOREIGN, "is no signal"),
    "not the plan's signal": (
        "config.stop-signal",
        image(stop_signal="SIGINT"),
        EXPECTED,
        "the plan says SIGTERM",
    ),
    "label missing": ("config.labels", image(labels={}), EXPECTED, f"label {TITLE} is missing"),
    "label wrong": ("config.labels", image(labels={TITLE: "x"}), EXPECTED, "is 'x'"),
    "label empty": (
        "config.labels",
        image(labels={TITLE: ""}),
        replace(FOREIGN, labels={TITLE: None}),
        "is empty",
    ),
    "secret by name": (
        "config.environment",
        image(environment={"SECRET_KEY_BASE": "kJ8sd7f6", "API_TOKEN": "abcd"}),
        EXPECTED,
        "SECRET_KEY_BASE holds what looks like a secret",
    ),
    "secret in a URL": (
        "config.environment",
        image(environment={"DATABASE_URL": "ecto://app:s3cret@db/app"}),
        EXPECTED,
        "DATABASE_URL",
    ),
    "secret by its form": (
        "config.environment",
        image(environment={"X": "ghp_" + "a" * 36}),
        EXPECTED,
        "X holds",
    ),
    "gcc": (
        "files.toolchain",
        files(entry("usr/bin/x86_64-linux-gnu-gcc-14"), entry("usr/bin/cc", kind="symlink")),
        EXPECTED,
        "a compiler: /usr/bin/cc, /usr/bin/x86_64-linux-gnu-gcc-14",
    ),
    "a library that is missing": (
        "files.elf",
        files(START, elf={(1, "app/erts-15.2.7/bin/epmd"): replace(STATIC, needed=("libx.so.1",))}),
        EXPECTED,
        "needs libx.so.1",
    ),
    "make": ("files.toolchain", files(entry("usr/bin/make")), EXPECTED, "a build tool"),
    "erlc of a whole Erlang": (
        "files.toolchain",
        files(entry("usr/local/bin/erlc")),
        EXPECTED,
        "Erlang's or Elixir's compiler",
    ),
    "mix": ("files.toolchain", files(entry("usr/bin/mix")), EXPECTED, "Mix: /usr/bin/mix"),
    "mix in the release": (
        "files.toolchain",
        files(entry("app/lib/mix-1.18.3/ebin/mix.app")),
        EXPECTED,
        "Mix: /app/lib/mix-1.18.3",
    ),
    "hex": (
        "files.toolchain",
        files(entry("root/.mix/archives/hex-2.0.6/x.beam")),
        EXPECTED,
        "Hex or rebar3",
    ),
    "node": ("files.toolchain", files(entry("usr/local/bin/node")), EXPECTED, "Node"),
    "npm packages": (
        "files.toolchain",
        files(entry("app/assets/node_modules/@esbuild/linux-x64", kind="directory")),
        EXPECTED,
        "npm packages: /app/assets/node_modules/@esbuild/linux-x64",
    ),
    "apt lists": (
        "files.toolchain",
        files(entry("var/lib/apt/lists/debian.example.internal_InRelease")),
        EXPECTED,
        "a package cache",
    ),
    "apk cache": (
        "files.toolchain",
        files(entry("var/cache/apk/APKINDEX.1.tar.gz")),
        EXPECTED,
        "a package cache",
    ),
    "cookie": (
        "files.cookie",
        files(entry("app/releases/COOKIE")),
        EXPECTED,
        "/app/releases/COOKIE",
    ),
    "cookie deleted later": (
        "files.cookie",
        files(
            entry("app/releases/COOKIE", in_layer=0),
            entry("app/releases/COOKIE", in_layer=1, whiteout=True),
        ),
        EXPECTED,
        "in layer 1 of 2",
    ),
    "cookie in vm.args": (
        "files.cookie",
        files(contents={(1, "app/releases/0.1.0/vm.args"): b"-name a\n-setcookie abc\n"}),
        EXPECTED,
        "`-setcookie`",
    ),
    "npmrc deleted later": (
        "files.secrets",
        files(entry("root/.npmrc", in_layer=0), HIDDEN_NPMRC),
        EXPECTED,
        "/root/.npmrc (in layer 1 of 2",
    ),
    "netrc": ("files.secrets", files(entry("root/.netrc")), EXPECTED, "credentials"),
    "dotenv": ("files.secrets", files(entry("app/.env")), EXPECTED, "environment values"),
    "git": ("files.source", files(entry("src/.git/HEAD")), EXPECTED, "history"),
    "private key": (
        "files.secrets",
        files(entry("app/priv/tls.key"), contents={(1, "app/priv/tls.key"): KEY}),
        EXPECTED,
        "/app/priv/tls.key: a private key",
    ),
    "compressed, over": (
        "size.compressed",
        IMAGE,
        budget(compressed="20MB"),
        "28.9 MB compressed, 8.9 MB over the budget of 20 MB",
    ),
    "unpacked, over": (
        "size.unpacked",
        replace(IMAGE, layers=(*IMAGE.layers, layer(LayerGroup.DEPS, 50_000_000, 1))),
        budget(unpacked="72MB"),
        "layer deps: 50 MB",
    ),
    "not ready": (
        "boot.ready",
        not_ready(state=ended(1), output="boom"),
        EXPECTED,
        "Exit code, state and output do not tell why.",
    ),
    "ready too late": (
        "boot.ready",
        booted(ready_after=5.5),
        budget(boot="5s"),
        "GET /healthz answered 200 after 5.5 s, over the budget of 5 s",
    ),
    "a zombie of another's making": (
        "boot.clean",
        booted(processes=(BEAM, EPMD), zombies=("epmd", "convert")),
        DISTRIBUTED,
        "zombies, ended and never reaped: convert",
    ),
    "a redirect": (
        "boot.http",
        not_ready(answer=replace(OK, status=302, headers=(("location", "/log_in"),))),
        EXPECTED,
        "GET /healthz answered 302 to /log_in",
    ),
    "an error": (
        "boot.http",
        not_ready(answer=replace(OK, status=500, body="Internal Server Error")),
        EXPECTED,
        "its body: Internal Server Error",
    ),
    "an endless body": (
        "boot.http",
        booted(answer=replace(OK, cut="slow")),
        EXPECTED,
        "the body of GET /healthz had not ended when its time was up",
    ),
    "a body without bounds": (
        "boot.http",
        booted(answer=replace(OK, cut="large")),
        EXPECTED,
        "is larger than what is read of one",
    ),
    "does not stop": (
        "boot.stop",
        booted(stop=Stop(signal="SIGTERM", seconds=10.0, exit_code=None)),
        EXPECTED,
        "still running 10 s after SIGTERM",
    ),
    "dies of the signal": (
        "boot.stop",
        booted(stop=Stop(signal="SIGTERM", seconds=0.1, exit_code=143)),
        EXPECTED,
        "exit code 143: it did not handle it, SIGTERM ended it",
    ),
    "stops badly": (
        "boot.stop",
        booted(stop=Stop(signal="SIGTERM", seconds=0.1, exit_code=1)),
        EXPECTED,
        "SIGTERM led to exit code 1",
    ),
    "zombie": (
        "boot.clean",
        booted(zombies=("epmd",)),
        EXPECTED,
        "zombies, ended and never reaped: epmd",
    ),
    "epmd": ("boot.clean", booted(processes=(BEAM, EPMD)), EXPECTED, "epmd runs beside it"),
    "epmd with distribution off": (
        "boot.clean",
        booted(processes=(BEAM, EPMD)),
        UNDISTRIBUTED,
        "epmd runs beside it",
    ),
    "written": (
        "boot.clean",
        booted(changes=("/app/erl_crash.dump", "/app/log")),
        EXPECTED,
        "/app/erl_crash.dump, /app/log",
    ),
    "latin1": (
        "boot.output",
        booted(output="warning: the VM is running with native name encoding of latin1\nok\n"),
        EXPECTED,
        "no UTF-8 locale",
    ),
    "a crash": (
        "boot.output",
        booted(output="07:00:01 [error] GenServer Hello.Worker terminating\n** (stop) x\n"),
        EXPECTED,
        "a process crashed",
    ),
    "a write that was refused": (
        "boot.output",
        booted(output="sh: 1: cannot create /var/x: Read-only file system\n"),
        EXPECTED,
        "a write to the read-only root",
    ),
    "ready without what it wants": (
        "boot.env",
        tried(WITHOUT),
        REQUIRING,
        "becomes ready all the same, although config/runtime.exs:7 asks for it",
    ),
    "hangs without what it wants": (
        "boot.env",
        tried(WITHOUT, boot=not_ready()),
        REQUIRING,
        "neither ends nor becomes ready",
    ),
    "ends well without what it wants": (
        "boot.env",
        tried(WITHOUT, boot=not_ready(state=ended(0))),
        REQUIRING,
        "ends with exit code 0",
    ),
    "does not say what is missing": (
        "boot.env",
        tried(WITHOUT, boot=not_ready(state=ended(1), output="NOT_DATABASE_URL is\nboom\n")),
        REQUIRING,
        "does not name the variable; its last line: boom",
    ),
    "a fixed port": (
        "boot.port",
        tried("PORT=4001", boot=not_ready(output="listening on 0.0.0.0 port 4000")),
        EXPECTED,
        "with PORT=4001 nothing was ready there",
    ),
    "one user alone": (
        "boot.user",
        tried("user 1:0", boot=not_ready(state=ended(1), output="/app/x: Permission denied\n")),
        EXPECTED,
        "The image's user may not use /app/x",
    ),
    "much memory": (
        "boot.memory",
        tried(act=LOADED, memory=(100_000_000, 600_000_000), asked=ALL),
        EXPECTED,
        "600 MB after 200 requests, over the budget of 536.9 MB",
    ),
    "requests that fail": (
        "boot.memory",
        tried(act=LOADED, memory=(1, 2), asked=replace(ALL, answered=150, wrong=SLOW_ANSWER)),
        EXPECTED,
        "of 200 requests 150 were answered with 200; the first that was not: no answer came",
    ),
    "killed while measured": (
        "boot.memory",
        tried(act=LOADED, boot=not_ready(state=ended(137, oom_killed=True))),
        EXPECTED,
        "did not become ready when its memory was to be measured",
    ),
    "many schedulers": (
        "boot.limits",
        tried(executed=((0, "schedulers online: 8\n"),)),
        EXPECTED,
        "8 schedulers are online under a limit of 1 CPU",
    ),
    "too slow for one processor": (
        "boot.limits",
        tried(boot=not_ready()),
        EXPECTED,
        "under limits of 1 CPU and 1024 processes it does not become ready",
    ),
    "dies of the signal while it boots": (
        "stop.boot",
        tried("SIGTERM after 1 s", stop=replace(STOPPED, exit_code=143)),
        EXPECTED,
        "SIGTERM after 1 s led to exit code 143",
    ),
    "a program that loses the signal": (
        "stop.boot",
        tried("SIGTERM after 1 s", HALF_WAY, boot=booted(processes=()), stop=LOST),
        EXPECTED,
        "did not end it: still running 10 s later; where boot.stop passes, the boot swallows it",
    ),
    "drops what is in flight": (
        "stop.request",
        tried(in_flight=NoAnswer(kind="closed", problem="it was closed"), stop=STOPPED),
        REQUIRING,
        "the request in flight was dropped: it was closed",
    ),
    "cuts what is in flight": (
        "stop.request",
        tried(in_flight=replace(OK, cut="broken"), stop=STOPPED),
        REQUIRING,
        "the answer in flight was cut off",
    ),
    "refuses what is in flight": (
        "stop.request",
        tried(in_flight=replace(OK, status=503), stop=STOPPED),
        REQUIRING,
        "answered with 503",
    ),
    "forgets what is in flight": (
        "stop.request",
        tried(stop=LOST),
        REQUIRING,
        "never answered",
    ),
    "stops badly with a request": (
        "stop.request",
        tried("SIGTERM during x", in_flight=OK, stop=replace(STOPPED, exit_code=1)),
        REQUIRING,
        "SIGTERM during x led to exit code 1",
    ),
    "eval that fails": (
        "commands.eval",
        tried(boot=not_ready(state=ended(1), output="** (ArgumentError) no\n")),
        EXPECTED,
        "`eval` led to exit code 1",
    ),
    "eval that hangs": ("commands.eval", tried(boot=not_ready()), EXPECTED, "has not ended"),
    "eval that says nothing": (
        "commands.eval",
        tried(boot=not_ready(state=ended(0))),
        EXPECTED,
        "did not say",
    ),
}

NEVER = "the boot never got ready"
SKIPPED: dict[str, tuple[str, Any, Expectation, str]] = {
    "healing of what never formed": (
        "cluster.heals",
        cluster(gathering(*NODES, n1=())),
        CLUSTERED,
        "they never saw each other: see cluster.formed",
    ),
    "no service": ("service.ready", Preparation(), EXPECTED, "no service is configured"),
    "a service nobody asked for": (
        "service.ready",
        prepared(service=ABSENT),
        EXPECTED,
        "postgres:17, for mix.exs: postgrex is a dependency, cannot be had here: connection",
    ),
    "no migration": ("commands.migrate", prepared(), EXPECTED, "`migrate` under [verify]"),
    "a migration without its service": (
        "commands.migrate",
        prepared(service=replace(SERVED, ready_after=None)),
        MIGRATING,
        "its services were not ready: see service.ready",
    ),
    "a migration without its database": (
        "commands.migrate",
        prepared(service=ABSENT),
        MIGRATING,
        "postgres:17 cannot be had: see service.ready",
    ),
    "a quick migration": (
        "commands.migrate",
        prepared(MIGRATED),
        replace(MIGRATING, quick=True),
        "left out by --quick: it ran once",
    ),
    "labels of a foreign image": ("config.labels", IMAGE, FOREIGN, "not built by imagekit"),
    "compressed without a budget": ("size.compressed", IMAGE, EXPECTED, "28.9 MB; no budget"),
    "unpacked without a budget": ("size.unpacked", IMAGE, EXPECTED, "72 MB; no budget"),
    "no HTTP expected": ("boot.http", booted(answer=None), LOGGED, "no HTTP is expected"),
    "no answer": (
        "boot.http",
        not_ready(silence=NoAnswer(kind="closed", problem="x")),
        EXPECTED,
        "never got ready",
    ),
    "stop of what was not ready": ("boot.stop", not_ready(), EXPECTED, NEVER),
    "clean of what was not ready": ("boot.clean", not_ready(), EXPECTED, NEVER),
    "output of what was not ready": ("boot.output", not_ready(), EXPECTED, NEVER),
    "memory that nobody tells": ("boot.memory", tried(act=LOADED), EXPECTED, "tells no memory"),
    "an eval that cannot be asked": (
        "boot.limits",
        tried(executed=((1, "boom"),)),
        EXPECTED,
        "`eval` did not tell the schedulers (exit code 1): boom",
    ),
    "a signal that came before any program handles one": (
        "stop.boot",
        tried("SIGTERM after 90 ms", StopAfter(seconds=0.09), boot=booted(processes=()), stop=LOST),
        EXPECTED,
        "SIGTERM after 90 ms did not end it: still running 10 s later. The kernel drops",
    ),
    "a signal that the VM lost": (
        "stop.boot",
        tried("SIGTERM after 1 s", stop=LOST),
        EXPECTED,
        "SIGTERM after 1 s did not end it: still running 10 s later. The Erlang VM",
    ),
    "a VM under Distillery's name for it": (
        "stop.boot",
        tried(
            "SIGTERM after 1 s",
            boot=booted(
                processes=(
                    replace(BEAM, command="/app/releases/1/shop.sh -- -root /app -bindir /app/x"),
                )
            ),
            stop=LOST,
        ),
        EXPECTED,
        "The Erlang VM handles no signal before its kernel has started",
    ),
    "an answer too soon": (
        "stop.request",
        tried(in_flight=OK, early=True, stop=STOPPED),
        REQUIRING,
        "was over before the signal",
    ),
    "one that ended before": ("stop.request", tried(), REQUIRING, "before it could be asked"),
}

PASSED |= STATIC_PASSED | FURTHER_PASSED
FAILED |= STATIC_FAILED | FURTHER_FAILED
SKIPPED |= STATIC_SKIPPED | FURTHER_SKIPPED


@pytest.mark.parametrize(
    ("check", "facts", "expected", "words"), PASSED.values(), ids=PASSED.keys()
)
def test_it_passes(check: str, facts: Any, expected: Expectation, words: str) -> None:
    found = run(check, facts, expected)
    assert isinstance(found, Passed), found
    assert words in found.detail


@pytest.mark.parametrize(
    ("check", "facts", "expected", "words"), FAILED.values(), ids=FAILED.keys()
)
def test_it_fails(check: str, facts: Any, expected: Expectation, words: str) -> None:
    found = run(check, facts, expected)
    assert isinstance(found, Failed), found
    assert words in "\n".join(found.problems)
    assert found.detail
    assert "\n" not in found.detail
    assert all(found.problems)


@pytest.mark.parametrize(
    ("check", "facts", "expected", "words"), SKIPPED.values(), ids=SKIPPED.keys()
)
def test_it_is_skipped_with_its_reason(
    check: str, facts: Any, expected: Expectation, words: str
) -> None:
    found = run(check, facts, expected)
    assert not isinstance(found, Passed | Failed), found
    assert words in found.reason


def test_every_check_has_a_case_for_either_outcome() -> None:
    # Those of container-structure-test files are held by tests/golden/structure.
    own = {each for each in BY_ID if not each.startswith("structure.")}
    assert {case[0] for case in PASSED.values()} == own
    assert {case[0] for case in FAILED.values()} == own


def test_all_problems_are_told_not_the_first_alone() -> None:
    found = run(
        "config.environment", image(environment={"A_TOKEN": "abc", "B_SECRET": "def"}), EXPECTED
    )
    assert isinstance(found, Failed)
    assert len(found.problems) == 2
    assert found.detail.endswith("(and 1 more)")


def test_the_value_of_a_baked_secret_is_not_repeated() -> None:
    found = run("config.environment", image(environment={"A_TOKEN": "hunter2hunter2"}), EXPECTED)
    assert "hunter2" not in repr(found)


def test_ready_and_stop_tell_what_the_image_took() -> None:
    ready = run("boot.ready", booted(), EXPECTED)
    stop = run("boot.stop", booted(), EXPECTED)
    assert isinstance(ready, Passed)
    assert isinstance(stop, Passed)
    assert (ready.seconds, stop.seconds) == (1.9, 1.1)
