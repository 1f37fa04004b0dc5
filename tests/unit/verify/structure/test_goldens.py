"""Whole files, held against facts that were made for them: what is wrong, kind by kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from imagekit.engine.images import Entry
from imagekit.image import ImageConfig
from imagekit.verify.check import Failed, Passed, Skipped, StructureCheck
from imagekit.verify.checks import CHECKS
from imagekit.verify.files import visible
from imagekit.verify.structure.facts import CommandFacts, StructureFacts, wanted_files
from imagekit.verify.structure.find import Tree
from imagekit.verify.structure.read import read_structure
from tests.unit.verify.examples import EXPECTED, IMAGE, entry

GOLDEN = Path(__file__).parents[3] / "golden" / "structure"
CONFIG = ImageConfig(
    user="65532:65532",
    entrypoint=("/app/bin/hello",),
    command=("start",),
    environment={"LANG": "C.UTF-8", "PATH": "/usr/bin", "PORT": "4000"},
    labels={"org.opencontainers.image.title": "hello"},
    exposed_ports=("4000/tcp",),
    volumes=("/data",),
    working_directory="/app",
)
LINK = {"kind": "symlink", "mode": 0o777}
TEXTS = {
    "usr/lib/os-release": b'PRETTY_NAME="Debian"\nID=debian\n',
    "usr/share/doc/bash/copyright": b"GPL-3",
    "usr/share/doc/libgnutls30/copyright": b"AGPL",
    "licences/mine": b"under the \xff wtfpl",
}
ENTRIES: tuple[Entry, ...] = (
    entry("app/bin/hello", mode=0o755),
    entry("current", target="/app", **LINK),
    entry("loop", target="loop", **LINK),
    entry("tmp", kind="directory", mode=0o1777),
    entry("usr/bin/su", mode=0o4755),
    entry("opt/4000/x", mode=0o744, uid=1000, gid=2000),
    entry("etc", kind="directory"),
    entry("etc/os-release", target="../usr/lib/os-release", **LINK),
    entry("usr/share/doc/link", target="bash", **LINK),
    entry("usr/share/doc/bash/copyright", kind="hardlink", target="usr/share/doc/bash/copy"),
    entry("usr/share/doc/bash/copy"),
    entry("large", size=3_000_000),
    *(entry(name) for name in TEXTS if name != "usr/share/doc/bash/copyright"),
)
CONTENTS = {
    (1, "usr/share/doc/bash/copy" if name.endswith("bash/copyright") else name): text
    for name, text in TEXTS.items()
}
SAID = {"code": 3, "stdout": "hello\n", "stderr": "oops\n"}


@pytest.mark.parametrize(
    "file", sorted(GOLDEN.glob("*/tests.*")), ids=lambda file: file.parent.name
)
def test_what_is_said(file: Path, *, refresh_goldens: bool) -> None:
    structure = (read_structure(file.name, file.read_text()),)
    image = replace(IMAGE, config=CONFIG)
    tree = Tree(visible(ENTRIES))
    wanted = wanted_files(structure, tree)
    commands = tuple(
        CommandFacts(
            file=file.name,
            test=test,
            setup=tuple((" ".join(argv), 9) for argv in test.setup),
            **(SAID if test.command == "sh" else {"code": 0}),
        )
        for test in structure[0].tests.command_tests
    )
    facts = StructureFacts(
        image=image,
        tree=tree,
        contents={place: CONTENTS[place] for place in wanted if place in CONTENTS},
        commands=commands,
    )
    expected = replace(EXPECTED, structure=structure)
    lines = []
    for check in CHECKS:
        if isinstance(check, StructureCheck):
            match check.run(facts, expected):
                case Passed(detail=detail):
                    lines.append(f"passed {check.id}: {detail}")
                case Failed(problems=problems):
                    lines += [f"failed {check.id}: {each}" for each in problems]
                case Skipped(reason=reason):
                    lines.append(f"skipped {check.id}: {reason}")
    text = "\n".join(lines) + "\n"
    golden = file.parent / "said.txt"
    if refresh_goldens:
        golden.write_text(text)
    assert text == golden.read_text()
