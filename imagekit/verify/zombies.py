"""Zombies of a container: the engine's own list of processes leaves them out."""

from __future__ import annotations

import re
from typing import Final

# Shell alone, no tools: the shell of a minimal image has none. A zombie belongs to no
# cgroup any more, and it is by the cgroup that `docker top` finds its processes.
LIST_PROCESSES: Final = (
    "/bin/sh",
    "-c",
    'for each in /proc/[0-9]*/stat; do read -r line <"$each" && echo "$line"; done 2>/dev/null; :',
)
_STAT: Final = re.compile(r"^(\d+) \((.*)\) ([A-Za-z]) ", re.MULTILINE)


def read_zombies(listing: str) -> dict[int, str]:
    """Give pid and name of the zombies in lines of `/proc/PID/stat` (proc_pid_stat(5))."""
    return {int(pid): name for pid, name, state in _STAT.findall(listing) if state == "Z"}
