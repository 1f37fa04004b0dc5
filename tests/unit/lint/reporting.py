"""A report with one of everything, made by hand: it changes with no rule."""

from __future__ import annotations

from imagekit.dockerfile.text import Span, Text
from imagekit.errors import UnreadableDockerfile
from imagekit.lint.model import Edit, Finding, Fix, Severity
from imagekit.lint.outcome import Report, Suppressed
from imagekit.lint.policy import Off

DOCKERFILE = Text(
    file="deploy/a b/Dockerfile",
    content=(
        "FROM elixir:1.18\n"
        "RUN mix  compile\t&& \x1b[31mrm -rf /\n"
        "CMD mix phx.server\n"
        f"LABEL long={'x' * 150}\n"
        "RUN a \\\n  && b\n"
    ),
)
MANIFEST = Text.decode("größe.yaml", 'name: "\u00fc" # '.encode() + b"\xff\n")


def finding(
    rule: str,
    severity: Severity,
    marked: str,
    message: str,
    *,
    text: Text = DOCKERFILE,
    fix: Fix | None = None,
) -> Finding:
    start = text.content.index(marked)
    span = Span(start, start + len(marked))
    return Finding(rule=rule, severity=severity, text=text, span=span, message=message, fix=fix)


def _command_fix() -> Fix:
    start = DOCKERFILE.content.index("mix phx")
    edit = Edit(Span(start, start + len("mix phx.server")), '["mix", "phx.server"]')
    return Fix(title="Write the exec form", edits=(edit,))


ERROR = finding("IK101", Severity.ERROR, "mix  compile", "the toolchain is shipped, 100% of it")
WARNING = finding(
    "IK401", Severity.WARNING, "mix phx.server", "a shell is PID 1", fix=_command_fix()
)
REPORT = Report(
    findings=(
        ERROR,
        finding("SC2114", Severity.WARNING, "\x1b[31mrm", "deletes `/`:\n\x1b[31mall, of it"),
        WARNING,
        finding("DL3048", Severity.INFO, "x" * 150, "a long one"),
        finding("StageNameCasing", Severity.WARNING, "RUN a \\\n  && b", "over two lines"),
        finding("IK301", Severity.INFO, '"\u00fc"', "not \udcff ASCII <&>", text=MANIFEST),
    ),
    failing=(ERROR,),
    suppressed=(
        Suppressed(
            finding=finding("IK001", Severity.WARNING, "FROM", "suppressed"),
            reason="the tests want one",
        ),
    ),
    known=(finding("IK002", Severity.WARNING, "elixir:1.18", "known for years"),),
    disabled=(Off(rule="IK999"), Off(rule="IK301", pattern="deploy/**")),
    unreadable=(
        UnreadableDockerfile(
            file="Dockerfile.broken",
            line=3,
            problem="`RUNN` is no instruction",
            excerpt="RUNN x",
        ),
    ),
    notes=("hadolint did not run: it is not installed", "50% of: it"),
    files=("deploy/a b/Dockerfile", "fine.yaml", "größe.yaml"),
)
NOTHING = Report(findings=(), files=("Dockerfile",))
