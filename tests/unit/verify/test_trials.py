"""Which further boots there are, and what is done with their containers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from imagekit.engine.container import read_memory
from imagekit.errors import EngineLost, InvalidValue
from imagekit.plan.runtime import RequiredVariable
from imagekit.resolved import Resolved
from imagekit.verify.check import Skipped, TrialCheck
from imagekit.verify.checks import CHECKS
from imagekit.verify.program import program, program_behind
from imagekit.verify.select import left_out, require_known
from imagekit.verify.structure.model import StructureFile, StructureTests
from imagekit.verify.trial.attempt import Ground, attempt, spec_of
from imagekit.verify.trial.model import (
    AwaitEnd,
    AwaitReady,
    Crash,
    Execute,
    Load,
    StopAfter,
    Subject,
    Trial,
)

from .examples import ALIVE, BOOTED, EXPECTED, FOREIGN, LOGGED, image, not_ready, subject, trial
from .test_boot import FakeContainer, Time

BY_ID = {check.id: check for check in CHECKS if isinstance(check, TrialCheck)}
NO_RELEASE = replace(EXPECTED, program=None)
REQUIRED = tuple(
    RequiredVariable(name=name, source="config/runtime.exs:1") for name in ("A_URL", "B_KEY")
)


def trials(check: str, of: Subject) -> tuple[Trial, ...]:
    found = BY_ID[check].trials(of)
    assert not isinstance(found, Skipped), found
    return found


def reason(check: str, of: Subject) -> str:
    found = BY_ID[check].trials(of)
    assert isinstance(found, Skipped)
    return found.reason


def test_each_required_variable_is_left_out_once() -> None:
    expected = replace(EXPECTED, required=REQUIRED, environment={"A_URL": "a", "B_KEY": "b"})
    first, second = trials("boot.env", subject(expected=expected))
    assert (first.name, dict(first.expected.environment)) == ("without A_URL", {"B_KEY": "b"})
    assert (second.name, dict(second.expected.environment)) == ("without B_KEY", {"A_URL": "a"})


def test_what_the_image_sets_itself_cannot_be_left_out() -> None:
    expected = replace(EXPECTED, required=REQUIRED[:1])
    own = image(environment={"A_URL": "here"})
    assert "the image itself sets A_URL" in reason(
        "boot.env", subject(expected=expected, image=own)
    )


@pytest.mark.parametrize(
    ("port", "other"), [(4000, 4001), (65535, 1024 + 535), (80, 1104)], ids=str
)
def test_another_port_needs_no_capability(port: int, other: int) -> None:
    expected = replace(EXPECTED, port=Resolved(value=port, source="x"))
    of = subject(expected=expected, image=image(environment={"PORT": str(port)}))
    (found,) = trials("boot.port", of)
    assert found.expected.environment["PORT"] == str(other)
    assert spec_of("x", found).publish == (other,)


def test_the_user_is_of_group_0_and_has_no_home() -> None:
    (found,) = trials("boot.user", subject())
    spec = spec_of("x", found)
    assert spec.user is not None
    assert spec.user.endswith(":0")
    assert spec.environment["HOME"] == ""
    assert spec.read_only


def test_memory_is_measured_and_not_limited_to_the_budget() -> None:
    (found,) = trials("boot.memory", subject())
    assert spec_of("x", found).memory_bytes == 2 * EXPECTED.budget.memory
    assert found.act == Load(path="/healthz", requests=200)
    (quiet,) = trials("boot.memory", subject(expected=LOGGED))
    assert quiet.act == Load(path=None, requests=200)


def test_limits_are_asked_of_the_release() -> None:
    (found,) = trials("boot.limits", subject())
    assert spec_of("x", found).cpus == 1.0
    assert isinstance(found.act, Execute)
    assert found.act.commands[0][:2] == ("/app/bin/hello", "eval")


def test_what_is_no_release_is_limited_and_not_asked() -> None:
    foreign = subject(expected=NO_RELEASE)
    (processor,) = trials("boot.limits", foreign)
    assert (processor.act, spec_of("x", processor).cpus) == (AwaitReady(), 1.0)
    (files,) = trials("boot.nofile", foreign)
    assert (files.act, files.nofile) == (AwaitReady(), (2**30, 2**20))


def test_eval_runs_instead_of_start() -> None:
    (found,) = trials("commands.eval", subject())
    spec = spec_of("x", found)
    assert spec.entrypoint == ("/app/bin/hello",)
    assert spec.command is not None
    assert spec.command[0] == "eval"


def test_the_signal_comes_half_way() -> None:
    (found,) = trials("stop.boot", subject(boot=replace(BOOTED, ready_after=2.0)))
    assert found.act == StopAfter(seconds=1.0)


@pytest.mark.parametrize(
    ("check", "of", "words"),
    [
        ("boot.env", subject(expected=FOREIGN), "no variable is known to be required"),
        ("boot.port", subject(expected=LOGGED), "no HTTP is expected"),
        ("boot.port", subject(image=image(environment={})), "no ENV PORT=4000"),
        ("boot.limits", subject(unlimited=("cpus",)), "this engine cannot limit cpus"),
        ("stop.request", subject(), "set `slow` under [verify]"),
        ("stop.request", subject(expected=replace(ALIVE, slow="/x")), "no HTTP is expected"),
        ("stop.websocket", subject(), "set `websocket` under [verify]"),
        ("stop.websocket", subject(expected=replace(ALIVE, websocket="/x")), "no HTTP is expected"),
        ("commands.eval", subject(expected=NO_RELEASE), "starts no release"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_tried_is_said(check: str, of: Subject, words: str) -> None:
    assert words in reason(check, of)


@pytest.mark.parametrize(
    ("entrypoint", "command", "path"),
    [
        (("/app/bin/hello",), ("start",), "/app/bin/hello"),
        ((), ("/app/bin/hello", "start"), "/app/bin/hello"),
        (("/sbin/tini", "--"), ("/srv/bin/x", "start"), "/srv/bin/x"),
        (("/app/bin/server",), (), None),
        ((), (), None),
        (("start",), (), None),
        (("/usr/sbin/service", "nginx"), ("start",), None),
    ],
)
def test_the_script_of_a_release(
    entrypoint: tuple[str, ...], command: tuple[str, ...], path: str | None
) -> None:
    found = program(image(entrypoint=entrypoint, command=command))
    assert (found.path if found else None) == path


SCRIPT = b"export RELEASE_BOOT_SCRIPT_CLEAN"
# As `mix phx.gen.release` writes it.
SERVER = b"""#!/bin/sh
set -eu

cd -P -- "$(dirname -- "$0")"
PHX_SERVER=true exec ./hello start
"""
HELD = {
    "/app/releases/start_erl.data": b"15.2.7 0.1.0",
    "/app/releases/0.1.0/hello.rel": b"{release}",
    "/app/bin/hello": SCRIPT,
    "/app/bin/hello.bat": SCRIPT,
    "/app/bin/migrate": b"exec ./hello eval Hello.Release.migrate",
    "/app/bin/server": SERVER,
    "/usr/lib/erlang/releases/start_erl.data": b"15.2.7 27",
    "/usr/lib/erlang/bin/erl": b"exec erlexec",
}


def behind(held: Mapping[str, bytes], *argv: str, here: str = "/app") -> tuple[str, ...] | None:
    def read(path: str) -> Mapping[str, bytes]:
        folder = path.removesuffix("/.")
        return {
            name.rpartition("/")[2]: content
            for name, content in held.items()
            if name == path or (path.endswith("/.") and name.rpartition("/")[0] == folder)
        }

    config = image(entrypoint=(), command=argv, working_directory=here).config
    found = program_behind(config, read)
    assert found is None or found.path == found.before[-1]
    return found.before if found else None


@pytest.mark.parametrize(
    ("argv", "before"),
    [
        (("/app/bin/server",), ("/app/bin/hello",)),
        (("bin/server",), ("/app/bin/hello",)),
        (("/sbin/tini", "--", "/app/bin/server"), ("/sbin/tini", "--", "/app/bin/hello")),
        (("/bin/sh", "-c", "bin/migrate && exec bin/server"), ("/app/bin/hello",)),
        (("sh", "-c", "/app/bin/server"), ("/app/bin/hello",)),
        (("/entrypoint.sh",), ("/app/bin/hello",)),
        (("/usr/lib/erlang/bin/erl",), ("/app/bin/hello",)),
    ],
    ids=" ".join,
)
def test_the_release_behind_a_script(argv: tuple[str, ...], before: tuple[str, ...]) -> None:
    assert behind(HELD, *argv) == before


def test_it_is_found_from_wherever_it_is_started() -> None:
    assert behind(HELD, "/app/bin/server", here="") == ("/app/bin/hello",)
    assert behind(HELD, "/entrypoint.sh", here="/") is None
    at_top = {name.removeprefix("/app"): text for name, text in HELD.items() if "/app" in name}
    assert behind(at_top, "/bin/server", here="") == ("/bin/hello",)


def test_of_two_releases_the_one_that_is_started_is_asked() -> None:
    two = {**HELD, "/app/bin/other": SCRIPT}
    assert behind(two, "/app/bin/server") == ("/app/bin/hello",)
    described = {**two, "/app/bin/server": b"exec $(name) start"}
    assert behind(described, "/app/bin/server") == ("/app/bin/hello",)
    both = {**described, "/app/releases/0.1.0/other.rel": b"{release}"}
    assert behind(both, "/app/bin/server") is None
    assert behind(
        {**both, "/app/bin/server": SERVER.replace(b"hello", b"other")}, "bin/server"
    ) == ("/app/bin/other",)


def test_a_release_of_distillery_is_found_behind_a_script() -> None:
    entry = b'exec "${SCRIPT_DIR}/${REL_NAME}_rc_exec.sh" "$@"'
    program = b'exec "$RELEASES_DIR/$REL_VSN/$REL_NAME.sh" "$@"'
    server = b"#!/bin/sh\nexec bin/hello foreground\n"
    held = {**HELD, "/app/bin/hello": entry, "/app/bin/hello_rc_exec.sh": program}
    del held["/app/bin/hello.bat"]
    assert behind(held, "/app/bin/server") == ("/app/bin/hello",)
    two = {**held, "/app/bin/other": entry, "/app/bin/server": server}
    assert behind(two, "/app/bin/server") == ("/app/bin/hello",)
    # Its own command, in an image that says nothing of Distillery.
    assert behind(held, "/app/bin/hello", "foreground") == ("/app/bin/hello",)


def test_what_neither_made_is_no_release_of_theirs() -> None:
    relx = {**HELD, "/app/bin/hello": b"#!/bin/sh\nrelx"}
    assert behind(relx, "/app/bin/server") is None


def test_switched_off_is_said_with_its_place() -> None:
    off = replace(EXPECTED, off=Resolved(value=("boot.user",), source="imagekit.toml"))
    found = left_out(BY_ID["boot.user"], off, BOOTED)
    assert found == Skipped(reason="switched off in imagekit.toml")
    assert left_out(BY_ID["boot.port"], off, BOOTED) is None


NOTHING_ASKED = StructureTests.model_validate({"schemaVersion": "2.0.0"})


def test_quick_leaves_further_boots_out_and_nothing_else() -> None:
    quick = replace(EXPECTED, quick=True)
    tests = {each.id for each in CHECKS if each.needs == "structure"}
    skipped = {each.id for each in CHECKS if left_out(each, quick, BOOTED)}
    assert skipped == {*BY_ID, "cluster.formed", "cluster.heals", *tests}
    held = replace(quick, structure=(StructureFile(name="a.yaml", tests=NOTHING_ASKED),))
    skipped = {each.id for each in CHECKS if left_out(each, held, BOOTED)}
    assert skipped == {*BY_ID, "cluster.formed", "cluster.heals"}


def test_what_never_got_ready_is_not_booted_again() -> None:
    found = left_out(BY_ID["boot.user"], EXPECTED, not_ready())
    assert found is not None
    assert "see boot.ready" in found.reason


def test_a_check_that_there_is_not_cannot_be_switched_off() -> None:
    off = Resolved(value=("boot.usr",), source="imagekit.toml")
    with pytest.raises(InvalidValue, match=r"perhaps you meant `boot\.user`"):
        require_known(off, CHECKS)


@dataclass
class FakeTrialContainer(FakeContainer):
    """Also measures itself, and says where it is not."""

    used: list[int | None] = field(default_factory=lambda: [100, 120])
    removed: bool = False

    def memory(self) -> int | None:
        return self.used.pop(0)


def try_on(container: FakeTrialContainer, tried: Trial) -> Any:
    def remove(_: object) -> None:
        container.removed = True

    ground = Ground(
        reference="hello:dev",
        start=lambda _: container,  # type: ignore[arg-type, return-value]
        remove=remove,
        clock=container.time.clock(),
    )
    found = attempt(ground, tried)
    assert container.removed
    return found


SAYS: Callable[[float], str] = lambda now: "up" if now >= 1 else ""  # noqa: E731


def test_ready() -> None:
    found = try_on(FakeTrialContainer(Time(), says=SAYS), trial(expected=LOGGED))
    assert found.boot.ready_after == pytest.approx(1.0, abs=0.2)
    assert found.stop is None


def test_ended() -> None:
    found = try_on(FakeTrialContainer(Time(), ends_at=0.5), trial(expected=LOGGED))
    assert found.boot.ready_after is None
    assert found.boot.state.exit_code == 1


def test_stopped_before_it_was_ready() -> None:
    container = FakeTrialContainer(Time(), says=SAYS, stop_seconds=60)
    found = try_on(container, trial(act=StopAfter(seconds=0.2), expected=LOGGED))
    assert container.signals == ["SIGTERM"]
    assert found.stop.exit_code is None
    assert found.boot.processes


def test_memory_without_http_is_that_at_rest() -> None:
    act = Load(path=None, requests=200)
    found = try_on(FakeTrialContainer(Time(), says=SAYS), trial(act=act, expected=LOGGED))
    assert found.memory == (100,)


def test_a_command_in_it_and_what_it_says_without_secrets() -> None:
    container = FakeTrialContainer(Time(), says=SAYS, listings=iter([(0, "it is s3cr3t")]))
    expected = replace(LOGGED, hidden=("s3cr3t",))
    act = Execute(commands=(("/bin/sh",),))
    assert try_on(container, trial(act=act, expected=expected)).executed == ((0, "it is ***"),)


def test_a_command_instead_of_it() -> None:
    container = FakeTrialContainer(Time(), ends_at=0.3, exit_code=0)
    found = try_on(container, trial(act=AwaitEnd(), expected=LOGGED))
    assert found.boot.state.exit_code == 0


def test_the_container_goes_also_when_the_engine_does() -> None:
    class Lost(FakeTrialContainer):
        def state(self) -> Any:
            raise EngineLost(during="looking", problem="gone")

    container = Lost(Time())
    with pytest.raises(EngineLost):
        try_on(container, trial(act=AwaitReady(), expected=LOGGED))
    assert container.removed


@pytest.mark.parametrize(
    ("raw", "used"),
    [
        ({"usage": 300, "stats": {"total_inactive_file": 100, "inactive_file": 50}}, 200),
        ({"usage": 300, "stats": {"inactive_file": 50}}, 250),
        ({"usage": 300}, 300),
        ({"usage": 1, "stats": {"inactive_file": 5}}, 0),
        ({}, None),
    ],
    ids=["cgroup v1", "cgroup v2", "no details", "a moment between", "not running"],
)
def test_memory_in_use(raw: dict[str, Any], used: int | None) -> None:
    assert read_memory(raw) == used


def test_checks_that_ask_a_node_share_one_boot() -> None:
    checks = ("boot.nofile", "boot.clock", "commands.rpc", "commands.pid", "commands.stop")
    found = [trials(check, subject()) for check in checks]
    assert all(each == found[0] for each in found)
    (node,) = found[0]
    assert node.expected.environment["RELEASE_DISTRIBUTION"] == "sname"
    assert node.expected.environment["RELEASE_COOKIE"] in node.expected.hidden


@pytest.mark.parametrize(
    ("own", "given", "names"),
    [
        ({"RELEASE_DISTRIBUTION": "none"}, {}, "sname"),
        ({"RELEASE_DISTRIBUTION": "name"}, {}, "name"),
        ({"RELEASE_DISTRIBUTION": "name"}, {"RELEASE_DISTRIBUTION": "sname"}, "sname"),
    ],
)
def test_nodes_are_named_as_the_image_or_the_user_says(
    own: dict[str, str], given: dict[str, str], names: str
) -> None:
    expected = replace(EXPECTED, environment=given)
    (node,) = trials("commands.rpc", subject(expected=expected, image=image(environment=own)))
    assert node.expected.environment["RELEASE_DISTRIBUTION"] == names


def test_the_cookie_looks_like_no_flag_of_erl() -> None:
    """Distillery starts without its boot file where it finds `-boot ` anywhere in the arguments."""
    (found,) = trials("commands.rpc", subject())
    assert "-" not in found.expected.environment["RELEASE_COOKIE"]


def test_generated_secrets_are_given_other_values() -> None:
    expected = replace(EXPECTED, environment={"A": "1", "B": "2"}, rotated={"B": "3"})
    found, node = trials("boot.secrets", subject(expected=expected))
    assert found.expected.environment == {"A": "1", "B": "3"}
    # The node has the values that are its own; of those it is asked, and told no value.
    assert (node,) == trials("commands.rpc", subject(expected=expected))
    asked = node.act.commands[0][2]
    assert 'for name <- ["B"] do' in asked
    alone = subject(expected=replace(expected, program=None))
    assert [each.name for each in trials("boot.secrets", alone)] == ["another B"]
    assert "nothing says that it reads a generated secret" in reason("boot.secrets", subject())


def test_a_crash_has_a_root_that_can_be_written() -> None:
    (found,) = trials("boot.crash", subject())
    assert not spec_of("x", found).read_only
    assert "no Erlang VM" in reason("boot.crash", subject(boot=replace(BOOTED, processes=())))


def test_boots_that_are_measured_are_alone() -> None:
    found = trials("boot.again", subject())
    assert len(found) == len({each.name for each in found}) == 3
    assert all(each.alone for each in found)


def test_a_crash_is_told_with_what_it_left() -> None:
    container = FakeTrialContainer(Time(), says=SAYS, stop_code=1, changed=("/app",))
    found = try_on(container, trial(act=Crash(signal="SIGUSR1"), expected=LOGGED))
    assert container.signals == ["SIGUSR1"]
    assert (found.stop.exit_code, found.boot.changes) == (1, ("/app",))
    assert found.boot.ready_after is not None


def test_the_last_command_may_end_it() -> None:
    container = FakeTrialContainer(Time(), says=SAYS, listings=iter([(0, "1"), (0, "ok")]))
    act = Execute(commands=(("/bin/sh", "pid"), ("/bin/sh", "stop")), ends=True)
    found = try_on(container, trial(act=act, expected=LOGGED))
    assert found.executed == ((0, "1"), (0, "ok"))
    assert (found.stop.signal, found.stop.exit_code) == ("stop", 0)
    assert found.told_at > 0


@dataclass
class Limited(FakeTrialContainer):
    """Could not be started with its limits."""

    def state(self) -> Any:
        error = "error setting rlimit type 7: operation not permitted"
        return replace(super().state(), running=False, exit_code=128, error=error)


def test_the_highest_limit_that_can_be_set_is_taken() -> None:
    time = Time()
    offered: list[Any] = []
    removed: list[Any] = []

    def start(spec: Any) -> Any:
        offered.append(spec.ulimits.get("nofile"))
        kind = Limited if offered[-1] == (9, 9) else FakeTrialContainer
        return kind(time, says=SAYS)

    ground = Ground(reference="x", start=start, remove=removed.append, clock=time.clock())
    found = attempt(ground, replace(trial(expected=LOGGED), nofile=(9, 8)))
    assert (offered, found.nofile, len(removed)) == ([(9, 9), (8, 8)], 8, 2)
    offered.clear()
    found = attempt(ground, replace(trial(expected=LOGGED), nofile=(9,)))
    assert (offered, found.nofile) == ([(9, 9), None], None)
