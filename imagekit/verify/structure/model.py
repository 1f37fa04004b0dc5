"""What a container-structure-test file of schema 2.0.0 may say.

Source: github.com/GoogleContainerTools/container-structure-test, `pkg/types/v2/` and its README.
What cannot be given here is refused, never ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from imagekit.verify.structure.re2 import compile_go


def _compiles(pattern: str) -> str:
    compile_go(pattern)
    return pattern


def _refused(value: Any) -> Any:
    if value in (False, (), [], ""):
        return value
    message = "imagekit does not give this to a container under test"
    raise ValueError(message)


Regex = Annotated[str, AfterValidator(_compiles)]
Filled = Annotated[str, Field(min_length=1)]
Command = Annotated[tuple[str, ...], Field(min_length=1)]
Refused = Annotated[Any, BeforeValidator(_refused)]


class Part(BaseModel):
    """A table of the file: unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, defer_build=True
    )


class Pair(Part):
    """A variable or a label."""

    key: Filled
    value: str = ""
    is_regex: bool = False

    @model_validator(mode="after")
    def _value_compiles(self) -> Pair:
        if self.is_regex:
            compile_go(self.value)
        return self


class CommandTest(Part):
    """A command, and what its output and exit code must be."""

    name: Filled
    setup: tuple[Command, ...] = ()
    teardown: tuple[Command, ...] = ()
    """Not run, as by the original's Docker driver: each test has containers of its own."""
    env_vars: tuple[Pair, ...] = ()
    command: Filled
    args: tuple[str, ...] = ()
    expected_output: tuple[Regex, ...] = ()
    excluded_output: tuple[Regex, ...] = ()
    expected_error: tuple[Regex, ...] = ()
    excluded_error: tuple[Regex, ...] = ()
    exit_code: int = 0


class FileExistenceTest(Part):
    """A path that is there, or is not."""

    name: Filled
    path: Filled
    should_exist: bool = True
    permissions: str = ""
    """As Go writes a mode: `-rw-r--r--`, `drwxr-xr-x`, `dtrwxrwxrwx`."""
    uid: int | None = None
    gid: int | None = None
    is_executable_by: Literal["owner", "group", "other", "any"] | None = None


class FileContentTest(Part):
    """What a file has in it."""

    name: Filled
    path: Filled
    expected_contents: tuple[Regex, ...] = ()
    excluded_contents: tuple[Regex, ...] = ()


class MetadataTest(Part):
    """The image's config."""

    env_vars: tuple[Pair, ...] = ()
    unbound_env_vars: tuple[Pair, ...] = ()
    labels: tuple[Pair, ...] = ()
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    exposed_ports: tuple[Filled, ...] = ()
    unexposed_ports: tuple[Filled, ...] = ()
    volumes: tuple[Filled, ...] = ()
    unmounted_volumes: tuple[Filled, ...] = ()
    workdir: str = ""
    user: str = ""


class LicenseTest(Part):
    """Licences that must not be there: AGPL and WTFPL, as the original has them."""

    debian: bool = False
    files: tuple[Filled, ...] = ()


class RunOptions(Part):
    """How containers are started; what would loosen them or reach this machine is refused."""

    user: str = ""
    privileged: Refused = False
    allocate_tty: Refused = False
    env_file: Refused = ""
    env_vars: Refused = ()
    capabilities: Refused = ()
    bind_mounts: Refused = ()


class StructureTests(Part):
    """A whole file."""

    schema_version: Literal["2.0.0"]
    global_env_vars: tuple[Pair, ...] = ()
    command_tests: tuple[CommandTest, ...] = ()
    file_existence_tests: tuple[FileExistenceTest, ...] = ()
    file_content_tests: tuple[FileContentTest, ...] = ()
    metadata_test: MetadataTest | None = None
    license_tests: tuple[LicenseTest, ...] = ()
    container_run_options: RunOptions = Field(default_factory=RunOptions)


@dataclass(frozen=True, kw_only=True)
class StructureFile:
    """A file and where it came from."""

    name: str
    tests: StructureTests
