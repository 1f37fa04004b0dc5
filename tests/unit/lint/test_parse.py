"""The parser of Dockerfiles: what BuildKit's grammar allows, each part with its place."""

from __future__ import annotations

import pytest

from imagekit.dockerfile import nodes
from imagekit.dockerfile.nodes import Instruction, ParsedDockerfile
from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.text import Span, Text
from imagekit.errors import UnreadableDockerfile


def parse(content: str) -> ParsedDockerfile:
    return parse_dockerfile(Text(file="Dockerfile", content=content))


def after_from(content: str) -> list[Instruction]:
    _, *rest = parse(f"FROM scratch\n{content}").instructions
    return rest


def only(content: str) -> Instruction:
    (node,) = after_from(content)
    return node


def written(content: str, span: Span) -> str:
    return f"FROM scratch\n{content}"[span.start : span.end]


def test_a_file_is_arguments_then_stages() -> None:
    parsed = parse("ARG A=1\nFROM a\nRUN x\nFROM b AS B2\nARG A\n")
    assert [each.pairs[0].name for each in parsed.arguments] == ["A"]
    assert [each.start.image.value for each in parsed.stages] == ["a", "b"]
    assert [len(each.instructions) for each in parsed.stages] == [1, 1]
    name = parsed.stages[1].start.name
    assert name is not None
    assert (name.raw, name.value) == ("B2", "b2")


@pytest.mark.parametrize(
    ("head", "names", "comments"),
    [
        ("# syntax=docker/dockerfile:1\n", {"syntax": "docker/dockerfile:1"}, []),
        ("#  Escape = `  \n# check=skip=all\n", {"escape": "`", "check": "skip=all"}, []),
        ("# hello\n# escape=`\n", {}, ["hello", "escape=`"]),
        ("\n# escape=`\n", {}, ["escape=`"]),
        ("# other=1\n# syntax=x\n", {}, ["other=1", "syntax=x"]),
        ("\ufeff# syntax=x\r\n", {"syntax": "x"}, []),
    ],
)
def test_directives_stand_at_the_top(head: str, names: dict[str, str], comments: list[str]) -> None:
    parsed = parse(f"{head}FROM scratch\n")
    assert {each.name: each.value for each in parsed.directives} == names
    assert [each.text for each in parsed.comments] == comments
    assert parsed.escape == names.get("escape", "\\")


def test_lines_are_joined_by_the_escape_character_in_force() -> None:
    parsed = parse("# escape=`\nFROM scratch\nRUN a `\n  b\nCOPY c:\\ d:\\\nUSER x\n")
    texts = [each.line.text for each in parsed.stages[0].instructions]
    assert texts == ["RUN a   b", "COPY c:\\ d:\\", "USER x"]


@pytest.mark.parametrize(
    ("content", "joined"),
    [
        ("RUN a \\\n b", "RUN a  b"),
        ("RUN a \\  \t\n b", "RUN a  b"),
        ("RUN a \\\r\n b\r\n", "RUN a  b"),
        ("RUN a \\\n# not me\n  # nor me\n b", "RUN a  b"),
        ("RUN a \\\n\n   \n b", "RUN a  b"),
        ("RUN a \\", "RUN a "),
        ("RUN a \\\n", "RUN a "),
        ("RUN a \\\\\n", "RUN a \\\\"),
        ("\\\nRUN a", "RUN a"),
        ("RUN \\\n\\\n a", "RUN  a"),
        ("RUN a # no comment", "RUN a # no comment"),
    ],
)
def test_continuations(content: str, joined: str) -> None:
    assert only(content).line.text == joined


def test_every_part_knows_its_place_across_lines() -> None:
    content = "run --mount=type=cache,target=/c \\\n  # why\n  one two \\\r\n\n  'three four'\n"
    node = only(content)
    assert isinstance(node, nodes.RunNode)
    assert node.keyword == "RUN"
    assert written(content, node.keyword_span) == "run"
    assert written(content, node.flags[0].span) == "--mount=type=cache,target=/c"
    assert written(content, node.span) == content.rstrip("\n")
    assert written(content, node.arguments).startswith("one two")
    assert isinstance(node.form, nodes.ShellForm)
    (command,) = node.form.script.commands
    assert [written(content, word.span) for word in command.words] == ["one", "two", "'three four'"]
    assert command.values == ("one", "two", "three four")
    assert [each.text for each in node.comments] == ["why"]


def test_comments_above_belong_to_the_next_instruction_unless_a_line_parts_them() -> None:
    first, second = after_from("# far\n\n# near\n# nearer\nUSER 1\nUSER 2\n")
    assert [each.text for each in first.comments] == ["near", "nearer"]
    assert second.comments == ()


def test_flags() -> None:
    node = only('COPY --from="a b" --link --chown=1:1 -- x y')
    assert [(flag.name, flag.value) for flag in node.flags] == [
        ("from", "a b"),
        ("link", None),
        ("chown", "1:1"),
    ]
    assert isinstance(node, nodes.CopyNode)
    assert [each.value for each in node.sources] == ["x"]
    assert node.source_stage is not None
    assert node.flag("nothing") is None


def test_mounts() -> None:
    node = only("RUN --mount=type=Secret,id=a,dst=/x,required --mount=from=b,src=/s true")
    assert isinstance(node, nodes.RunNode)
    secret, bind = node.mounts
    assert (secret.type, secret.get("id"), secret.get("target")) == ("secret", "a", "/x")
    assert secret.get("required") == ""
    assert (bind.type, bind.get("from"), bind.get("source")) == ("bind", "b", "/s")


def test_exec_and_shell_form() -> None:
    execs = only('CMD [ "a" , "b\\n" ]')
    assert isinstance(execs, nodes.CmdNode)
    assert isinstance(execs.form, nodes.ExecForm)
    assert execs.form.values == ("a", "b\n")
    for shell in ("CMD a b", "CMD ['a']", 'CMD ["a", ]', 'CMD ["a"] b', 'CMD ["a"', "CMD ["):
        node = only(shell)
        assert isinstance(node, nodes.CmdNode)
        assert isinstance(node.form, nodes.ShellForm), shell
    assert isinstance(empty := only("CMD []"), nodes.CmdNode)
    assert isinstance(empty.form, nodes.ExecForm)


def test_words_of_the_exec_form_know_their_place() -> None:
    content = 'ENTRYPOINT ["a", \\\n  "b c"]\n'
    node = only(content)
    assert isinstance(node, nodes.EntrypointNode)
    assert isinstance(node.form, nodes.ExecForm)
    assert [written(content, word.span) for word in node.form.words] == ['"a"', '"b c"']


@pytest.mark.parametrize(
    ("content", "pairs"),
    [
        (
            "ENV A=1 B='x y' C=\"$A\" \\\n D=e\\ f",
            [("A", "1"), ("B", "x y"), ("C", "$A"), ("D", "e f")],
        ),
        ("ENV A some words", [("A", "some words")]),
        ("LABEL a.b=c 'd'=e", [("a.b", "c"), ("d", "e")]),
        ("ARG A B=2 C=", [("A", None), ("B", "2"), ("C", "")]),
        ("ENV A='open", [("A", "open")]),
    ],
)
def test_pairs(content: str, pairs: list[tuple[str, str | None]]) -> None:
    node = only(content)
    assert isinstance(node, nodes.EnvNode | nodes.LabelNode | nodes.ArgNode)
    assert [(each.name, each.value.value if each.value else None) for each in node.pairs] == pairs


def test_a_value_knows_its_place() -> None:
    content = "ENV A=1 \\\n  LONG='x y'\n"
    node = only(content)
    assert isinstance(node, nodes.EnvNode)
    value = node.pairs[1].value
    assert value is not None
    assert written(content, value.span) == "'x y'"
    assert written(content, node.pairs[1].span) == "LONG='x y'"


def test_heredocs_are_part_of_their_instruction() -> None:
    content = 'COPY <<a <<-"b" x /dst/\nRUN me\na\n\ty\n\tb\nRUN <<EOF\nUSER 0\nEOF\nUSER 1\n'
    copy, run, user = after_from(content)
    assert isinstance(copy, nodes.CopyNode)
    first, second = copy.heredocs
    assert (first.name, first.content, first.expand, first.strip_tabs) == (
        "a",
        "RUN me\n",
        True,
        False,
    )
    assert (second.name, second.content, second.expand) == ("b", "\ty\n", False)
    assert [each.value for each in copy.sources] == ["x"]
    assert written(content, copy.span).endswith("\tb")
    assert written(content, second.span) == "\ty\n"
    assert isinstance(run, nodes.RunNode)
    assert [each.program for script in run.scripts for each in script.commands] == ["USER"]
    assert isinstance(user, nodes.UserNode)


def test_no_heredoc_where_there_is_none() -> None:
    found = after_from('RUN ["a", "<<EOF"]\nRUN echo "<<E" $((1 << 2))\nRUN <<E don\'t\nRUN <<""\n')
    assert not any(node.heredocs for node in found)


@pytest.mark.parametrize(
    ("content", "programs"),
    [
        ("RUN <<EOF\nset -e\na | b\nEOF", ["set", "a", "b"]),
        ("RUN <<EOF bash -eux\na\nEOF", ["bash", "a"]),
        ("RUN python3 <<EOF\nimport os\nEOF", ["python3"]),
        ("RUN <<EOF\n#!/usr/bin/env python3\nimport os\nEOF", []),
        ("RUN <<EOF\n#!/bin/bash\na\nEOF", ["a"]),
        ("RUN cat <<EOF > /etc/x\na\nEOF", ["cat"]),
        ('RUN ["/bin/sh", "-c", "a && b"]', ["a", "b"]),
        ('RUN ["a", "b"]', []),
    ],
)
def test_what_a_run_gives_to_a_shell(content: str, programs: list[str]) -> None:
    node = only(f"{content}\n")
    assert isinstance(node, nodes.RunNode)
    assert [each.program for script in node.scripts for each in script.commands] == programs


def test_onbuild_holds_an_instruction() -> None:
    content = "ONBUILD  RUN <<EOF\nx\nEOF\n"
    node = only(content)
    assert isinstance(node, nodes.OnbuildNode)
    assert isinstance(node.inner, nodes.RunNode)
    assert node.inner.heredocs == node.heredocs
    assert written(content, node.inner.span) == "RUN <<EOF\nx\nEOF"


def test_the_rest_of_the_instructions() -> None:
    found = after_from(
        'EXPOSE 80/tcp $PORT\nVOLUME ["/a"]\nVOLUME /b /c\nWORKDIR /x y\nSTOPSIGNAL SIGTERM\n'
        'MAINTAINER me <me>\nSHELL ["/bin/bash", "-c"]\nHEALTHCHECK NONE\n'
        'HEALTHCHECK --interval=5s CMD ["x"]\nADD a b c/\n'
    )
    expose, volume, volumes, workdir, stop, maintainer, shell, none, health, add = found
    assert isinstance(expose, nodes.ExposeNode)
    assert [each.value for each in expose.ports] == ["80/tcp", "$PORT"]
    assert isinstance(volume, nodes.VolumeNode)
    assert [each.value for each in volume.paths] == ["/a"]
    assert isinstance(volumes, nodes.VolumeNode)
    assert [each.value for each in volumes.paths] == ["/b", "/c"]
    assert isinstance(workdir, nodes.WorkdirNode)
    assert workdir.path.value == "/x y"
    assert isinstance(stop, nodes.StopSignalNode)
    assert isinstance(maintainer, nodes.MaintainerNode)
    assert isinstance(shell, nodes.ShellNode)
    assert shell.form.values == ("/bin/bash", "-c")
    assert isinstance(none, nodes.HealthcheckNode)
    assert none.form is None
    assert isinstance(health, nodes.HealthcheckNode)
    assert isinstance(health.form, nodes.ExecForm)
    assert isinstance(add, nodes.AddNode)
    assert [each.value for each in add.sources] == ["a", "b"]
    assert add.destination.value == "c/"


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("", 1, "there is no instruction"),
        ("# only\n\n# comments\n", 3, "there is no instruction"),
        ("ARG A\n", 1, "there is no FROM"),
        ("RUN x\nFROM a\n", 1, "RUN stands before the first FROM"),
        ("FROM a\nRUNN x\n", 2, "`RUNN` is no instruction; perhaps you meant RUN"),
        ("FROM a\n\nRUN x \\\n  y\n&& z\n", 5, "`&&` is no instruction"),
        ("FROM a b\n", 1, "FROM is followed by an image, or by an image, AS and a name"),
        ("FROM a AS 1x\n", 1, "`1x` cannot be the name of a stage"),
        ("FROM a\nCOPY x\n", 2, "COPY needs a source and a destination"),
        ("FROM a\nCOPY a <<EOF\nEOF\n", 2, "COPY cannot have a heredoc as its destination"),
        ("FROM a\nENV A\n", 2, "ENV needs a name and a value"),
        ("FROM a\nENV A=1 B\n", 2, "`B` has no `=`: ENV is followed by name=value"),
        ("FROM a\nLABEL =x\n", 2, "LABEL has a value without a name"),
        ("FROM a\nARG\n", 2, "ARG needs a name"),
        ("FROM a\nUSER\n", 2, "USER needs an argument"),
        ("FROM a\nEXPOSE\n", 2, "EXPOSE needs an argument"),
        ("FROM a\nCMD [1]\n", 2, "the array of CMD has something in it that is no string"),
        ('FROM a\nCMD ["a", ["b"]]\n', 2, "the array of CMD has something in it that is no string"),
        ("FROM a\nSHELL bash\n", 2, 'SHELL is followed by a JSON array: ["/bin/sh", "-c"]'),
        ("FROM a\nHEALTHCHECK\n", 2, "HEALTHCHECK is followed by NONE, or by CMD and a command"),
        ("FROM a\nONBUILD\n", 2, "ONBUILD is followed by an instruction"),
        ("FROM a\nONBUILD ONBUILD RUN x\n", 2, "ONBUILD cannot be followed by ONBUILD"),
        ("FROM a\nRUN <<EOF\nx\n EOF\n", 2, "the heredoc never ends: no line is `EOF`"),
        ("FROM a\nRUN x \\\n  <<EOF\nx\n", 3, "the heredoc never ends: no line is `EOF`"),
        ("# escape=x\nFROM a\n", 1, "the escape character is a backslash or a backquote"),
        ("# syntax=a\n# SYNTAX=b\nFROM a\n", 2, "the directive `syntax` is given twice"),
        (f"FROM a\nRUN {'x' * 65536}\n", 2, "the line is longer than 65535 bytes"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line(
    content: str, line: int, problem: str
) -> None:
    with pytest.raises(UnreadableDockerfile) as raised:
        parse(content)
    assert (raised.value.file, raised.value.line) == ("Dockerfile", line)
    assert raised.value.problem == problem


def test_an_error_shows_nothing_that_steers_a_terminal() -> None:
    with pytest.raises(UnreadableDockerfile) as raised:
        parse_dockerfile(Text.decode("Dockerfile", b"FROM a\n\x1b[31m\xffX y\n"))
    assert raised.value.problem == "`\ufffd[31M\ufffdX` is no instruction"
    assert raised.value.found == " [31m X y"


def test_bytes_that_are_no_utf8_come_back() -> None:
    data = b'\xef\xbb\xbfFROM a\r\nLABEL a="\xff\xfe"\r\n'
    text = Text.decode("Dockerfile", data)
    parse_dockerfile(text)
    assert text.encode() == data
