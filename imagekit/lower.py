"""`lower`: the plan becomes a Dockerfile. The only code that knows both.

Everything longer than a few words of shell is a script in `imagekit/scripts/`,
which reaches the steps through the stage `imagekit`: `imagekit build` replaces
that stage by its own folder (`--build-context imagekit=...`), an ejected
Dockerfile finds the scripts in `.imagekit/` beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final, assert_never

from imagekit.dockerfile import (
    BindMount,
    CacheMount,
    Cmd,
    Command,
    Comment,
    Copy,
    Dockerfile,
    Dockerignore,
    Entrypoint,
    Env,
    Expose,
    From,
    IgnoreLine,
    IgnorePath,
    IgnorePattern,
    Instruction,
    Label,
    Mount,
    Run,
    SecretMount,
    SshMount,
    StopSignal,
    TmpfsMount,
    User,
    Workdir,
)
from imagekit.dockerfile import Stage as DockerfileStage
from imagekit.dockerfile.quote import literal_pattern
from imagekit.plan.model import (
    ApplyContract,
    AskedPackage,
    AssembleRelease,
    BundleAssets,
    CompileApp,
    CompileDependencies,
    FetchDependencies,
    FindPackages,
    InstallFound,
    InstallMixTools,
    InstallNodeModules,
    InstallPackages,
    LeftOut,
    MakeRootfs,
    PackageManager,
    Plan,
    ReduceManifest,
    RunMixTask,
    RunNode,
    RuntimeContract,
    SplitLayers,
    Stage,
    Step,
    TakeFromContext,
    TakeFromStage,
    TakeLayers,
    TakeRootfs,
)
from imagekit.project.dockerignore import END_OF_OURS, END_OF_USER_LINES, USER_LINES

SCRIPTS_STAGE: Final = "imagekit"
SCRIPTS_FOLDER: Final = PurePosixPath(".imagekit")
COLD: Final = "cold"
"""The secret with which a build compiles everything: it takes nothing out of cache mounts.

A secret, because it is in no cache key and no history."""

_SCRIPTS: Final = PurePosixPath("/imagekit")
_RELEASE: Final = PurePosixPath("/release")
_LAYERS: Final = PurePosixPath("/layers")
_NATIVE: Final = PurePosixPath("/native")
_PACKAGES: Final = PurePosixPath("/packages")
_ROOTFS: Final = PurePosixPath("/rootfs")
_HEADER: Final = (
    "Composed by imagekit: do not edit, `imagekit dockerfile --write` makes it again. "
    "With what that writes beside it, it builds with plain `docker build .` too."
)

_SCRIPTS_MOUNT: Final = BindMount(target=_SCRIPTS, from_stage=SCRIPTS_STAGE)
_TRUST: Final = SecretMount(id="ca_bundle")
_APT_MOUNTS: Final[tuple[Mount, ...]] = (
    # Lists, archives and logs differ from day to day: on a tmpfs they never reach a layer.
    TmpfsMount(target=PurePosixPath("/var/cache/apt")),
    TmpfsMount(target=PurePosixPath("/var/lib/apt/lists")),
    TmpfsMount(target=PurePosixPath("/var/log")),
    SecretMount(id="apt_sources", target=PurePosixPath("/etc/apt/sources.list.d/debian.sources")),
)
# In the runtime: debconf would write the base's database anew, 1.3 MB, for answers nobody gave.
_DEBCONF_MOUNT: Final = TmpfsMount(target=PurePosixPath("/var/cache/debconf"))
_APK_MOUNTS: Final[tuple[Mount, ...]] = (
    # Where apk looks for authorities of its own (apk-tools, libfetch/Makefile: CA_CERT_FILE).
    SecretMount(id="ca_bundle", target=PurePosixPath("/etc/apk/ca.pem")),
    SecretMount(id="apk_repositories", target=PurePosixPath("/etc/apk/repositories")),
)
_HEX_MOUNTS: Final[tuple[Mount, ...]] = (
    # Hex writes its configuration, mirror included, below HEX_HOME: a tmpfs leaves no trace.
    TmpfsMount(target=PurePosixPath("/hex")),
    CacheMount(id="imagekit-hex", target=PurePosixPath("/hex/packages"), sharing="locked"),
    SecretMount(id="hex_mirror"),
    SecretMount(id="hex_public_key"),
    SecretMount(id="hex_key"),
    SecretMount(id="hex_repositories"),
    SecretMount(id="gitconfig"),
)
_COMPILED_MOUNTS: Final[tuple[Mount, ...]] = (
    # Shared: an entry is found by its content and appears when it is whole.
    CacheMount(id="imagekit-compiled", target=PurePosixPath("/compiled")),
    SecretMount(id=COLD),
)
_NPM_MOUNTS: Final[tuple[Mount, ...]] = (
    CacheMount(id="imagekit-npm", target=PurePosixPath("/root/.npm"), sharing="locked"),
    SecretMount(id="npmrc"),
)


def lower(plan: Plan) -> Dockerfile:
    """Turn a plan into a Dockerfile."""
    stages = {stage.name: stage for stage in plan.stages}
    scripts = DockerfileStage(
        base=From(image="scratch", name=SCRIPTS_STAGE),
        instructions=(Copy(sources=(SCRIPTS_FOLDER,), destination="/"),),
        comment="imagekit's scripts for the steps below; `imagekit build` brings its own",
    )
    return Dockerfile(
        comment=_HEADER,
        stages=(scripts, *(_stage(stage, stages, plan.contract) for stage in plan.stages)),
    )


def _stage(stage: Stage, stages: Mapping[str, Stage], contract: RuntimeContract) -> DockerfileStage:
    opening: list[Instruction] = []
    if stage.environment:
        opening.append(Env(values=stage.environment))
    on_nothing = stage.base.value == "scratch" and stage.directory == PurePosixPath("/")
    steps = stage.steps
    if stage.base.value not in stages and not on_nothing:
        if steps and isinstance(steps[0], InstallPackages | InstallFound | TakeRootfs):
            # The folder is made there: one that WORKDIR makes has the time of the build.
            opening.extend(_step(steps[0], stage, stages, contract))
            steps = steps[1:]
        opening.append(Workdir(path=stage.directory))
    body = _body(steps, stage, stages, contract)
    return DockerfileStage(
        base=From(image=stage.base.value, name=stage.name),
        instructions=(*opening, *body),
        comment=stage.why,
    )


def _body(
    steps: tuple[Step, ...],
    stage: Stage,
    stages: Mapping[str, Stage],
    contract: RuntimeContract,
) -> Iterator[Instruction]:
    """Lower the steps; a release is divided where it is made.

    In a layer of its own the division would first copy each file of the release that it moves:
    overlayfs renames no folder of a layer below.
    """
    making: Run | None = None
    for step in steps:
        for each in _step(step, stage, stages, contract):
            if isinstance(step, AssembleRelease) and isinstance(each, Run):
                making = each
            elif making is not None and isinstance(step, SplitLayers) and isinstance(each, Run):
                mounts = tuple(dict.fromkeys((*making.mounts, *each.mounts)))
                yield replace(making, commands=(*making.commands, *each.commands), mounts=mounts)
                making = None
            else:
                if making is not None:
                    yield making
                    making = None
                yield each
    if making is not None:
        yield making


def _step(
    step: Step, stage: Stage, stages: Mapping[str, Stage], contract: RuntimeContract
) -> tuple[Instruction, ...]:
    match step:
        case InstallPackages():
            return (_install(step, stage),)
        case InstallMixTools():
            return (_run((str(_SCRIPTS / "mix-tools"),), mounts=(_TRUST,), network=True),)
        case TakeFromContext():
            return _take(step, stage)
        case TakeFromStage():
            return (
                Copy(
                    sources=(stages[step.stage].directory / step.source,),
                    destination=_folder(step.target),
                    from_stage=step.stage,
                ),
            )
        case ReduceManifest():
            write = Command(words=("elixir", str(_SCRIPTS / "manifest.exs"), str(step.target)))
            return (Run(commands=(write,), mounts=(_SCRIPTS_MOUNT,)),)
        case FetchDependencies():
            locked = ("--check-locked",) if step.locked else ()
            words = ("mix", "deps.get", "--only", "prod", *locked)
            ssh = (SshMount(),) if step.ssh else ()
            return (_run(words, mounts=(_TRUST, *_HEX_MOUNTS, *ssh), network=True),)
        case CompileDependencies():
            # Umbrella children are the project's own; they compile in `app`.
            own = ("--skip-umbrella-children",) if step.umbrella else ()
            # The network is for packages that fetch a precompiled library.
            words = (str(_SCRIPTS / "compile-deps"), "mix", "deps.compile", *own)
            return (_run(words, mounts=(_TRUST, *_COMPILED_MOUNTS), network=True),)
        case InstallNodeModules():
            words = ("npm", "ci", "--no-audit", "--no-fund", "--prefix", f"./{step.directory}")
            return (_run(words, mounts=(_TRUST, *_NPM_MOUNTS), network=True),)
        case BundleAssets():
            words = ("npm", "run", step.script, "--prefix", f"./{step.directory}")
            return (_run(words, environment=(("NODE_ENV", "production"),)),)
        case RunNode():
            run = _run(step.words, environment=(("NODE_ENV", "production"),))
            return _inside(step.directory, stage, run)
        case CompileApp():
            words = (str(_SCRIPTS / "compile-app"), "mix", "compile")
            # A step that reaches the network has the scripts for that already.
            first = _TRUST if step.network else _SCRIPTS_MOUNT
            return (_run(words, mounts=(first, *_COMPILED_MOUNTS), network=step.network),)
        case RunMixTask():
            return _run_task(step, stage)
        case AssembleRelease():
            return (_assemble(step, stage),)
        case SplitLayers():
            folders = (str(_RELEASE), str(_LAYERS))
            words = (str(_SCRIPTS / "split"), *folders, ",".join(step.groups), *step.own_apps)
            settle = (str(_SCRIPTS / "settle"), "layers", str(_LAYERS), str(contract.root))
            native = (str(_SCRIPTS / "native"), str(_LAYERS), str(_NATIVE))
            commands = tuple(Command(words=each) for each in (words, settle, native))
            return (Run(commands=commands, mounts=(_SCRIPTS_MOUNT,)),)
        case FindPackages():
            return (_find_packages(step, contract),)
        case InstallFound():
            return (_install_found(step, stage),)
        case MakeRootfs():
            return (_make_rootfs(step, contract),)
        case TakeRootfs():
            return (Copy(sources=(_ROOTFS,), destination="/", from_stage=step.stage, link=True),)
        case TakeLayers():
            return tuple(
                Copy(
                    # Each holds the root itself, with its time, mode and owner.
                    sources=(_LAYERS / group,),
                    destination="/",
                    from_stage=step.stage,
                    link=True,
                )
                for group in step.groups
            )
        case ApplyContract():
            return _contract(contract, step.labels)
        case _:
            assert_never(step)


def _install(step: InstallPackages, stage: Stage) -> Run:
    match step.manager:
        case "apt":
            return _settled(_apt(step), stage, "apt", _APT_MOUNTS)
        case "apk":
            add = Command(words=("apk", "add", "--no-cache", *step.packages))
            return _settled((add,), stage, "apk", _APK_MOUNTS)
        case _:
            assert_never(step.manager)


def _install_found(step: InstallFound, stage: Stage) -> Run:
    mounts = {"apt": (*_APT_MOUNTS, _DEBCONF_MOUNT), "apk": _APK_MOUNTS}[step.manager]
    found = BindMount(target=_PACKAGES, from_stage=step.stage, source=_PACKAGES)
    add = Command(words=(str(_SCRIPTS / "add-packages"), step.manager, str(_PACKAGES)))
    return _settled((add,), stage, step.manager, (*mounts, found))


def _settled(
    commands: tuple[Command, ...], stage: Stage, manager: PackageManager, mounts: tuple[Mount, ...]
) -> Run:
    """Install, and let nothing of when it was done be in the layer."""
    begin = Command(words=("touch", "/dev/shm/begin"))  # noqa: S108 - a path in the build
    # busybox's find compares whole seconds: what comes within this one would not be newer.
    wait = (Command(words=("sleep", "1")),) if manager == "apk" else ()
    end = (
        Command(words=("mkdir", "-p", str(stage.directory))),
        Command(words=(str(_SCRIPTS / "settle"), "packages")),
    )
    return Run(commands=(begin, *wait, *commands, *end), mounts=(*mounts, _SCRIPTS_MOUNT))


def _apt(step: InstallPackages) -> tuple[Command, ...]:
    install = ("apt-get", "install", "--yes", "--no-install-recommends", *step.packages)
    unpack = Command(words=(str(_SCRIPTS / "unpack-package"), *step.unpacked))
    return (
        Command(words=("apt-get", "update")),
        Command(words=install),
        *((unpack,) if step.unpacked else ()),
    )


def _run(
    words: tuple[str, ...],
    *,
    mounts: tuple[Mount, ...] = (),
    network: bool = False,
    environment: tuple[tuple[str, str], ...] = (),
) -> Run:
    """Run a command, through `with-network` where it may reach a registry."""
    wrapper = (str(_SCRIPTS / "with-network"),) if network else ()
    return Run(
        commands=(Command(words=(*wrapper, *words), environment=environment),),
        mounts=(_SCRIPTS_MOUNT, *mounts) if network else mounts,
    )


def _run_task(step: RunMixTask, stage: Stage) -> tuple[Instruction, ...]:
    mounts = (_TRUST,) if step.network else ()
    words = ("mix", step.task, *step.arguments)
    return _inside(step.directory, stage, _run(words, mounts=mounts, network=step.network))


def _inside(directory: PurePosixPath, stage: Stage, run: Run) -> tuple[Instruction, ...]:
    """Run in a folder below the stage's."""
    if not directory.parts:
        return (run,)
    inside = Workdir(path=stage.directory / directory)
    return (inside, run, Workdir(path=stage.directory))


def _assemble(step: AssembleRelease, stage: Stage) -> Run:
    words = [str(_SCRIPTS / "seal"), str(_RELEASE)]
    if step.port_table is not None:
        words.append(f"ports={step.port_table}")
    if step.distribution_needs_cookie:
        words.append("distribution=with-cookie")
    seal = Command(words=tuple(words))
    match step.tool:
        case "mix":
            name = () if step.release is None else (step.release,)
            mix = ("mix", step.task, *name, "--path", str(_RELEASE))
            commands: tuple[Command, ...] = (Command(words=mix), seal)
        case "distillery":
            made = stage.directory / "_build/prod/rel" / (step.release or "")
            task = ("mix", step.task, "--no-tar", "--env=prod", f"--name={step.release}")
            move = Command(words=("mv", str(made), str(_RELEASE)))
            commands = (Command(words=task), move, seal)
        case _:
            assert_never(step.tool)
    return Run(commands=commands, mounts=(_SCRIPTS_MOUNT,))


def _find_packages(step: FindPackages, contract: RuntimeContract) -> Run:
    words = (
        *(str(_SCRIPTS / "needed-packages"), str(_NATIVE), str(_PACKAGES), str(contract.root)),
        *map(_asked, step.packages),
    )
    settle = (str(_SCRIPTS / "settle"), "tree", str(_PACKAGES))
    commands = (Command(words=words), Command(words=settle))
    return Run(commands=commands, mounts=(_SCRIPTS_MOUNT, _native(step.stage)))


def _native(stage: str) -> BindMount:
    """Mount what the system must fit to: the builder keys by its content, not by the release's."""
    return BindMount(target=_NATIVE, from_stage=stage, source=_NATIVE)


def _asked(package: AskedPackage) -> str:
    return package.name if package.dependency is None else f"{package.name}={package.dependency}"


def _make_rootfs(step: MakeRootfs, contract: RuntimeContract) -> Run:
    words = (
        *(str(_SCRIPTS / "rootfs"), str(_NATIVE), str(_ROOTFS), str(contract.root)),
        *(str(contract.user), str(contract.group), *map(_asked, step.packages)),
    )
    made = ("mkdir", "-p", f"{_ROOTFS}{contract.root}")
    settle = (str(_SCRIPTS / "settle"), "tree", str(_ROOTFS))
    commands = (Command(words=words), Command(words=made), Command(words=settle))
    return Run(commands=commands, mounts=(_SCRIPTS_MOUNT, _native(step.stage)))


def _take(step: TakeFromContext, stage: Stage) -> tuple[Instruction, ...]:
    # `FROM scratch` has no WORKDIR that a relative destination could mean.
    root = PurePosixPath("/") if stage.base.value == "scratch" else PurePosixPath()
    files = tuple(
        Copy(sources=tuple(group), destination=_folder(root / parent))
        for parent, group in groupby(step.files, key=lambda path: path.parent)
    )
    folders = tuple(
        Copy(sources=(each,), destination=_folder(root / each)) for each in step.directories
    )
    return (*files, *folders)


def _folder(path: PurePosixPath) -> str:
    """Write a destination as the folder it is: `./`, `./config/`, `/app/`."""
    if path.is_absolute():
        return "/" if path == PurePosixPath("/") else f"{path}/"
    return f"./{path}/" if path.parts else "./"


def lower_ignored(plan: Plan) -> Dockerignore:
    """Turn what the plan ignores into a `.dockerignore`, the user's own lines in it.

    They can take back what stands above them, and not what stands below: caches and secrets.
    """
    below = (each for each in plan.ignored if each.folder is not None)
    anywhere = (each for each in plan.ignored if each.folder is None)
    lines: list[IgnoreLine] = [
        Comment(text=_HEADER),
        *dict.fromkeys(IgnorePattern(pattern=_ignore_pattern(each)) for each in below),
        Comment(text=USER_LINES),
        *(_ignore_line(line) for line in plan.ignored_by_user),
        Comment(text=END_OF_USER_LINES),
        IgnorePath(path=SCRIPTS_FOLDER, keep=True),
        *(IgnorePattern(pattern=_ignore_pattern(each)) for each in anywhere),
        Comment(text=END_OF_OURS),
    ]
    return Dockerignore(lines=tuple(lines))


def _ignore_line(line: str) -> IgnoreLine:
    """Turn a line of the user's own `.dockerignore` into what it means."""
    if line.startswith("#"):
        return Comment(text=line.removeprefix("#").strip())
    return IgnorePattern(pattern=line.removeprefix("!").strip(), keep=line.startswith("!"))


def _ignore_pattern(ignored: LeftOut) -> str:
    if ignored.folder is None:
        return f"**/{ignored.pattern}"
    if not ignored.folder.parts:
        return ignored.pattern
    return f"{literal_pattern(str(ignored.folder))}/{ignored.pattern}"


def _contract(
    contract: RuntimeContract, labels: tuple[tuple[str, str], ...]
) -> tuple[Instruction, ...]:
    ports = () if contract.port is None else (Expose(port=contract.port.value),)
    return (
        Env(values=contract.environment),
        *ports,
        User(uid=contract.user, gid=contract.group),
        StopSignal(signal=contract.stop_signal),
        Label(values=labels),
        Entrypoint(words=contract.entrypoint),
        Cmd(words=contract.command),
    )
