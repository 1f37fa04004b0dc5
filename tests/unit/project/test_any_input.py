"""Whatever is in the files: a `Project`, or an error of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from imagekit.errors import ImagekitError, ProjectError
from imagekit.project.model import Project
from imagekit.project.read import read_project
from imagekit.project.tree import SourceTree
from tests.unit.project.trees import mix_exs, plain

MIX_EXS = (Path(__file__).parents[2] / "golden/detect/phoenix_1_8/tree/mix.exs").read_text(
    encoding="utf-8"
)
FILES = (
    "mix.exs",
    "mix.lock",
    "config/config.exs",
    "config/runtime.exs",
    "rel/config.exs",
    ".tool-versions",
    "mise.toml",
    "assets/package.json",
    "apps/web/mix.exs",
)
TOKENS = st.sampled_from(
    [
        *("do", "end", "fn", "->", "(", ")", "[", "]", "{", "}", "%{", '"', "'", '"""', "#{", "<<"),
        *("defmodule A do\n use Mix.Project\n", "def project, do: ", "app: :a", "apps_path: ", "="),
        *("deps: deps()", ",", "\n", " ", "@a ", "~w(", ":a", "A.B", "1", "|", "++", "<>", "|>"),
        *(
            "if ",
            "case ",
            "cond ",
            "config_env()",
            "System.get_env(",
            "||",
            "raise ",
            "import_config ",
        ),
        *(
            "release ",
            "set ",
            "environment ",
            "use ",
            "not ",
            "# ",
            "\x00",
            "é",
            "\ufeff",
            "\udcff",
        ),
    ]
)


def understood(files: dict[str, str]) -> Project | ImagekitError:
    error: ImagekitError
    try:
        project = read_project(SourceTree.of(files))
    except ImagekitError as err:
        error = err
    else:
        json.dumps(plain(project), ensure_ascii=False).encode()
        return project
    assert error.advice
    f"{error.what}\n{error.found}\n{error.advice}".encode()
    return error


@given(st.binary(max_size=300))
def test_any_bytes_as_mix_exs(data: bytes) -> None:
    outcome = understood({"mix.exs": data.decode(errors="surrogateescape")})
    assert isinstance(outcome, ProjectError), "no random bytes say `use Mix.Project`"


@given(st.lists(TOKENS, max_size=40).map("".join))
def test_any_words_of_elixir_as_mix_exs(text: str) -> None:
    understood({"mix.exs": text})


@given(st.data())
def test_a_mix_exs_with_a_piece_taken_out(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(MIX_EXS)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.lists(TOKENS, max_size=3).map("".join))
    understood({"mix.exs": MIX_EXS[:start] + put + MIX_EXS[start + length :]})


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(FILES[1:]), st.lists(TOKENS, max_size=30).map("".join)))
def test_any_other_file_beside_a_good_mix_exs(files: dict[str, str]) -> None:
    deps = '{:distillery, "~> 2.0"}, {:web, path: "apps/web", only: :dev}'
    understood({"mix.exs": mix_exs(deps=deps), **files})


@given(st.dictionaries(st.sampled_from(FILES[1:]), st.text()))
def test_any_text_beside_a_good_mix_exs(files: dict[str, str]) -> None:
    understood({"mix.exs": mix_exs(), **files})
