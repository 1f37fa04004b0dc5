"""Why a boot failed: outputs as programs write them, and the sentence they get."""

from __future__ import annotations

from dataclasses import replace

import pytest

from imagekit.engine.container import Process
from imagekit.plan.runtime import RequiredVariable, RpcReadiness
from imagekit.resolved import Resolved
from imagekit.settings.schema.verify import AnswerSettings
from imagekit.verify.diagnose import diagnose, explain
from imagekit.verify.facts import BootFacts, NoAnswer, Rpc, Shipped

from .examples import EXPECTED, LOGGED, OK, RUNNING, SERVICE, ended, not_ready

CLOSED = NoAnswer(kind="closed", problem="the connection was closed without an answer")
SLOGANS = (
    (
        "Runtime terminating during boot ({#{env=><<\"MOON_URL\">>,'__struct__'=>"
        "'Elixir.System.EnvError','__exception__'=>true},[{'Elixir.System',fetch_env!,1,[]}]})"
    ),
    (
        "Runtime terminating during boot ({#{'__struct__'=>'Elixir.System.EnvError',"
        "'__exception__'=>true,env=><<\"MOON_URL\">>},[{'Elixir.System',fetch_env!,1,[]}]})"
    ),
)
PHX_MISSING = """\
ERROR! Config provider Config.Reader failed with:
** (RuntimeError) environment variable SECRET_KEY_BASE is missing.
You can generate one by calling: mix phx.gen.secret

    /app/releases/0.1.0/runtime.exs:31: (file)
Runtime terminating during boot ({#{message=>...}})
"""
FETCH_ENV = (
    "ERROR! Config provider Config.Reader failed with:\n** (System.EnvError) could not fetch "
    'environment variable "DATABASE_URL" because it is not set\n'
)
ERLEXEC = "/app/erts-15.2.7/bin/erl: exec: line 12: /app/erts-15.2.7/bin/erlexec: not found\n"
GLIBC = (
    "/app/erts-15.2.7/bin/beam.smp: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not "
    "found (required by /app/erts-15.2.7/bin/beam.smp)\n"
)
LIBRARY = (
    "beam.smp: error while loading shared libraries: libncursesw.so.6: cannot open shared "
    "object file: No such file or directory\n"
)
NIF = (
    "[warning] The on_load function for module Elixir.Exqlite.Sqlite3NIF returned:\n"
    "{:error, {:load_failed, ~c\"Failed to load NIF library: 'libc.musl-x86_64.so.1: cannot "
    "open'\"}}\n"
)
DATABASE = (
    "Postgrex.Protocol failed to connect: (DBConnection.ConnectionError) tcp connect "
    "(localhost:5432): connection refused - :econnrefused\n"
)
DIED = {
    "distribution without a cookie": (
        ended(1),
        "RELEASE_DISTRIBUTION is name: set RELEASE_COOKIE too\n",
        "RELEASE_DISTRIBUTION=name turns distribution on, and RELEASE_COOKIE",
    ),
    "missing variable, raised": (
        ended(1),
        PHX_MISSING,
        "The environment variable SECRET_KEY_BASE is missing.",
    ),
    "missing variable, fetch_env!": (
        ended(1),
        FETCH_ENV,
        "The environment variable DATABASE_URL is missing.",
    ),
    "missing variables of a script": (
        ended(2),
        "/run: 3: DATABASE_URL: parameter not set\nPOOL_SIZE must be set\n",
        "The environment variables DATABASE_URL, POOL_SIZE are missing.",
    ),
    "musl": (ended(127), ERLEXEC, "another libc (glibc against musl)"),
    "glibc": (ended(1), GLIBC, "a newer libc: GLIBC_2.38 is not in the image"),
    "library": (
        ended(127),
        LIBRARY,
        "The shared library libncursesw.so.6 is not in the image.",
    ),
    "nif": (
        ended(1),
        NIF,
        "A NIF cannot be loaded: Failed to load NIF library",
    ),
    "cookie": (
        ended(1),
        "cat: /app/releases/COOKIE: No such file or directory\n",
        "The boot script wants a cookie",
    ),
    "oom": (ended(137, oom_killed=True), "", "It ran out of memory under the limit of 536.9 MB."),
    "killed": (ended(137), "", "most likely because it ran out of memory"),
    "read-only": (
        ended(1),
        "mkdir: cannot create directory '/app/var': Read-only file system\n",
        "It wants to write to the root file system (/app/var), which is read-only.",
    ),
    # coreutils 9.7 with LANG=C.UTF-8.
    "read-only, quoted as typographers do": (
        ended(1),
        "mkdir: cannot create directory \u2018/app/var\u2019: Read-only file system\n",
        "It wants to write to the root file system (/app/var), which is read-only.",
    ),
    "permission, quoted as typographers do": (
        ended(1),
        "mkdir: cannot create directory \u2018/srv/x\u2019: Permission denied\n",
        "The image's user may not write /srv/x (permission denied).",
    ),
    "read-only, erlang": (
        ended(1),
        '** (File.Error) could not write to file "/app/x.log": read-only file system\n',
        "(/app/x.log)",
    ),
    "permission": (
        ended(126),
        "/bin/sh: 1: /app/bin/hello: Permission denied\n",
        "The image's user may not use /app/bin/hello (permission denied).",
    ),
    # nginx 1.26, redis 8.0, gosu 1.17, Python 3.13.
    "read-only, nginx": (
        ended(1),
        'nginx: [emerg] mkdir() "/var/lib/nginx/body" failed (30: Read-only file system)\n',
        "It wants to write to the root file system (/var/lib/nginx/body), which is read-only.",
    ),
    "read-only, python": (
        ended(1),
        "OSError: [Errno 30] Read-only file system: '/srv/x.log'\n",
        "It wants to write to the root file system (/srv/x.log), which is read-only.",
    ),
    "permission, nginx": (
        ended(1),
        'nginx: [alert] open() "/var/log/nginx/error.log" failed (13: Permission denied)\n',
        "The image's user may not use /var/log/nginx/error.log (permission denied).",
    ),
    "a change of owner": (
        ended(1),
        'nginx: [emerg] chown("/var/lib/nginx/body", 33) failed (1: Operation not permitted)\n',
        "It does what takes a capability, and has none: nginx: [emerg] chown(",
    ),
    "a change of user": (
        ended(1),
        'error: failed switching to "redis": operation not permitted\n',
        "It does what takes a capability, and has none: error: failed switching",
    ),
    "port taken": (
        ended(1),
        "** (EXIT) shutdown: failed to start child: :listener\n ** (EXIT) :eaddrinuse\n",
        "A port it wants is taken",
    ),
    "database": (
        ended(1),
        DATABASE,
        "The database at localhost:5432 refused the connection: nothing listens there.",
    ),
    "wrong password": (
        ended(1),
        '** (Postgrex.Error) FATAL 28P01 (x) password authentication failed for user "shop"\n',
        "The database refused the password of shop.",
    ),
    "no database": (
        ended(1),
        '** (Postgrex.Error) FATAL 3D000 (invalid_catalog_name) database "shop" does not exist\n',
        "The database server has no database shop.",
    ),
    "no database user": (
        ended(1),
        'FATAL 28000 role "shop" does not exist\n',
        "The database server has no user shop.",
    ),
    "not migrated": (
        ended(1),
        '** (Postgrex.Error) ERROR 42P01 (undefined_table) relation "notes" does not exist\n',
        "The database has no table notes: it is not migrated.",
    ),
    "migrated half way": (
        ended(1),
        'ERROR 42703 (undefined_column) column "made" of relation "notes" does not exist\n',
        "The database has no column made: it is not migrated.",
    ),
    "a column in a query": (
        ended(1),
        "ERROR 42703 (undefined_column) column n0.made does not exist\n",
        "The database has no column n0.made",
    ),
    "TLS to a server without": (
        ended(1),
        "** (DBConnection.ConnectionError) ssl not available\n",
        "It wants TLS, and the database server speaks none.",
    ),
    "no such host": (
        ended(1),
        "(DBConnection.ConnectionError) tcp connect (dbb:5432): non-existing domain - :nxdomain\n",
        "There is no host dbb on its network.",
    ),
    "another service": (
        ended(1),
        "** (Redix.ConnectionError) (cache:6379): connection refused\n",
        "A service it needs at cache:6379 refused the connection.",
    ),
    "not started": (
        replace(ended(127), error='exec: "/nope": stat /nope: no such file or directory'),
        "",
        'The engine could not start it: exec: "/nope"',
    ),
    "command not found": (ended(127), "run: line 2: foo: not found\n", "exit code 127"),
    "an exception": (
        ended(1),
        "** (ArgumentError) expected :x to be y\n    foo.ex:1\n",
        "It raised while it booted: ** (ArgumentError) expected :x to be y.",
    ),
    "ended well": (ended(0), "bye\n", "ended at once, with exit code 0"),
}


@pytest.mark.parametrize(("state", "output", "sentence"), DIED.values(), ids=DIED.keys())
def test_a_container_that_ended(state: object, output: str, sentence: str) -> None:
    found = diagnose(not_ready(state=state, output=output), EXPECTED)
    assert found.cause is not None
    assert sentence in found.cause


def running(**facts: object) -> BootFacts:
    return not_ready(state=RUNNING, waited=30.0, **facts)


HANGS = {
    "nothing listens": (
        running(silence=CLOSED),
        "Port 4000 was never opened within 30 s: the container is running and nothing listens.",
        "PHX_SERVER=true",
    ),
    "on loopback": (
        running(
            silence=CLOSED,
            output="Running HelloWeb.Endpoint with Bandit 1.5 at 127.0.0.1:4000 (http)",
        ),
        "It listens on 127.0.0.1 only",
        "Bind to all addresses",
    ),
    "another port": (
        running(silence=CLOSED, output="Running X.Endpoint with cowboy 2.9.0 at :::8080 (http)"),
        "It listens on port 8080, not on 4000.",
        "PORT",
    ),
    "another port, in other words": (
        running(silence=CLOSED, output="08:12:37.231 [info] listening on 0.0.0.0 port 5000"),
        "It listens on port 5000, not on 4000.",
        "PORT",
    ),
    "waits for a service": (
        running(silence=CLOSED, output="tcp connect (db:5432): connection refused"),
        "The database at db:5432 refused",
        "[[verify.service]]",
    ),
    "not HTTP": (
        running(silence=NoAnswer(kind="not-http", problem="what came back is not HTTP: x")),
        "Port 4000 is open, but what came back is not HTTP",
        "without TLS",
    ),
    "silent": (
        running(silence=NoAnswer(kind="slow", problem="nothing came back")),
        "Port 4000 is open, but nothing came back.",
        "",
    ),
    "redirect": (
        running(answer=replace(OK, status=302, headers=(("location", "/log_in"),))),
        "GET /healthz answered 302 to /log_in, and only 200 is ready.",
        "without a redirect",
    ),
    "https for ever": (
        running(
            answer=replace(
                OK, status=301, headers=(("location", "https://x/"),), forwarded_https=True
            )
        ),
        "answered 301 to https://x/ although the request said X-Forwarded-Proto: https",
        "rewrite_on",
    ),
    "no such path": (
        running(answer=replace(OK, status=404)),
        "answered 404",
        "There is no /healthz",
    ),
    "unhealthy without its database": (
        running(
            answer=replace(OK, status=503, body="no"),
            output='FATAL 28P01 password authentication failed for user "shop"',
        ),
        "The database refused the password of shop.",
        "DATABASE_URL",
    ),
    "the answer names the table": (
        running(answer=replace(OK, status=500, body='relation "notes" does not exist')),
        "The database has no table notes",
        "`migrate` under [verify]",
    ),
    "a wrong path beside a database that is away": (
        running(answer=replace(OK, status=404), output=DATABASE),
        "answered 404",
        "There is no /healthz",
    ),
    "error": (
        running(answer=replace(OK, status=500, body="<h1>Oops</h1>")),
        "answered 500",
        "<h1>Oops</h1>",
    ),
}


@pytest.mark.parametrize(("boot", "cause", "fix"), HANGS.values(), ids=HANGS.keys())
def test_a_container_that_runs(boot: BootFacts, cause: str, fix: str) -> None:
    found = diagnose(boot, EXPECTED)
    assert found.cause is not None
    assert cause in found.cause
    assert fix in found.fix


@pytest.mark.parametrize(
    ("image", "given", "fix"),
    [
        ({}, {}, "only with PHX_SERVER=true or"),
        ({"PHX_SERVER": "false"}, {}, "only with PHX_SERVER=true (it is 'false') or"),
        ({"PHX_SERVER": "true"}, {}, "PHX_SERVER=true is set: look whether"),
        ({"PHX_SERVER": "true"}, {"PHX_SERVER": "no"}, "(it is 'no')"),
    ],
)
def test_who_set_phx_server_is_not_told_to_set_it(
    image: dict[str, str], given: dict[str, str], fix: str
) -> None:
    shipped = Shipped(libraries={}, environment=image)
    expected = replace(EXPECTED, environment=given)
    assert fix in diagnose(running(silence=CLOSED, shipped=shipped), expected).fix


def test_what_is_no_vm_is_told_of_its_port_and_not_of_phoenix() -> None:
    nginx = Process(pid=7, parent=1, state="Ss", command="nginx: master process nginx")
    found = diagnose(running(silence=CLOSED, processes=(nginx,)), EXPECTED)
    assert found.fix.startswith("The port is that of recipe debian: name another with `port`")


def test_capabilities_that_are_kept_are_named() -> None:
    boot = not_ready(state=ended(1), output="chown: /data: Operation not permitted\n")
    found = diagnose(boot, replace(EXPECTED, capabilities=("SETUID",)))
    assert found.cause is not None
    assert found.cause.startswith("It does what takes a capability, and has only SETUID: chown")


@pytest.mark.parametrize(
    ("user", "who", "fix"),
    [
        ("", "Root, which has no capabilities here,", "such as DAC_OVERRIDE. Where it wants to"),
        ("root:root", "Root, which has no capabilities here,", "`writable` under [verify]"),
        ("65532:65532", "The image's user", "Make it readable for others"),
        (None, "The image's user", "`writable` under [verify]"),
    ],
)
def test_root_is_told_what_it_has_lost(user: str | None, who: str, fix: str) -> None:
    boot = not_ready(
        state=ended(1),
        output="tee: /var/log/exim4/mainlog: Permission denied\n",
        shipped=Shipped(libraries={}, user=user),
    )
    found = diagnose(boot, EXPECTED)
    assert found.cause == f"{who} may not use /var/log/exim4/mainlog (permission denied)."
    assert fix in found.fix


@pytest.mark.parametrize(
    ("output", "port"),
    [
        ("** (EXIT) {:listen, 4000, :eaddrinuse}", "Port 4000"),
        (
            "Running X.Endpoint with Bandit 1.5 at http failed, port 4001 already in use",
            "Port 4001",
        ),
        (
            "Failed to start Ranch listener X in :ranch_tcp:listen([port: 80]): :eaddrinuse",
            "Port 80",
        ),
        ("could not bind: Address already in use", "A port it wants"),
    ],
)
def test_the_port_that_is_taken_is_named_where_it_can_be(output: str, port: str) -> None:
    found = diagnose(not_ready(state=ended(1), output=output), EXPECTED)
    assert found.cause == f"{port} is taken: two listeners in the release have the same one."


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "Error relocating /app/lib/x-1.0/priv/x.so: gnu_get_libc: symbol not found",
            "it uses the symbol gnu_get_libc, which the VM and the libraries do not have.",
        ),
        (
            "Error loading shared library libstdc++.so.6: (needed by /app/lib/x-1.0/priv/x.so)",
            "the shared library libstdc++.so.6 is not in the image.",
        ),
        (
            "/lib/libc.so.6: version `GLIBC_2.99' not found (required by /app/lib/x-1.0/priv/x.so)",
            "it needs GLIBC_2.99 of libc.so.6; the image's has GLIBC_2.36 at most.",
        ),
        ("/app/lib/x-1.0/priv/x.so: invalid ELF header", "invalid ELF header"),
    ],
    ids=["a symbol, musl", "a library, musl", "a version", "no ELF file"],
)
def test_what_a_nif_lacks(reason: str, said: str) -> None:
    output = f"{{:error, {{:load_failed, ~c\"Failed to load NIF library: '{reason}'\"}}}}"
    shipped = Shipped(libraries={"/lib/libc.so.6": ("GLIBC_2.36", "GLIBC_2.4")})
    boot = not_ready(state=ended(1), output=output, shipped=shipped)
    cause = diagnose(boot, EXPECTED).cause or ""
    assert cause.startswith("The NIF of the package x 1.0 cannot be loaded: ")
    assert said in cause


def test_a_service_beside_it_is_reached_by_its_name() -> None:
    beside = replace(EXPECTED, services=(SERVICE,))
    refused = diagnose(running(silence=CLOSED, output=DATABASE), beside)
    assert "reached by name (db)" in refused.fix
    unknown = diagnose(running(output="connect (dbb:5432): non-existing domain"), beside)
    assert "The services are: db." in unknown.fix


def test_what_ran_and_made_nothing_is_not_named_again() -> None:
    migrating = replace(EXPECTED, migrate=Resolved(value=("x",), source="imagekit.toml"))
    found = diagnose(not_ready(output='relation "a" does not exist'), migrating)
    assert "is theirs the same database?" in found.fix


def test_a_log_line_that_never_came() -> None:
    found = diagnose(running(output="hello"), LOGGED)
    assert found.cause == "Its output never said 'up' within 30 s: the container is running."


def test_an_answer_without_what_is_wanted_of_it() -> None:
    wanted = AnswerSettings(status=(200, 204), body="up", headers={"x-state": "up"})
    found = diagnose(running(answer=OK), replace(EXPECTED, answer=wanted))
    assert found.cause == (
        "GET /healthz answered 200, but not as it is expected: the header x-state is missing; "
        "the body has no 'up'; it begins: ok."
    )
    other = diagnose(running(answer=replace(OK, status=500)), replace(EXPECTED, answer=wanted))
    assert other.cause == "GET /healthz answered 500, and only 200 or 204 is ready."


def test_an_rpc_that_never_succeeded() -> None:
    asked = Resolved(value=RpcReadiness(expression="Worker.up?()"), source="flag --rpc")
    told = "** (RuntimeError) it gave false\n    nofile:4: (file)\n"
    boot = running(rpc=Rpc(code=1, output=told))
    found = diagnose(boot, replace(EXPECTED, ready=asked, port=None))
    assert found.cause == (
        "`rpc` never succeeded with Worker.up?() within 30 s; the last one led to exit code 1: "
        "** (RuntimeError) it gave false nofile:4: (file)"
    )


def test_other_required_variables_are_named_before_they_crash_it() -> None:
    expected = replace(
        EXPECTED,
        environment={"PHX_HOST": "localhost"},
        required=tuple(
            RequiredVariable(name=name, source="config/runtime.exs:1")
            for name in ("DATABASE_URL", "PHX_HOST", "SECRET_KEY_BASE")
        ),
    )
    found = diagnose(not_ready(state=ended(1), output=PHX_MISSING), expected)
    assert found.fix.endswith("The project also requires DATABASE_URL.")


def test_everything_is_told() -> None:
    output = "\n".join(f"line {number}" for number in range(50))
    cause, state, last = explain(not_ready(state=ended(3), output=output, waited=1.25), EXPECTED)
    assert cause == "Exit code, state and output do not tell why."
    assert state == (
        "Awaited for 1.2 s: GET /healthz on port 4000 answers 200. "
        "The container is exited, exit code 3."
    )
    assert last.splitlines()[0] == "Last output:"
    assert last.splitlines()[-1] == "  line 49"
    assert len(last.splitlines()) == 21


def test_silence_is_told() -> None:
    assert explain(running(silence=CLOSED), EXPECTED)[-1] == "It wrote nothing to stdout or stderr."


@pytest.mark.parametrize("slogan", SLOGANS)
def test_a_variable_that_only_the_slogan_of_the_vm_names(slogan: str) -> None:
    found = diagnose(not_ready(state=ended(1), output=slogan), EXPECTED)
    assert found is not None
    assert found.cause == "The environment variable MOON_URL is missing."
