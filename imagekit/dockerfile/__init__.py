"""Dockerfiles as values, and the one place where they become text."""

from imagekit.dockerfile.dockerignore import (
    Dockerignore,
    IgnoreLine,
    IgnorePath,
    IgnorePattern,
    render_dockerignore,
)
from imagekit.dockerfile.instructions import (
    Arg,
    Cmd,
    Comment,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Instruction,
    Label,
    StopSignal,
    User,
    Workdir,
)
from imagekit.dockerfile.render import render
from imagekit.dockerfile.run import (
    BindMount,
    CacheMount,
    Command,
    Mount,
    Run,
    SecretMount,
    SshMount,
    TmpfsMount,
)
from imagekit.dockerfile.stages import Dockerfile, Stage

__all__ = [
    "Arg",
    "BindMount",
    "CacheMount",
    "Cmd",
    "Command",
    "Comment",
    "Copy",
    "Dockerfile",
    "Dockerignore",
    "Entrypoint",
    "Env",
    "Expose",
    "From",
    "IgnoreLine",
    "IgnorePath",
    "IgnorePattern",
    "Instruction",
    "Label",
    "Mount",
    "Run",
    "SecretMount",
    "SshMount",
    "Stage",
    "StopSignal",
    "TmpfsMount",
    "User",
    "Workdir",
    "render",
    "render_dockerignore",
]
