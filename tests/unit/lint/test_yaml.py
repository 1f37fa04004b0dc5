"""YAML with places: nodes, paths, errors, and what aliases may stand for."""

from __future__ import annotations

import pytest
import yaml

from imagekit.dockerfile.text import Text
from imagekit.errors import UnreadableManifest
from imagekit.lint.targets.yaml import (
    YamlMapping,
    YamlNode,
    YamlScalar,
    YamlSequence,
    at,
    items_at,
    pairs_at,
    parse_yaml,
    text_at,
    true_at,
)


def parse(content: str) -> tuple[YamlNode, ...]:
    return parse_yaml(Text(file="app.yaml", content=content))


def one(content: str) -> YamlNode:
    (node,) = parse(content)
    return node


def written(content: str, node: YamlNode | None) -> str:
    assert node is not None
    return content[slice(*node.span)]


def test_paths() -> None:
    node = one("a: {b: [1, {c: yes}], d: }\ne: 'true'\n")
    assert text_at(node, "a", "b", 0) == "1"
    assert true_at(node, "a", "b", 1, "c") is True
    assert true_at(node, "e") is None
    assert text_at(node, "a", "d") is None
    assert at(node, "a", "b", 7) is None
    assert at(node, "a", 0) is None
    assert at(node, "nothing", "at", "all") is None
    assert len(items_at(node, "a", "b")) == 2
    assert [key.value for key, _ in pairs_at(node, "a")] == ["b", "d"]
    assert pairs_at(node, "e") == ()


def test_places() -> None:
    content = (
        '# ü\nspec:\n  - name: x   # c\n    image: "a:1"\n  - y\n\nnext: |\n  z\n  z\nlast: 1\n'
    )
    node = one(content)
    assert written(content, at(node, "spec", 0, "image")) == '"a:1"'
    assert written(content, at(node, "spec", 0)) == 'name: x   # c\n    image: "a:1"'
    assert written(content, at(node, "spec")) == '- name: x   # c\n    image: "a:1"\n  - y'
    assert isinstance(node, YamlMapping)
    assert written(content, node.key("last")) == "last"


def test_scalars() -> None:
    node = one("[1, -2, 0x1, '3', ~, '', off, 1_0, 99999999999999999999]")
    numbers = [each.number for each in items_at(node) if isinstance(each, YamlScalar)]
    assert numbers == [1, -2, None, None, None, None, None, None, None]
    nulls = [each.is_null for each in items_at(node) if isinstance(each, YamlScalar)]
    assert nulls == [False, False, False, False, True, False, False, False, False]
    assert true_at(node, 6) is False


def test_documents() -> None:
    found = parse("---\n---\na: 1\n---\n# nothing\n---\n- b\n---\nc\n")
    assert [type(each) for each in found] == [YamlMapping, YamlSequence, YamlScalar]
    assert parse("") == ()


def test_the_last_of_a_key_counts_and_odd_keys_are_left_out() -> None:
    node = one("a: 1\n? [x]\n: 2\na: 3\n")
    assert text_at(node, "a") == "3"
    assert len(pairs_at(node)) == 2


def test_aliases_are_the_node_that_they_name() -> None:
    node = one("a: &x {b: 1}\nc: *x\n")
    assert at(node, "a") is at(node, "c")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("x: &x {a: 1, b: 2}\ny: {<<: *x}", {"a": "1", "b": "2"}),
        ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3, c: 4}", {"a": "1", "b": "3", "c": "4"}),
        ("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}", {"a": "1", "b": "3"}),
        (
            "x: [&x {a: 1, b: 2}, &z {b: 5, c: 6}]\ny: {<<: [*x, *z]}",
            {"a": "1", "b": "2", "c": "6"},
        ),
        ("x: [&x {a: 1}, &z {<<: *x, b: 2}]\ny:\n  <<: *z\n", {"a": "1", "b": "2"}),
        ("x: &x {a: 1, a: 2}\ny: {<<: *x}", {"a": "2"}),
        ("y: {<<: {a: 1}}", {"a": "1"}),
        ("y: {<<: [], a: 1}", {"a": "1"}),
        ("y: {<<: text, a: 1}", {"a": "1"}),
        ("y: {'<<': {a: 1}}", {"<<": None}),
    ],
)
def test_merges_are_put_in_and_own_keys_win(content: str, expected: dict[str, str | None]) -> None:
    table = one(content)
    assert {
        key.value: text_at(table, "y", key.value) for key, _ in pairs_at(table, "y")
    } == expected
    assert len(pairs_at(table, "y")) == len(expected)


def test_merges_agree_with_pyyaml() -> None:
    content = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*b, *a], w: 3, z: 4}\n"
    wanted = yaml.safe_load(content)["c"]
    table = one(content)
    assert {
        key.value: int(text_at(table, "c", key.value) or "") for key, _ in pairs_at(table, "c")
    } == wanted


def test_what_merges_stand_for_is_bounded() -> None:
    lines = ["a0: &a0 {" + ", ".join(f"k{at}: 1" for at in range(100)) + "}"]
    lines += [f"a{at}: &a{at} {{<<: [*a{at - 1}, *a{at - 1}]}}" for at in range(1, 40)]
    with pytest.raises(UnreadableManifest):
        parse("\n".join(lines))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("a: b: c\n", 1),
        ("a:\n\t- b\n", 2),
        ("a: [1\n", 2),
        ("a: *nothing\n", 1),
        ("a: \x07\n", 1),
        ("image: {{ .Values.image }}:{{ .Values.tag }}\n", 1),
        ("a: &x [*x]\n", 1),
        ("a:\n" + "- " * 300, 2),
        ("a: !!\n  x: %\n", 1),
    ],
)
def test_what_is_no_yaml_is_an_error_with_its_line(content: str, line: int) -> None:
    with pytest.raises(UnreadableManifest) as raised:
        parse(content)
    assert raised.value.line == line
    assert raised.value.problem


def test_a_billion_laughs_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(UnreadableManifest) as raised:
        parse("\n".join(lines))
    assert raised.value.problem == "its aliases stand for too much"
