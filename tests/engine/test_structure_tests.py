"""container-structure-test files on a real image: what holds, what does not, nothing left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from imagekit.engine.client import Engine
from imagekit.engine.sweep import OWNER_LABEL
from tests.engine.conftest import APPS, Ran, left_by

pytestmark = pytest.mark.engine

HOLDS = """
schemaVersion: "2.0.0"
globalEnvVars: [{key: GREETING, value: "port $PORT"}]
commandTests:
  - name: what a setup made is there
    setup: [["/bin/sh", "-c", "echo made > /tmp/made"], ["/bin/sh", "-c", "echo too >> /tmp/made"]]
    command: sh
    args: ["-c", "cat /tmp/made; echo $GREETING; echo oops >&2; exit 3"]
    expectedOutput: ['^made\\ntoo\\nport 4000\\n$']
    expectedError: ['^oops\\n$', '(?m)^oops$']
    excludedError: ['made']
    exitCode: 3
fileExistenceTests:
  - {name: script, path: /app/bin/hello_web, isExecutableBy: any, uid: 0}
  - {name: no Mix, path: /usr/bin/mix, shouldExist: false}
fileContentTests:
  - {name: behind a link, path: /etc/os-release, expectedContents: ['(?m)^ID=debian$']}
metadataTest: {user: "65532:65532", cmd: [start], exposedPorts: [4000], workdir: /app}
"""
FAILS = """{
  "schemaVersion": "2.0.0",
  "commandTests": [
    {"name": "no such program", "command": "/nowhere/program"},
    {"name": "a failure", "setup": [["/bin/sh", "-c", "exit 9"]], "command": "false"}
  ],
  "fileContentTests": [{"name": "another", "path": "/etc/os-release",
                        "expectedContents": ["Alpine"]}],
  "metadataTest": {"user": "root", "volumes": ["/data"]}
}"""


def test_a_file_that_holds_and_one_that_does_not(
    imagekit: Callable[..., Ran], names: Callable[[], str], engine: Engine, tmp_path: Path
) -> None:
    tag = names()
    made = imagekit("build", APPS / "hello_web", "--no-verify", "--tag", tag, "--json")
    assert made.exit_code == 0, made.stderr
    holds, fails = tmp_path / "holds.yaml", tmp_path / "fails.json"
    holds.write_text(HOLDS)
    fails.write_text(FAILS)
    ran = imagekit(
        *("verify", tag, "--quick", "--project", APPS / "hello_web", "--json"),
        *("--structure-test", holds, "--structure-test", fails),
    )
    told = {each["id"]: each for each in ran.document["verification"]["checks"]}
    assert ran.exit_code == 7
    assert told["structure.existence"]["outcome"] == "passed"
    assert told["structure.license"]["outcome"] == "skipped"
    (not_started, failed, setup) = told["structure.command"]["problems"]
    assert not_started.startswith("no such program: it could not be started:")
    assert failed == "a failure: exit code 1, expected 0"
    assert setup == "a failure: its setup `/bin/sh -c exit 9` led to exit code 9"
    (other,) = told["structure.content"]["problems"]
    assert other.startswith("another: /etc/os-release does not match 'Alpine'; it begins: PRETTY")
    assert told["structure.metadata"]["problems"] == [
        f"{fails}: the user is '65532:65532', expected 'root'",
        f"{fails}: /data is no volume",
    ]
    assert left_by(engine, ran.pid) == []
    owners = [
        image["Labels"][OWNER_LABEL]
        for image in engine.api.images(all=True, filters={"label": OWNER_LABEL})
    ]
    assert [owner for owner in owners if owner.split("/")[-2] == str(ran.pid)] == []
