from pathlib import PurePosixPath as Path

from imagekit.dockerfile import (
    Arg,
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
    From,
    IgnorePath,
    Label,
    Run,
    Stage,
    Workdir,
)

DOCKERFILE = Dockerfile(
    comment="escape=`",
    stages=(
        Stage(
            base=From(image="debian:trixie-slim", name="values"),
            instructions=(
                Arg(name="DOLLAR", default="$HOME ${HOME:-x}"),
                Env(values=(("QUOTES", '"it\'s"'), ("BACKSLASH", "a\\"), ("EMPTY", ""))),
                Label(values=(("injection", "x RUN id"),)),
                Workdir(path=Path("/two words")),
                Entrypoint(words=("/bin/sh", "-c", 'echo "$0" <<EOF')),
                Cmd(words=("$HOME",)),
            ),
        ),
        Stage(
            comment="RUN id",
            base=From(image="values", name="words"),
            instructions=(
                Run(
                    commands=(
                        Command(words=("--network=host", "if")),
                        Command(words=("if", "true"), environment=(("A", "$(id)"),)),
                        Command(words=("echo", "a; b", "&&", "#", "*", "it's", "<<EOF", "`id`")),
                    ),
                    mounts=(
                        BindMount(target=Path("/two words"), source=Path("a,b")),
                        CacheMount(id='$a "b"', target=Path("/c")),
                    ),
                ),
            ),
        ),
        Stage(
            base=From(image="scratch"),
            instructions=(
                Comment(text="plain"),
                Copy(sources=(Path("mix.exs"), Path("a-b_c@1+2")), destination="./"),
                Comment(text="names that are patterns, options, addresses, heredocs, variables"),
                Copy(sources=(Path("a*b"), Path("[id].js"), Path("c\\d")), destination="e/"),
                Copy(sources=(Path("--from=x"), Path("!x"), Path("x.git")), destination="e/"),
                Copy(sources=(Path("/<<EOF"),), destination="<<EOF", from_stage="words"),
                Copy(sources=(Path("$id.js"), Path("größe"), Path(" x ")), destination="/$x/"),
            ),
        ),
    ),
)

DOCKERIGNORE = Dockerignore(
    lines=(
        Comment(text="syntax=x"),
        IgnorePath(path=Path("#a")),
        IgnorePath(path=Path("!b")),
        IgnorePath(path=Path("[c]/*")),
        IgnorePath(path=Path(" d ")),
        IgnorePath(path=Path("e\\f"), keep=True),
    )
)
