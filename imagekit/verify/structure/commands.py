"""Effect: runs command tests, each in containers of its own, as `docker run` would start them.

Not as strictly as a boot: such tests install things and look around, as root where the image's
user is. Each setup command's container becomes the image of the next, as in the original.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from imagekit.engine.container import Container, ContainerSpec
from imagekit.engine.scope import RunScope
from imagekit.errors import EngineRefused
from imagekit.image import Image
from imagekit.verify.facts import refusal
from imagekit.verify.structure.facts import CommandFacts, environment, expand
from imagekit.verify.structure.model import CommandTest, StructureFile

_SECONDS: Final = 120.0
"""How long one command may take; the original waits for ever."""


def run_commands(
    scope: RunScope, image: Image, files: tuple[StructureFile, ...]
) -> tuple[CommandFacts, ...]:
    """Run the command tests of all files, one after the other.

    Raises:
        EngineLost: the engine stopped answering.
    """
    return tuple(
        _unless_refused(scope, image, file, test)
        for file in files
        for test in file.tests.command_tests
    )


def _unless_refused(
    scope: RunScope, image: Image, file: StructureFile, test: CommandTest
) -> CommandFacts:
    try:
        return _run(scope, image, file, test)
    except EngineRefused as err:
        return CommandFacts(file=file.name, test=test, problem=refusal(err))


def _run(scope: RunScope, image: Image, file: StructureFile, test: CommandTest) -> CommandFacts:
    variables = dict(image.config.environment)
    given = environment(file.tests.global_env_vars, variables)
    variables |= given
    own = environment(test.env_vars, variables)
    given |= own
    variables |= own
    user = file.tests.container_run_options.user or None
    base = ContainerSpec(image=image.reference, environment=given, user=user)
    facts = CommandFacts(file=file.name, test=test)
    made: list[str] = []
    try:
        for argv in test.setup:
            container = _start(scope, base, argv)
            facts = replace(facts, setup=(*facts.setup, (" ".join(argv), _ended(container))))
            error = container.state().error
            if error:
                return replace(facts, problem=f"its setup could not be started: {error}")
            made.append(scope.commit(container))
            scope.remove(container)
            base = replace(base, image=made[-1])
        argv = tuple(expand(each, variables) for each in (test.command, *test.args))
        container = _start(scope, base, argv)
        try:
            return _told(facts, container)
        finally:
            scope.remove(container)
    finally:
        for each in reversed(made):
            scope.remove_image(each)


def _start(scope: RunScope, base: ContainerSpec, argv: tuple[str, ...]) -> Container:
    return scope.start(replace(base, entrypoint=argv[:1], command=argv[1:]))


def _ended(container: Container) -> int | None:
    return None if container.state().error else container.wait(_SECONDS)


def _told(facts: CommandFacts, container: Container) -> CommandFacts:
    error = container.state().error
    if error:
        return replace(facts, problem=f"it could not be started: {error}")
    code = container.wait(_SECONDS)
    if code is None:
        return replace(facts, problem=f"it did not end within {_SECONDS:g} s")
    stdout, stderr = container.streams()
    return replace(facts, code=code, stdout=stdout, stderr=stderr)
