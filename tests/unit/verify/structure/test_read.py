"""Files that say something else than schema 2.0.0: which key, and why."""

from __future__ import annotations

import pytest

from imagekit.errors import InvalidValue, UnknownKey, UnreadableConfiguration
from imagekit.verify.structure.facts import expand
from imagekit.verify.structure.read import read_structure

HEAD = 'schemaVersion: "2.0.0"\n'


@pytest.mark.parametrize(
    ("text", "key", "meant"),
    [
        ("fileExistanceTests: []", "fileExistanceTests", "fileExistenceTests"),
        (
            "fileExistenceTests: [{name: a, path: /, permisions: x}]",
            "fileExistenceTests.0.permisions",
            "permissions",
        ),
        ("metadataTest: {env: []}", "metadataTest.env", "envVars"),
        (
            "commandTests: [{name: a, command: b, envVars: [{key: a, valu: b}]}]",
            "commandTests.0.envVars.0.valu",
            "value",
        ),
    ],
)
def test_an_unknown_key(text: str, key: str, meant: str) -> None:
    with pytest.raises(UnknownKey) as caught:
        read_structure("image.yaml", HEAD + text)
    assert (caught.value.file, caught.value.key) == ("image.yaml", key)
    assert meant in caught.value.allowed


@pytest.mark.parametrize(
    ("text", "key", "problem"),
    [
        ("commandTests: [{name: a}]", "commandTests.0.command", "required"),
        ("commandTests: [{command: a}]", "commandTests.0.name", "required"),
        ("commandTests: [{name: '', command: a}]", "commandTests.0.name", "at least 1"),
        ("commandTests: [{name: a, command: b, setup: [[]]}]", "commandTests.0.setup.0", "1 item"),
        (
            "commandTests: [{name: a, command: b, expectedOutput: ['(?=x)']}]",
            "commandTests.0.expectedOutput.0",
            "Go has no lookahead",
        ),
        (
            "commandTests: [{name: a, command: b, exitCode: x}]",
            "commandTests.0.exitCode",
            "a whole number",
        ),
        (
            "fileExistenceTests: [{name: a, path: /, isExecutableBy: me}]",
            "fileExistenceTests.0.isExecutableBy",
            "owner",
        ),
        (
            "metadataTest: {labels: [{key: a, value: '(', isRegex: true}]}",
            "metadataTest.labels.0",
            "no regular expression",
        ),
        ("metadataTest: [user: a]", "metadataTest", "a table"),
        (
            "containerRunOptions: {privileged: true}",
            "containerRunOptions.privileged",
            "does not give this",
        ),
        (
            "containerRunOptions: {bindMounts: ['/:/host']}",
            "containerRunOptions.bindMounts",
            "does not give this",
        ),
    ],
)
def test_a_value_that_cannot_be(text: str, key: str, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        read_structure("image.yaml", HEAD + text)
    assert caught.value.key == key
    assert problem in caught.value.problem


@pytest.mark.parametrize("version", ["", "schemaVersion: 1.0.0", "schemaVersion: 2.0"])
def test_another_schema(version: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        read_structure("image.yaml", f"{version}\ncommandTests: []\n")
    assert caught.value.key == "schemaVersion"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "- a"),
        ("a.yaml", "a: ["),
        ("a.yaml", "a: 1\na: 2"),
        ("a.yaml", "a: !!python/name:os.system x"),
        ("a.yaml", ""),
        ("a.yaml", "[" * 5000),
        ("a.json", "schemaVersion: 2.0.0"),
        ("a.json", "[" * 100_000),
    ],
)
def test_what_is_no_table(name: str, text: str) -> None:
    with pytest.raises(UnreadableConfiguration):
        read_structure(name, text)


def test_scalars_stay_as_they_are_written() -> None:
    text = HEAD + "metadataTest: {exposedPorts: [080], cmd: [yes, 1.10, on], workdir: ~}"
    metadata = read_structure("image.yaml", text).tests.metadata_test
    assert metadata is not None
    assert metadata.exposed_ports == ("080",)
    assert metadata.cmd == ("yes", "1.10", "on")
    assert metadata.workdir == ""


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$A/${B}", "1/2"),
        ("$C|${C}|$|$ |$$|$1x", "||$|$ ||x"),
        ("a$A.b", "a1.b"),
        ("$AB", ""),
    ],
)
def test_variables_are_filled_in_as_in_go(text: str, filled: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == filled
