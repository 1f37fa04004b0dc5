"""The trial as a node: distribution on, so that the release's commands reach the running VM. Pure.

One boot for all checks that ask the running release: equal trials are made once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from imagekit.verify.trial.compose import patient, with_environment
from imagekit.verify.trial.model import Execute, Subject, Trial, TrialFacts
from imagekit.verify.trial.uses import question

# Of this boot alone, and shown nowhere: it is hidden as every secret is. Without a hyphen:
# Distillery looks for `-boot ` in all arguments of erl, and the cookie is one (its erts.sh).
_COOKIE: Final = "imagekit_verification_of_one_boot"
NOFILE: Final = (2**30, 2**20)
"""What engines set on hosts of systemd, and what a kernel allows that nobody tuned."""

_TOLD: Final = re.compile(r"^imagekit (\w+)=(.*)$", re.MULTILINE)
_ASK: Final = """
say = fn name, value -> IO.puts("imagekit #{name}=#{value}") end
say.("ports", :erlang.system_info(:port_limit))
say.("now", System.os_time(:second))
utc = :calendar.datetime_to_gregorian_seconds(:calendar.universal_time())
local = :calendar.datetime_to_gregorian_seconds(:calendar.local_time())
say.("offset", local - utc)
zone = System.get_env("TZ") || ""
say.("zone", zone)
say.("zone_file", File.exists?(Path.join("/usr/share/zoneinfo", zone)))
"""


def as_node(subject: Subject) -> Trial | None:
    """Compose it; `None` where no release is started.

    How nodes are named is the user's or the image's, where either says: a node that is given a
    name with a domain does not start with short names.
    """
    found = subject.expected.program
    if found is None:
        return None
    own = {**subject.image.config.environment, **subject.expected.environment}
    said = own.get("RELEASE_DISTRIBUTION")
    names = "sname" if said in (None, "", "none") else said
    expected = with_environment(
        subject.expected, RELEASE_COOKIE=_COOKIE, RELEASE_DISTRIBUTION=names
    )
    expected = replace(patient(expected), hidden=(*expected.hidden, _COOKIE))
    asked = _ASK + question(subject.expected.rotated)
    commands = ((found.path, "rpc", asked), (found.path, "pid"), (found.path, "stop"))
    return Trial(
        name="as a node",
        expected=expected,
        act=Execute(commands=commands, ends=True),
        nofile=NOFILE,
    )


def rpc(tried: TrialFacts) -> tuple[int | None, str]:
    """Give exit code and output of `rpc`."""
    return tried.executed[0]


def pid(tried: TrialFacts) -> tuple[int | None, str]:
    """Give exit code and output of `pid`."""
    return tried.executed[1]


def told(tried: TrialFacts) -> dict[str, str]:
    """Give what the running VM told; empty when it was not asked, or `rpc` did not work."""
    if not tried.executed:
        return {}
    code, output = rpc(tried)
    return dict(_TOLD.findall(output)) if code == 0 else {}
