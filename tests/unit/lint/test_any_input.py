"""Whatever is in a file: findings or an error of the catalogue, in bounded time, nothing changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagekit.dockerfile.parse import parse_dockerfile
from imagekit.dockerfile.shell import parse_script
from imagekit.dockerfile.text import Span, Text
from imagekit.errors import ImagekitError
from imagekit.lint.fix import fixed
from imagekit.lint.kinds import read_target
from imagekit.lint.outcome import Report
from imagekit.lint.report import FORMATS
from imagekit.lint.run import Subject, run

EXAMPLES: Final = 150

WORDS = (
    "FROM", "from", "a:1", "AS", "b", "scratch", "RUN", "COPY", "ADD", "--from=b", "--mount=type=cache",
    "--mount=type=secret,id=x", "ENV", "ARG", "A=1", 'B="x y"', "C='", "USER", "root", "0", "CMD", '["a",',
    '"b"]', "[", "]", "ENTRYPOINT", "ONBUILD", "HEALTHCHECK", "NONE", "SHELL", "EXPOSE", "VOLUME", "<<EOF",
    "<<-'E'", "EOF", "E", "\\", "`", "#", "# escape=`", "# imagekit: ignore=IK101 because x", "&&", "|", ";",
    "$(", ")", "${", "}", "$A", "case", "in", "esac", "if", "then", "fi", "mix", "release", "apt-get",
    "install", "curl", "sh", "npm", "=", "'", '"', "\ufeff", "\x00", "\udcff", "ü", "\u2028",
)  # fmt: skip
YAML_WORDS = (
    "apiVersion: v1", "kind: Pod", "kind: Deployment", "kind: List", "items:", "metadata:", "name: a",
    "spec:", "template:", "containers:", "- name: web", "image: a:latest", "image:", "env:", "- {name: A, value: b}",
    "securityContext: {privileged: true}", "services:", "web:", "environment:", "- A=b", "ports:", "- 80:80",
    "volumes:", "- /var/run/docker.sock:/x", "&x", "*x", "{", "}", "[", "]", "|", ">", "---", "...", "?", ": ",
    "# imagekit: ignore=IK401 because x", '"', "'", "!!binary x", "<<: *x", "null", "livenessProbe:",
    "httpGet: {path: /}", "\x07", "ü", "\ufeff",
)  # fmt: skip
ELIXIR_WORDS = (
    "import Config", "config :a,", "config", ":b,", "B.C,", "key: ", '"v"', 'System.get_env("A")', "||", "raise",
    "if config_env() == :prod do", "end", "do", "defmodule A do", "def project do", "[", "]", "{", "}", "%{", "~w(", ")",
    "(", "fn", "->", "#", "# imagekit: ignore=IK301 because x", '"#{', "'", '"""', "@x", "1_0", ":ü", "\x00", "\udcff",
    "force_ssl: true,", "deps: deps()", "use Mix.Project", "|>", "\\\\",
)  # fmt: skip
TOML_WORDS = (
    "[verify]", "[lint]", 'http = "/x"', "[", "]", "=", '"""', "a.b", "port = 1", "# imagekit: x", "'", "env = {",
)  # fmt: skip
KINDS = {
    "Dockerfile": WORDS,
    "app.yaml": YAML_WORDS,
    "compose.yaml": YAML_WORDS,
    "config/prod.exs": ELIXIR_WORDS,
    "mix.exs": ELIXIR_WORDS,
    "imagekit.toml": TOML_WORDS,
}
EXPLICIT = {"app.yaml": "kubernetes", "compose.yaml": "compose"}


def texts(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    joints = st.sampled_from([" ", " ", "\n", "\n", "\n  ", "\n    ", " \\\n", "\r\n", "", "\t"])
    parts = st.lists(st.tuples(st.sampled_from(words), joints), max_size=40)
    made = parts.map(lambda found: "".join(word + joint for word, joint in found))
    return st.one_of(made, st.text(max_size=60), st.binary(max_size=60).map(_decoded))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


def settle(name: str, content: str) -> Report:
    text = Text(file=name, content=content)
    try:
        target = read_target(text, kind=EXPLICIT.get(name))  # type: ignore[arg-type]
    except ImagekitError as err:
        assert err.what
        return run([], unreadable=[err])
    report = run([Subject(target=target)])
    length = len(content)
    for finding in report.findings:
        assert 0 <= finding.span.start <= finding.span.end <= length, finding
        location = finding.location
        assert (1, 1) <= (location.line, location.column) <= (location.end_line, length + 1)
    assert text.content == content
    return report


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_any_text_gives_findings_or_an_error_and_reports(name: str, data: st.DataObject) -> None:
    content = data.draw(texts(KINDS[name]))
    report = settle(name, content)
    for render in FORMATS.values():
        render(report).encode("utf-8")
    after = fixed(content, report.findings)
    if not any(finding.fix for finding in report.findings):
        assert after == content
    else:
        again = settle(name, after)
        assert not again.unreadable
        assert fixed(after, again.findings) == fixed(
            fixed(after, again.findings), settle(name, fixed(after, again.findings)).findings
        )


@settings(max_examples=EXAMPLES)
@given(texts(WORDS))
def test_a_parsed_file_is_its_text(content: str) -> None:
    text = Text(file="Dockerfile", content=content)
    try:
        parsed = parse_dockerfile(text)
    except ImagekitError:
        return
    end = 0
    for node in parsed.instructions:
        assert end <= node.span.start < node.span.end <= len(content)
        assert (
            text.of(node.keyword_span)
            .replace("\\", "")
            .strip()
            .upper()
            .startswith(node.keyword[:1])
        )
        for flag in node.flags:
            assert node.span.covers(flag.span)
        end = node.span.end


@settings(max_examples=EXAMPLES)
@given(texts(WORDS))
def test_any_shell_gives_commands_in_their_text(content: str) -> None:
    for command in parse_script(content, Span).commands:
        assert 0 <= command.span.start < command.span.end <= len(content)
        for word in command.words:
            assert command.span.covers(word.span)


def _repeat(part: str, before: str = "", after: str = "") -> Callable[[], str]:
    return lambda: before + part * (100_000 // len(part)) + after


LARGE = {
    "Dockerfile": {
        "stages": _repeat("FROM a AS b\n"),
        "stages of each other": lambda: "FROM a AS s0\n"
        + "".join(f"FROM s{n} AS s{n + 1}\n" for n in range(4_000)),
        "instructions": _repeat("RUN a\n", "FROM a\n"),
        "continuations": _repeat("a \\\n", "FROM a\nRUN "),
        "comments inside": _repeat("# b\n", "FROM a\nRUN \\\n"),
        "suppressions": _repeat("# imagekit: ignore=IK101 because x\nRUN mix release\n", "FROM a\n"),
        "suppressions inside": _repeat("# imagekit: ignore=IK1 because x\n", "FROM a\nRUN x \\\n"),
        "commands": _repeat("a && ", "FROM a\nRUN <<E\n", "\nE\n"),
        "lines of commands": _repeat("mix release | curl x | sh\n", "FROM a\nRUN <<E\n", "\nE\n"),
        "substitutions": _repeat("$(", "FROM a\nRUN <<E\n", "\nE\n"),
        "quotes": _repeat("\"$('", "FROM a\nRUN <<E\n", "\nE\n"),
        "backquotes": _repeat("`a", "FROM a\nRUN <<E\n", "\nE\n"),
        "parentheses": _repeat("(", "FROM a\nRUN <<E\n", "\nE\n"),
        "heredocs": _repeat("<<a ", "FROM a\nRUN <<E\n", "\nE\n"),
        "documents": _repeat("RUN <<E\nE\n", "FROM a\n"),
        "arguments": _repeat("ARG A=$A$A\n", "ARG A=x\n", "FROM $A\n"),
        "variables": _repeat("ENV A=${A:-b}\n", "FROM a\n"),
        "copies": _repeat("COPY --from=0 a b\n", "FROM a\n"),
        "packages": _repeat("RUN apt-get update && apt-get install -y a b c\n", "FROM a\n"),
        "secrets": _repeat("ENV SECRET_TOKEN=x API_KEY=y\n", "FROM a\n"),
        "one word": lambda: "FROM a\nRUN " + "a" * 60_000 + "\n",
        "backslashes": lambda: "FROM a\nRUN " + "\\" * 60_001 + "\n",
        "json": lambda: "FROM a\nCMD " + "[" * 60_000 + "\n",
        "releases": _repeat("mix release\n", "FROM a\nRUN <<E\nexport MIX_ENV=prod\n", "\nE\n"),
        "stages of releases": _repeat("FROM a AS b\nENV MIX_ENV=x\nRUN mix release\n"),
        "entries": _repeat("CMD sh -c 'a && b'\n", "FROM a\n"),
        "cases": _repeat("case a in b) ", "FROM a\nRUN <<E\n", "\nE\n"),
    },
    "app.yaml": {
        "objects": _repeat("---\napiVersion: v1\nkind: Pod\nspec: {containers: [{name: a}]}\n"),
        "containers": _repeat(
            "  - {name: a, image: a}\n", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
        ),
        "keys": _repeat("a: 1\n", "apiVersion: v1\nkind: Pod\n"),
        "suppressions": _repeat(
            "# imagekit: ignore=IK401 because x\n", "apiVersion: v1\nkind: Pod\nspec:\n", " a: b\n"
        ),
        "aliases": _repeat("- *a\n", "apiVersion: v1\nkind: List\nx: &a {b: c}\nitems:\n"),
        "aliases of containers": lambda: (
            "apiVersion: v1\nkind: List\nx: &c\n"
            + "- {name: a}\n" * 2_000
            + "items:\n"
            + "- {apiVersion: v1, kind: Pod, spec: {containers: *c}}\n" * 1_200
        ),
        "kinds that are not listed": _repeat(
            "---\napiVersion: v1\nkind: Flow\nspec: {templates: [{container: {image: a}}]}\n"
        ),
        "brackets": _repeat("["),
        "braces": _repeat("{a: "),
        "environment": _repeat(
            "    - {name: SECRET, value: b}\n",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    env:\n",
        ),
    },
    "compose.yaml": {
        "services": lambda: "services:\n"
        + "".join(f"  s{n}: {{image: a, privileged: true}}\n" for n in range(2_500)),
        "one name": _repeat("  s: {image: a}\n", "services:\n"),
        "merges": _repeat("  s: {<<: [*x, *x]}\n", "x: &x {image: a}\nservices:\n"),
        "merged variables": lambda: "x: &x {\n"
        + "".join(f"TOKEN_{n}: aB3dE5gH7jK9mN1pQ{n},\n" for n in range(1_500))
        + "}\nservices:\n"
        + "".join(f"  s{n}: {{environment: {{<<: *x}}}}\n" for n in range(30)),
    },
    "config/prod.exs": {
        "calls": _repeat('System.get_env("A")\n'),
        "on one line": _repeat('System.get_env("ü"); '),
        "suppressions": _repeat("# imagekit: ignore=IK301 because x\n"),
        "configs": _repeat("config :a, A.Endpoint, force_ssl: [hsts: true]\n"),
        "nested": lambda: "[" * 5_000 + "]" * 5_000,
        "functions": _repeat("def a do\n", "", 'System.get_env("A")\n'),
        "broken": _repeat("config :a, [\n"),
    },
    "imagekit.toml": {
        "tables": lambda: "".join(f"[a{n}]\n" for n in range(10_000)),
        "suppressions": _repeat("# imagekit: ignore=IK101 because x\n"),
    },
}  # fmt: skip
# A guard against a hang, far above what any machine needs (1.9 s at most here): no benchmark.
SECONDS = 30.0
"""For 100 KB, on a machine that does other work too."""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(name, make, id=f"{name} {what}")
        for name, cases in LARGE.items()
        for what, make in cases.items()
    ],
)
def test_a_hundred_kilobytes_take_no_time(name: str, content: Callable[[], str]) -> None:
    text = content()
    started = time.process_time()
    report = settle(name, text)
    for render in FORMATS.values():
        render(report)
    assert time.process_time() - started < SECONDS
