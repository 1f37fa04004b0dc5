"""What is expected of an image: from the plan it was built by, or from its own config."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network
from typing import Any, Final

from imagekit.errors import InvalidValue
from imagekit.image import Image
from imagekit.plan.contract import (
    ALIVE_SECONDS,
    WELL_KNOWN,
    optional_variables,
    required_variables,
)
from imagekit.plan.model import Plan
from imagekit.plan.readiness import asked
from imagekit.plan.runtime import (
    AliveReadiness,
    HttpReadiness,
    OptionalVariable,
    Readiness,
    RequiredVariable,
    RpcReadiness,
)
from imagekit.plan.steps import ApplyContract
from imagekit.project.model import Project
from imagekit.resolved import Resolved
from imagekit.settings.load import Settings
from imagekit.settings.schema.base import Generate
from imagekit.settings.schema.verify import (
    AnswerSettings,
    BudgetSettings,
    ClusterSettings,
    VerifySettings,
)
from imagekit.verify.program import Program, program, program_of
from imagekit.verify.secrets import RandomText, random_text, secret_parts
from imagekit.verify.services.compose import compose_services
from imagekit.verify.services.model import Service
from imagekit.verify.signals import DEFAULT_SIGNAL, stop_signal
from imagekit.verify.sizes import Baseline
from imagekit.verify.structure.model import StructureFile

_OWN_LABEL: Final = "dev.imagekit.recipe"
_COOKIE_LENGTH: Final = 32
_TITLE_LABEL: Final = "org.opencontainers.image.title"


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the checks hold an image to. `None` means that nothing is said of it."""

    ready: Resolved[Readiness]
    port: Resolved[int] | None
    """The port that HTTP is spoken on."""
    user: str | None = None
    """As the image config has it: `65532:65532`."""
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    stop_signal: str | None = None
    stop_with: str = DEFAULT_SIGNAL
    """What a container is sent when it shall stop: the image's own signal."""
    labels: Mapping[str, str | None] | None = None
    """Name to value, or to `None` for any value."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment of the container under test, beside the image's own."""
    hidden: tuple[str, ...] = field(default=(), repr=False)
    """Values that no report, event or error may show."""
    rotated: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Other values for the generated secrets that are said to be read at run time."""
    required: tuple[RequiredVariable, ...] = ()
    """Variables that the contract demands."""
    optional: tuple[OptionalVariable, ...] | None = None
    """Variables that are read, too; `None` where no source told of either kind."""
    services: tuple[Service, ...] = ()
    """What runs beside it."""
    network: str | None = None
    """The network that its containers join: that of the services, once there is one."""
    subnet: IPv4Network | None = None
    """The addresses of that network, where they can be chosen."""
    migrate: Resolved[tuple[str, ...]] | None = None
    """The command that brings a database up to date."""
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    writable: tuple[str, ...] = ()
    """Folders that are writable, beside /tmp."""
    read_only: bool = True
    """Whether the root file system is read-only."""
    capabilities: tuple[str, ...] = ()
    """Capabilities that are kept."""
    program: Program | None = None
    """The release's own script, `<root>/bin/<name>`, where the image starts one."""
    boot: bool = True
    """Whether the image is to be booted."""
    quick: bool = False
    """Whether one strict boot is all."""
    answer: AnswerSettings = field(default_factory=AnswerSettings)
    """What the answer must be like."""
    slow: str | None = None
    """A path that answers late."""
    websocket: str | None = None
    """A path that upgrades to a WebSocket."""
    baseline: Baseline | None = None
    """An earlier image, to tell what has grown."""
    structure: tuple[StructureFile, ...] = ()
    """container-structure-test files to hold it to."""
    off: Resolved[tuple[str, ...]] | None = None
    """Ids of checks that are switched off, and where."""

    @property
    def script(self) -> str | None:
        """The path of the release's own script."""
        return None if self.program is None else self.program.path


def expect_from_plan(
    plan: Plan, settings: Settings, random: RandomText = random_text
) -> Expectation:
    """Expect of an image what its plan promises."""
    contract = plan.contract
    services = compose_services(settings, contract.database, random)
    environment, hidden, rotated = _environment(
        settings.values.verify, {each.name for each in contract.required}, services, random
    )
    argv = (*contract.entrypoint, *contract.command)
    found = program_of(argv, [name for name, _ in contract.environment])
    expected = Expectation(
        ready=contract.ready,
        port=contract.port,
        user=f"{contract.user}:{contract.group}",
        entrypoint=contract.entrypoint,
        command=contract.command,
        stop_signal=contract.stop_signal,
        stop_with=contract.stop_signal,
        labels={
            name: value
            for stage in plan.stages
            for step in stage.steps
            if isinstance(step, ApplyContract)
            for name, value in step.labels
        },
        environment=environment,
        hidden=(*hidden, *rotated.values()),
        rotated=rotated,
        required=contract.required,
        optional=contract.optional,
        services=services,
        migrate=_migrate(settings, contract.migrate),
        cluster=settings.values.verify.cluster,
        budget=settings.values.verify.budget,
        answer=settings.values.verify.answer,
        slow=settings.values.verify.slow,
        websocket=settings.values.verify.websocket,
        writable=settings.values.verify.writable,
        read_only=settings.values.verify.read_only,
        capabilities=settings.values.verify.capabilities,
        program=found,
        off=settings.resolved("verify.skip"),
    )
    return _reached_by_rpc(expected, random)


def expect_from_image(
    image: Image,
    settings: Settings,
    random: RandomText = random_text,
    project: Project | None = None,
) -> Expectation:
    """Expect of any image what its own config and the settings say.

    Args:
        image: what is verified.
        settings: flags, environment and file.
        random: makes secrets.
        project: its source, where that is at hand: what it reads at boot is expected of it.

    Raises:
        InvalidValue: HTTP is asked for, and neither the image nor a setting names a port.
    """
    port = _port(image, settings)
    serves = bool(image.config.exposed_ports) or "port" in settings.sources
    ready = _readiness(settings, port if serves else None)
    if isinstance(ready.value, HttpReadiness) and port is None:
        raise InvalidValue(
            file=ready.source,
            key="port",
            problem="the image exposes no port and nothing else names one",
        )
    # No contract says what a foreign image requires. What every Phoenix release does is
    # given unless the image has it itself: to any other program it means nothing.
    required = () if project is None else required_variables(project)
    wanted = {"PHX_HOST", "SECRET_KEY_BASE", *(each.name for each in required)}
    wanted -= set(image.config.environment)
    services = compose_services(settings, None, random)
    environment, hidden, rotated = _environment(settings.values.verify, wanted, services, random)
    found = program(image)
    optional = None if project is None else optional_variables(project)
    # What is given to any image without a word tells nothing when it is given otherwise.
    said = {*settings.values.verify.env, *(each.name for each in required)}
    said |= {each.name for each in optional or ()}
    expected = Expectation(
        ready=ready,
        port=port if isinstance(ready.value, HttpReadiness) else None,
        stop_with=stop_signal(image.config),
        labels={_TITLE_LABEL: None} if _OWN_LABEL in image.config.labels else None,
        environment=environment,
        hidden=(*hidden, *rotated.values()),
        rotated={name: value for name, value in rotated.items() if name in said},
        required=required,
        optional=optional,
        services=services,
        migrate=_migrate(settings, None),
        cluster=settings.values.verify.cluster,
        budget=settings.values.verify.budget,
        answer=settings.values.verify.answer,
        slow=settings.values.verify.slow,
        websocket=settings.values.verify.websocket,
        writable=settings.values.verify.writable,
        read_only=settings.values.verify.read_only,
        capabilities=settings.values.verify.capabilities,
        program=found,
        off=settings.resolved("verify.skip"),
    )
    return _reached_by_rpc(expected, random)


def _reached_by_rpc(expected: Expectation, random: RandomText) -> Expectation:
    """Turn distribution on where `rpc` tells whether it is ready; what the user gives stays."""
    if not isinstance(expected.ready.value, RpcReadiness):
        return expected
    cookie = random(_COOKIE_LENGTH)
    given = {"RELEASE_COOKIE": cookie, "RELEASE_DISTRIBUTION": "sname"}
    return replace(
        expected,
        environment={**given, **expected.environment},
        hidden=(*expected.hidden, cookie),
    )


def require_program(expected: Expectation) -> None:
    """Refuse `rpc` where nobody is there to ask.

    Raises:
        InvalidValue: `rpc` tells whether it is ready, and the image starts no release.
    """
    if isinstance(expected.ready.value, RpcReadiness) and expected.program is None:
        raise InvalidValue(
            file=expected.ready.source,
            key="verify.rpc",
            problem="the image starts no release made by Mix or Distillery, which has an `rpc`",
        )


def _migrate(
    settings: Settings, found: Resolved[tuple[str, ...]] | None
) -> Resolved[tuple[str, ...]] | None:
    """Take the setting, else what the plan found; an empty one is none."""
    chosen: Resolved[Any] | None = settings.resolved("verify.migrate")
    command = chosen or found
    return command if command is not None and command.value else None


def _environment(
    verify: VerifySettings,
    wanted: Iterable[str],
    services: tuple[Service, ...],
    random: RandomText,
) -> tuple[dict[str, str], tuple[str, ...], dict[str, str]]:
    """Give the environment, what of it must not be shown, and other generated values."""
    values: dict[str, str | Generate] = {
        **{name: WELL_KNOWN[name] for name in wanted if name in WELL_KNOWN},
        **{name: value for each in services for name, value in each.provides.items()},
        **verify.env,
    }
    environment = {
        name: random(value.generate) if isinstance(value, Generate) else value
        for name, value in sorted(values.items())
    }
    generated = {
        name: value.generate for name, value in values.items() if isinstance(value, Generate)
    }
    others = (value for each in services for value in each.hidden)
    made = (environment[name] for name in generated)
    rotated = {name: random(length) for name, length in sorted(generated.items())}
    return environment, tuple(sorted({*made, *secret_parts(environment), *others})), rotated


def _readiness(settings: Settings, port: Resolved[int] | None) -> Resolved[Readiness]:
    said = asked(settings)
    if said is not None:
        return said
    if port is not None:
        return Resolved(value=HttpReadiness(path="/"), source=port.source)
    return Resolved(value=AliveReadiness(seconds=ALIVE_SECONDS), source="default")


def _port(image: Image, settings: Settings) -> Resolved[int] | None:
    """Take the setting, else the exposed port that `PORT` names, else the lowest exposed one."""
    chosen: Resolved[Any] | None = settings.resolved("port")
    if chosen is not None:
        return chosen
    named = image.config.environment.get("PORT", "")
    own = int(named) if named.isdecimal() and 0 < int(named) < 2**16 else None
    exposed = sorted(_numbers(image.config.exposed_ports))
    if own is not None and (own in exposed or not exposed):
        return Resolved(value=own, source=f"PORT of {image.reference}")
    if exposed:
        return Resolved(value=exposed[0], source=f"EXPOSE of {image.reference}")
    return None


def _numbers(ports: Iterable[str]) -> set[int]:
    found = (port.partition("/") for port in ports)
    return {int(number) for number, _, kind in found if kind in ("", "tcp") and number.isdecimal()}
