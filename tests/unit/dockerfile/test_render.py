from __future__ import annotations

from pathlib import PurePosixPath as Path

import pytest
from hypothesis import given

from imagekit.dockerfile import (
    Arg,
    BindMount,
    CacheMount,
    Command,
    Comment,
    Copy,
    Dockerfile,
    Env,
    From,
    Instruction,
    Label,
    Run,
    SecretMount,
    SshMount,
    Stage,
    TmpfsMount,
    render,
)
from imagekit.errors import UnquotableValue

from .texts import dockerfile, printable


def lines(*instructions: Instruction) -> list[str]:
    """Give what stands below the second FROM."""
    return render(dockerfile(*instructions)).split("FROM scratch\n")[1].splitlines()


def test_stages_stand_apart_and_comments_above_them() -> None:
    first = Stage(base=From(image="debian", name="a"), instructions=(), comment="one")
    second = Stage(base=From(image="a", platform="linux/arm64"), instructions=())
    assert render(Dockerfile(stages=(first, second), comment="top")) == (
        "# top\n\n# one\nFROM debian AS a\n\nFROM --platform=linux/arm64 a\n"
    )


def test_variables_stand_one_a_line() -> None:
    assert lines(Env(values=(("A", "1"), ("B", "2 3")))) == ["ENV A=1 \\", '    B="2 3"']
    assert lines(Label(values=(("a.b", ""),))) == ['LABEL a.b=""']


def test_an_argument_without_a_default_has_no_equals_sign() -> None:
    assert lines(Arg(name="A"), Arg(name="B", default="")) == ["ARG A", 'ARG B=""']


def test_a_comment_within_a_stage_opens_a_paragraph() -> None:
    found = lines(Comment(text="a"), Arg(name="A"), Comment(text="b"), Comment(text="c"))
    assert found == ["# a", "ARG A", "", "# b", "# c"]


def test_the_flags_of_copy_come_in_one_order() -> None:
    copy = Copy(
        sources=(Path("/a"),),
        destination="b/",
        from_stage="base",
        chown="1:2",
        chmod="0755",
        link=True,
    )
    assert lines(copy) == ["COPY --from=base --link --chown=1:2 --chmod=0755 /a b/"]


def test_a_short_command_is_one_line() -> None:
    command = Command(words=("mix", "compile"), environment=(("MIX_ENV", "prod"),))
    assert lines(Run(commands=(command,))) == ["RUN MIX_ENV=prod mix compile"]


def test_mounts_and_commands_stand_one_a_line() -> None:
    run = Run(
        commands=(Command(words=("mix", "deps.get")), Command(words=("mix", "compile"))),
        mounts=(
            BindMount(target=Path("/s"), from_stage="base", source=Path("/x")),
            BindMount(target=Path("mix.exs")),
            CacheMount(id="hex", target=Path("/hex"), sharing="locked"),
            CacheMount(id="npm", target=Path("/npm")),
            SecretMount(id="npmrc", target=Path("/root/.npmrc")),
            SecretMount(id="mirror"),
            TmpfsMount(target=Path("/tmp")),
            SshMount(),
        ),
    )
    assert lines(run) == [
        "RUN --mount=type=bind,from=base,source=/x,target=/s \\",
        "    --mount=type=bind,target=mix.exs \\",
        "    --mount=type=cache,id=hex,target=/hex,sharing=locked \\",
        "    --mount=type=cache,id=npm,target=/npm \\",
        "    --mount=type=secret,id=npmrc,target=/root/.npmrc \\",
        "    --mount=type=secret,id=mirror \\",
        "    --mount=type=tmpfs,target=/tmp \\",
        "    --mount=type=ssh \\",
        "    mix deps.get && \\",
        "    mix compile",
    ]


def test_a_long_command_is_filled_to_the_width() -> None:
    words = ("apt-get", "install", *(f"package-{number}" for number in range(20)))
    found = lines(Run(commands=(Command(words=words), Command(words=("true",)))))
    assert found[0].startswith("RUN apt-get install package-0 ")
    assert all(line.startswith("        package-") for line in found[1:-1])
    assert max(map(len, found)) <= 88
    assert " ".join(found).replace(" \\ ", " ").split() == [
        *("RUN", *words),
        *("&&", "true"),
    ]


def test_a_line_longer_than_buildkit_reads_is_refused() -> None:
    render(dockerfile(Env(values=(("A", "x" * 65_000),))))
    with pytest.raises(UnquotableValue) as caught:
        render(dockerfile(Env(values=(("A", "x" * 66_000),))))
    assert caught.value.where == "one line of the Dockerfile"


@given(text=printable)
def test_no_line_ends_with_a_space_and_the_last_one_ends(text: str) -> None:
    found = render(
        dockerfile(
            Comment(text=text),
            Env(values=(("A", text), ("B", text))),
            Run(commands=(Command(words=("x", text)), Command(words=("y", text)))),
            comment=text,
        )
    )
    assert found.endswith("\n")
    assert not found.endswith("\n\n")
    assert not any(line.endswith((" ", "\t")) for line in found.split("\n"))
    assert "\n\n\n" not in found
