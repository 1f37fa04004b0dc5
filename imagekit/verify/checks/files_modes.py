"""Permissions: nothing set-uid, nothing that everybody may write to."""

from __future__ import annotations

import stat
from pathlib import PurePosixPath
from typing import Final

from imagekit.engine.images import Entry
from imagekit.verify import wording
from imagekit.verify.check import FilesCheck, Verdict, verdict
from imagekit.verify.expectation import Expectation
from imagekit.verify.facts import FileFacts

_SHOWN: Final = 5
_SET_ID: Final = stat.S_ISUID | stat.S_ISGID
# The commands that Debian's and Alpine's own base images have set-uid or set-gid (passwd, mount,
# util-linux, libpam, shadow). Under `no_new_privileges` the bit does nothing, and an image on such
# a base cannot lose the files: a layer only hides them.
_FOLDERS: Final = frozenset({"bin", "sbin", "usr/bin", "usr/sbin"})
_OF_THE_BASE: Final = frozenset(
    {"bbsuid", "chage", "chfn", "chsh", "expiry", "gpasswd", "mount", "newgrp", "passwd", "su"}
    | {"umount", "unix_chkpwd"}
)


def _run(facts: FileFacts, expected: Expectation) -> Verdict:
    del expected
    own = [
        f"/{name} ({_rights(entry)})"
        for name, entry in sorted(facts.visible.items())
        if _is_set_id(entry) and not _is_of_the_base(name, entry)
    ]
    writable = [
        f"/{name}{'/' if entry.kind == 'directory' else ''}"
        for name, entry in sorted(facts.visible.items())
        if _everybody_writes(entry)
    ]
    base = sum(_is_of_the_base(name, entry) for name, entry in facts.visible.items())
    problems = []
    if own:
        problems.append(f"set-uid or set-gid: {wording.some(own, _SHOWN)}")
    if writable:
        problems.append(f"writable for everybody: {wording.some(writable, _SHOWN)}")
    beside = f", beside {base} set-uid commands of the base distribution" if base else ""
    return verdict(f"nothing set-uid{beside}; nothing writable for everybody", tuple(problems))


def _is_set_id(entry: Entry) -> bool:
    # On a folder set-gid is no privilege: what is made in it gets the folder's group.
    return entry.kind == "file" and bool(entry.mode & _SET_ID)


def _is_of_the_base(name: str, entry: Entry) -> bool:
    path = PurePosixPath(name)
    return (
        _is_set_id(entry)
        and entry.layer == 0
        and path.name in _OF_THE_BASE
        and str(path.parent) in _FOLDERS
    )


def _everybody_writes(entry: Entry) -> bool:
    if not entry.mode & stat.S_IWOTH:
        return False
    # `/tmp` and its kind: sticky, everybody removes only what is theirs.
    return entry.kind == "file" or (entry.kind == "directory" and not entry.mode & stat.S_ISVTX)


def _rights(entry: Entry) -> str:
    return f"mode {entry.mode:o}, owner {entry.uid}"


CHECK = FilesCheck(
    id="files.modes", title="has nothing set-uid and nothing world-writable", run=_run
)
