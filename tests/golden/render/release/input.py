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
    Expose,
    From,
    IgnorePath,
    IgnorePattern,
    Label,
    Run,
    SecretMount,
    Stage,
    StopSignal,
    TmpfsMount,
    User,
    Workdir,
)

SCRIPTS = BindMount(target=Path("/imagekit"), from_stage="imagekit")
HEX = CacheMount(id="hex", target=Path("/root/.hex/packages"), sharing="locked")


def run(*words: str) -> Command:
    return Command(words=words)


DOCKERFILE = Dockerfile(
    comment="Composed for hello_web. It builds with plain `docker build .` too.",
    stages=(
        Stage(
            comment="scripts that the steps below call",
            base=From(image="scratch", name="imagekit"),
            instructions=(Copy(sources=(Path(".imagekit"),), destination="/"),),
        ),
        Stage(
            comment=(
                "the dependencies, fetched and compiled under a reduced mix.exs: a new version "
                "of the app, or a dependency that only its tests use, leaves this stage as it is"
            ),
            base=From(image="hexpm/elixir:1.18.3-erlang-27.3.4.3-debian-trixie-slim", name="deps"),
            instructions=(
                Env(values=(("MIX_ENV", "prod"), ("ERL_AFLAGS", "+JPperf true"))),
                Workdir(path=Path("/app")),
                Run(
                    commands=(
                        run("apt-get", "update"),
                        run(
                            *("apt-get", "install", "--yes", "--no-install-recommends"),
                            *("build-essential", "ca-certificates", "git", "libvips-dev"),
                        ),
                    ),
                    mounts=(
                        TmpfsMount(target=Path("/var/lib/apt/lists")),
                        TmpfsMount(target=Path("/var/cache/apt")),
                    ),
                ),
                Copy(sources=(Path("mix.exs"), Path("mix.lock")), destination="./"),
                Run(
                    commands=(
                        run("/imagekit/with-network", "mix", "deps.get", "--only", "prod"),
                        run("mix", "deps.compile"),
                    ),
                    mounts=(SCRIPTS, HEX, SecretMount(id="hex_mirror")),
                ),
            ),
        ),
        Stage(
            comment="the assets, while the dependencies compile",
            base=From(image="node:22-trixie-slim", name="assets", platform="$BUILDPLATFORM"),
            instructions=(
                Workdir(path=Path("/app")),
                Copy(sources=(Path("assets/package.json"),), destination="assets/"),
                Copy(sources=(Path("/app/deps"),), destination="deps/", from_stage="deps"),
                Run(commands=(run("cd", "assets"), run("npm", "ci"), run("npm", "run", "deploy"))),
            ),
        ),
        Stage(
            comment="the release",
            base=From(image="deps", name="release"),
            instructions=(
                Copy(sources=(Path("config"),), destination="config/"),
                Comment(
                    text="the children of the umbrella, in the order they depend on each other"
                ),
                Copy(sources=(Path("apps/core"),), destination="apps/core/"),
                Copy(sources=(Path("apps/web"),), destination="apps/web/"),
                Copy(sources=(Path("/app/priv"),), destination="priv/", from_stage="assets"),
                Run(commands=(run("mix", "release", "hello_web", "--path", "/release"),)),
            ),
        ),
        Stage(
            comment="the image: the release and what it needs",
            base=From(image="debian:trixie-slim"),
            instructions=(
                Arg(name="REVISION"),
                Env(values=(("LANG", "C.UTF-8"), ("PHX_SERVER", "true"))),
                Copy(
                    sources=(Path("/release"),),
                    destination="/app/",
                    from_stage="release",
                    chown="65532:65532",
                    link=True,
                ),
                Expose(port=4000),
                User(uid=65532, gid=65532),
                StopSignal(signal="SIGTERM"),
                Label(
                    values=(
                        ("org.opencontainers.image.title", "hello_web"),
                        ("org.opencontainers.image.description", "Says hello on port 4000"),
                    )
                ),
                Entrypoint(words=("/app/bin/hello_web",)),
                Cmd(words=("start",)),
            ),
        ),
    ),
)

DOCKERIGNORE = Dockerignore(
    lines=(
        IgnorePattern(pattern="**/_build"),
        IgnorePattern(pattern="**/node_modules"),
        IgnorePath(path=Path("apps/web/[draft]")),
        IgnorePattern(pattern="deps/*/priv", keep=True),
    )
)
