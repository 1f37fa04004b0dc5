"""An image's way from and to a registry, through the engine: its mirrors and credentials count."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from imagekit.engine.causes import registry_cause
from imagekit.engine.client import Engine
from imagekit.errors import BaseImageNotFound, EngineRefused, RegistryUnanswered
from imagekit.refs import Reference

_PUSHED: Final = re.compile(r": digest: (sha256:[0-9a-f]{64}) size: ")


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The registries that an engine can reach."""

    engine: Engine

    def push(self, reference: str) -> str | None:
        """Push; give the digest the registry has it under, where the engine tells.

        Raises:
            RegistryUnanswered: the registry does not answer.
            EngineRefused: the push was refused.
        """
        name = Reference.parse(reference)
        during = f"the push of {reference}"
        digest: str | None = None
        with self.engine.calls(during) as api:
            for answer in api.push(name.name, tag=name.tag or "latest", stream=True, decode=True):
                if "error" in answer:
                    problem = str(answer["error"])
                    if registry_cause(problem) == "unanswered":
                        raise RegistryUnanswered(during=during, output=(problem,))
                    raise EngineRefused(during=during, problem=problem, pushing=True)
                # The classic store tells it apart, the containerd store in a sentence.
                told = _PUSHED.search(str(answer.get("status", "")))
                digest = (answer.get("aux") or {}).get("Digest") or (told[1] if told else digest)
        return digest

    def pull(self, reference: str) -> None:
        """Have the engine fetch an image, from its mirror or the registry.

        Raises:
            BaseImageNotFound: the registry answered and does not have it.
            RegistryUnanswered: it did not answer.
            EngineRefused: the engine would not.
        """
        import docker.errors  # noqa: PLC0415

        name = Reference.parse(reference)
        during = f"the pull of {reference}"
        problem: str | None = None
        with self.engine.calls(during) as api:
            try:
                for answer in api.pull(
                    name.name,
                    tag=name.digest or name.tag or "latest",
                    stream=True,
                    decode=True,
                ):
                    problem = answer.get("error") or problem
            except docker.errors.APIError as err:
                problem = str(err.explanation or err)
        if problem is None:
            return
        match registry_cause(problem):
            case "unanswered":
                raise RegistryUnanswered(during=during, output=(problem,))
            case "missing":
                raise BaseImageNotFound(reference=reference, problem=problem)
            case None:
                raise EngineRefused(during=during, problem=problem)

    def resolve_digest(self, reference: Reference) -> Reference:
        """Pin a reference to the digest the registry, or the engine's mirror, has for it now.

        The engine asks, so that its mirrors and its credentials count.

        Raises:
            BaseImageNotFound: the registry answered and does not have it.
            RegistryUnanswered: it did not answer.
        """
        import docker.errors  # noqa: PLC0415

        if reference.digest is not None:
            return reference
        during = f"resolving {reference}"
        asked = replace(reference, tag=reference.tag or "latest")
        with self.engine.calls(during) as api:
            try:
                answer = api.inspect_distribution(str(asked))
            except docker.errors.APIError as err:
                problem = str(err.explanation or err)
                if registry_cause(problem) == "unanswered":
                    raise RegistryUnanswered(during=during, output=(problem,)) from err
                raise BaseImageNotFound(reference=str(reference), problem=problem) from err
        return replace(reference, digest=str(answer["Descriptor"]["digest"]))
