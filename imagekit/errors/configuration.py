"""Exit 2: the command line or a configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from imagekit.errors.base import ExitCode, ImagekitError, closest


class ConfigurationError(ImagekitError):
    """The command line, `imagekit.toml` or a recipe says something that cannot be meant."""

    exit_code = ExitCode.USAGE


_SHOWN: Final = 5


def _place(file: str, line: int | None) -> str:
    return file if line is None else f"{file}:{line}"


@dataclass(kw_only=True, eq=False)
class UnknownKey(ConfigurationError):
    """A key that the schema does not have."""

    page: ClassVar[str] = "unknown-key"
    file: str
    key: str
    allowed: tuple[str, ...]
    line: int | None = None

    @property
    def what(self) -> str:
        return f"{_place(self.file, self.line)}: unknown key `{self.key}`."

    @property
    def found(self) -> str:
        return "" if self._meant else f"allowed here: {', '.join(sorted(self.allowed))}"

    @property
    def advice(self) -> str:
        meant = self._meant
        return f"Perhaps you meant `{meant}`." if meant else "Remove it, or correct its name."

    @property
    def _meant(self) -> str | None:
        return closest(self.key.rsplit(".", 1)[-1], self.allowed)


@dataclass(kw_only=True, eq=False)
class InvalidValue(ConfigurationError):
    """A known key with a value of the wrong type or out of range."""

    page: ClassVar[str] = "invalid-value"
    file: str
    key: str
    problem: str
    value: str = ""
    line: int | None = None

    @property
    def what(self) -> str:
        return f"{_place(self.file, self.line)}: `{self.key}` is not valid: {self.problem}."

    @property
    def found(self) -> str:
        return self.value

    @property
    def advice(self) -> str:
        if self.file.startswith("IMAGEKIT_"):
            return f"Correct the variable {self.file}."
        if self.file.startswith("flag "):
            return f"Correct the {self.file}."
        return f"Correct `{self.key}` in {self.file}."


@dataclass(kw_only=True, eq=False)
class UnreadableConfiguration(ConfigurationError):
    """A TOML file that is not TOML, or a file that a setting names and that is not there."""

    page: ClassVar[str] = "unreadable-configuration"
    file: str
    problem: str

    @property
    def what(self) -> str:
        return f"{self.file} cannot be read."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return "Correct the file at the place named above, or the setting that names the file."


@dataclass(kw_only=True, eq=False)
class RecipeNotFound(ConfigurationError):
    """A recipe name that is neither shipped nor a path to a recipe file."""

    page: ClassVar[str] = "recipe-not-found"
    name: str
    shipped: tuple[str, ...]
    source: str = ""
    """Where the name was given: a file, a variable, a flag; empty where that is not known."""

    @property
    def what(self) -> str:
        if self.source:
            return f"{self.source}: there is no recipe `{self.name}`."
        return f"There is no recipe `{self.name}`."

    @property
    def found(self) -> str:
        return f"shipped recipes: {', '.join(self.shipped)}"

    @property
    def advice(self) -> str:
        meant = closest(self.name, self.shipped)
        hint = f"Perhaps you meant `{meant}`. " if meant else ""
        return f"{hint}Name a shipped recipe, or give the path of your own TOML file."


@dataclass(kw_only=True, eq=False)
class ReleaseNotChosen(ConfigurationError):
    """The project defines several releases and the command names none."""

    page: ClassVar[str] = "release-not-chosen"
    releases: tuple[str, ...]

    @property
    def what(self) -> str:
        return "This project defines several releases; which one?"

    @property
    def found(self) -> str:
        return f"releases: {', '.join(self.releases)}"

    @property
    def advice(self) -> str:
        return f"Add `--release {self.releases[0]}`, or set `release` in imagekit.toml."


@dataclass(kw_only=True, eq=False)
class ReleaseNotFound(ConfigurationError):
    """A release that the project does not define."""

    page: ClassVar[str] = "release-not-found"
    name: str
    releases: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"This project defines no release `{self.name}`."

    @property
    def found(self) -> str:
        return f"releases: {', '.join(self.releases)}"

    @property
    def advice(self) -> str:
        meant = closest(self.name, self.releases)
        return f"Perhaps you meant `{meant}`." if meant else "Name one of the releases above."


@dataclass(kw_only=True, eq=False)
class UnquotableValue(ConfigurationError):
    """A value with characters that its place in a Dockerfile cannot carry."""

    page: ClassVar[str] = "unquotable-value"
    where: str
    value: str

    @property
    def what(self) -> str:
        return f"A value for {self.where} has characters that a Dockerfile cannot carry there."

    @property
    def found(self) -> str:
        return repr(self.value)

    @property
    def advice(self) -> str:
        return "Remove line breaks, control and other unusual characters from the value or name."


@dataclass(kw_only=True, eq=False)
class PageNotFound(ConfigurationError):
    """`imagekit explain` was asked for a page that does not exist."""

    page: ClassVar[str] = "page-not-found"
    name: str
    pages: tuple[str, ...]

    @property
    def what(self) -> str:
        return f"There is no page `{self.name}`."

    @property
    def advice(self) -> str:
        meant = closest(self.name, self.pages)
        hint = f"Perhaps you meant `{meant}`. " if meant else ""
        return f"{hint}`imagekit explain` lists all {len(self.pages)} pages."


@dataclass(kw_only=True, eq=False)
class ForeignFile(ConfigurationError):
    """A verb would overwrite a file that imagekit did not write."""

    page: ClassVar[str] = "foreign-file"
    file: str
    was_ours: Literal["", "edited", "unchanged"] = ""
    """What became of a file that imagekit wrote and somebody may have edited; empty of others."""

    @property
    def what(self) -> str:
        match self.was_ours:
            case "edited":
                told = "and was edited since imagekit wrote it"
            case "unchanged":
                told = "as imagekit wrote it"
            case _:
                told = "and imagekit did not write it"
        return f"{self.file} is there already, {told}."

    @property
    def advice(self) -> str:
        if self.was_ours:
            return (
                f"Edit {self.file} as it is; to begin anew, move it away and run the same command "
                "again."
            )
        return f"Move or delete {self.file}, then run the same command again."


@dataclass(kw_only=True, eq=False)
class UnwritableFile(ConfigurationError):
    """A verb was to write a file, and the system did not let it."""

    page: ClassVar[str] = "unwritable-file"
    file: str
    problem: str

    @property
    def what(self) -> str:
        return f"{self.file} cannot be written."

    @property
    def found(self) -> str:
        return self.problem

    @property
    def advice(self) -> str:
        return "Make the folder writable for you, or write to where you may."


@dataclass(kw_only=True, eq=False)
class NothingToProve(ConfigurationError):
    """There is no rule under `[cache]`, or one whose pattern matches nothing that can be edited."""

    page: ClassVar[str] = "nothing-to-prove"
    edit: str
    """The rule's pattern; empty where there is no rule at all."""
    matched: tuple[str, ...]
    """Files that it matches, none of which can be edited without harm."""

    @property
    def what(self) -> str:
        if not self.edit:
            return "imagekit.toml has no [[cache.rule]], so there is nothing to prove."
        if not self.matched:
            return f"The cache rule `{self.edit}` matches no file, so it proves nothing."
        return f"The cache rule `{self.edit}` matches no file that can be edited without harm."

    @property
    def found(self) -> str:
        return f"matched: {', '.join(self.matched[:_SHOWN])}" if self.matched else ""

    @property
    def advice(self) -> str:
        if not self.edit:
            return "Add a rule: which files are edited, and which stages must stay cached."
        return "Correct `edit`, a pattern as in .gitignore from the project's root."
