"""IK403: the image does not say how it wants to be stopped."""

from __future__ import annotations

from collections.abc import Iterator

from imagekit.dockerfile.nodes import CmdNode, EntrypointNode
from imagekit.lint.model import DockerfileFile, Edit, Fix, Hit, Rule, Severity, Span
from imagekit.lint.rules.mix import releases


def _dockerfile(file: DockerfileFile) -> Iterator[Hit]:
    final = file.final
    node = final.entrypoint or final.cmd
    if node is None or final.stop_signal is not None or not releases(file):
        return
    start = _above(file, node)
    ending = "\r\n" if "\r\n" in file.text.content else "\n"
    edit = Edit(Span(start, start), f"STOPSIGNAL SIGTERM{ending}")
    message = "no STOPSIGNAL: what stops this image is left to its base"
    fix = Fix(title="Write STOPSIGNAL SIGTERM", edits=(edit,))
    yield Hit(
        span=node.keyword_span, message=message, fix=fix if node in final.instructions else None
    )


def _above(file: DockerfileFile, node: CmdNode | EntrypointNode) -> int:
    """Give where the lines of an instruction begin, the comments that stand above it included.

    A comment between would be about what is put behind it, and a suppression is such a comment.
    """
    text = file.text
    ends = (each.span.end for each in file.parsed.instructions)
    before = max((end for end in ends if end <= node.span.start), default=0)
    above = [each.span.start for each in file.parsed.comments if before <= each.span.start]
    return text.starts[text.line_of(min((*above, node.span.start))) - 1]


RULE = Rule(
    id="IK403",
    name="missing-stop-signal",
    severity=Severity.INFO,
    summary="Say STOPSIGNAL SIGTERM: a base image can have another one, and Erlang wants this",
    dockerfile=_dockerfile,
)
