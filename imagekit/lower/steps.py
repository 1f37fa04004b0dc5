"""One step of the plan becomes instructions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import PurePosixPath
from typing import assert_never

from imagekit.dockerfile import (
    Cmd,
    Command,
    Copy,
    Entrypoint,
    Env,
    Expose,
    Instruction,
    Label,
    Run,
    SshMount,
    StopSignal,
    User,
    Workdir,
)
from imagekit.lower.packages import find_packages, install, install_found, make_rootfs
from imagekit.lower.places import (
    COMPILED_MOUNTS,
    HEX_MOUNTS,
    LAYERS,
    NATIVE,
    NPM_MOUNTS,
    RELEASE,
    ROOTFS,
    SCRIPTS,
    SCRIPTS_MOUNT,
    TRUST,
    folder,
    run,
)
from imagekit.plan.model import Stage
from imagekit.plan.runtime import RuntimeContract
from imagekit.plan.steps import (
    ApplyContract,
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
    MakeRootfs,
    ReduceManifest,
    RunMixTask,
    RunNode,
    SplitLayers,
    Step,
    TakeFromContext,
    TakeFromStage,
    TakeLayers,
    TakeRootfs,
)


def lower_step(
    step: Step, stage: Stage, stages: Mapping[str, Stage], contract: RuntimeContract
) -> tuple[Instruction, ...]:
    """Lower one step: the closed set of steps ends here."""
    match step:
        case InstallPackages():
            return (install(step, stage),)
        case InstallMixTools():
            return (run((str(SCRIPTS / "mix-tools"),), mounts=(TRUST,), network=True),)
        case TakeFromContext():
            return _take(step, stage)
        case TakeFromStage():
            return (
                Copy(
                    sources=(stages[step.stage].directory / step.source,),
                    destination=folder(step.target),
                    from_stage=step.stage,
                ),
            )
        case ReduceManifest():
            write = Command(words=("elixir", str(SCRIPTS / "manifest.exs"), str(step.target)))
            return (Run(commands=(write,), mounts=(SCRIPTS_MOUNT,)),)
        case FetchDependencies():
            locked = ("--check-locked",) if step.locked else ()
            words = ("mix", "deps.get", "--only", "prod", *locked)
            ssh = (SshMount(),) if step.ssh else ()
            return (run(words, mounts=(TRUST, *HEX_MOUNTS, *ssh), network=True),)
        case CompileDependencies():
            # Umbrella children are the project's own; they compile in `app`.
            own = ("--skip-umbrella-children",) if step.umbrella else ()
            # The network is for packages that fetch a precompiled library.
            words = (str(SCRIPTS / "compile-deps"), "mix", "deps.compile", *own)
            return (run(words, mounts=(TRUST, *COMPILED_MOUNTS), network=True),)
        case InstallNodeModules():
            words = ("npm", "ci", "--no-audit", "--no-fund", "--prefix", f"./{step.directory}")
            return (run(words, mounts=(TRUST, *NPM_MOUNTS), network=True),)
        case BundleAssets():
            words = ("npm", "run", step.script, "--prefix", f"./{step.directory}")
            return (run(words, environment=(("NODE_ENV", "production"),)),)
        case RunNode():
            program = run(step.words, environment=(("NODE_ENV", "production"),))
            return _inside(step.directory, stage, program)
        case CompileApp():
            words = (str(SCRIPTS / "compile-app"), "mix", "compile")
            # A step that reaches the network has the scripts for that already.
            first = TRUST if step.network else SCRIPTS_MOUNT
            return (run(words, mounts=(first, *COMPILED_MOUNTS), network=step.network),)
        case RunMixTask():
            return _run_task(step, stage)
        case AssembleRelease():
            return (_assemble(step, stage),)
        case SplitLayers():
            folders = (str(RELEASE), str(LAYERS))
            words = (str(SCRIPTS / "split"), *folders, ",".join(step.groups), *step.own_apps)
            settle = (str(SCRIPTS / "settle"), "layers", str(LAYERS), str(contract.root))
            native = (str(SCRIPTS / "native"), str(LAYERS), str(NATIVE))
            commands = tuple(Command(words=each) for each in (words, settle, native))
            return (Run(commands=commands, mounts=(SCRIPTS_MOUNT,)),)
        case FindPackages():
            return (find_packages(step, contract),)
        case InstallFound():
            return (install_found(step, stage),)
        case MakeRootfs():
            return (make_rootfs(step, contract),)
        case TakeRootfs():
            return (Copy(sources=(ROOTFS,), destination="/", from_stage=step.stage, link=True),)
        case TakeLayers():
            return tuple(
                Copy(
                    # Each holds the root itself, with its time, mode and owner.
                    sources=(LAYERS / group,),
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


def _take(step: TakeFromContext, stage: Stage) -> tuple[Instruction, ...]:
    # `FROM scratch` has no WORKDIR that a relative destination could mean.
    root = PurePosixPath("/") if stage.base.value == "scratch" else PurePosixPath()
    files = tuple(
        Copy(sources=tuple(group), destination=folder(root / parent))
        for parent, group in groupby(step.files, key=lambda path: path.parent)
    )
    folders = tuple(
        Copy(sources=(each,), destination=folder(root / each)) for each in step.directories
    )
    return (*files, *folders)


def _run_task(step: RunMixTask, stage: Stage) -> tuple[Instruction, ...]:
    mounts = (TRUST,) if step.network else ()
    words = ("mix", step.task, *step.arguments)
    return _inside(step.directory, stage, run(words, mounts=mounts, network=step.network))


def _inside(directory: PurePosixPath, stage: Stage, run: Run) -> tuple[Instruction, ...]:
    """Run in a folder below the stage's."""
    if not directory.parts:
        return (run,)
    inside = Workdir(path=stage.directory / directory)
    return (inside, run, Workdir(path=stage.directory))


def _assemble(step: AssembleRelease, stage: Stage) -> Run:
    words = [str(SCRIPTS / "seal"), str(RELEASE)]
    if step.port_table is not None:
        words.append(f"ports={step.port_table}")
    if step.distribution_needs_cookie:
        words.append("distribution=with-cookie")
    seal = Command(words=tuple(words))
    match step.tool:
        case "mix":
            name = () if step.release is None else (step.release,)
            mix = ("mix", step.task, *name, "--path", str(RELEASE))
            commands: tuple[Command, ...] = (Command(words=mix), seal)
        case "distillery":
            made = stage.directory / "_build/prod/rel" / (step.release or "")
            task = ("mix", step.task, "--no-tar", "--env=prod", f"--name={step.release}")
            move = Command(words=("mv", str(made), str(RELEASE)))
            commands = (Command(words=task), move, seal)
        case _:
            assert_never(step.tool)
    return Run(commands=commands, mounts=(SCRIPTS_MOUNT,))


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
