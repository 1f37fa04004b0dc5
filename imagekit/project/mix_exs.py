"""One `mix.exs`: what `project/0` and `application/0` of its project module say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from imagekit.errors import ProjectNotSupported
from imagekit.project.elixir.evaluate import Evaluator
from imagekit.project.elixir.module import Module, modules
from imagekit.project.elixir.parse import parse
from imagekit.project.elixir.terms import Term, as_text, atom_name, option, pairs, string
from imagekit.project.places import ROOT
from imagekit.project.tree import SourceTree
from imagekit.resolved import Maybe, Unknown

_MODULE_SUFFIXES: Final = (".MixProject", ".Mixfile", ".Project")


@dataclass(frozen=True, kw_only=True)
class MixFile:
    """A `mix.exs`, read."""

    file: str
    """Its path from the project's root, as messages name it."""
    folder: PurePosixPath
    module: str
    """The name of its project module."""
    project: Term
    application: Term | None

    def option(self, key: str) -> Term | None:
        """Give what `project/0` sets for a key; see `terms.option`."""
        return option(self.project, key)

    def absent(self, key: str) -> Unknown:
        """Say that `project/0` does not set a key."""
        return Unknown(reason=f"mix.exs sets no `{key}:`", source=self.file)

    def text(self, key: str) -> Maybe[str]:
        """Resolve a key of `project/0` that holds a string."""
        return as_text(self.option(key), absent=self.absent(key))

    @property
    def app(self) -> str | None:
        """The name of the app, when it is written out."""
        return atom_name(self.option("app"))

    @property
    def is_umbrella(self) -> bool:
        """Whether it sets `apps_path:` to a string."""
        return string(self.option("apps_path")) is not None

    @property
    def aliases(self) -> tuple[str, ...]:
        """Names of the aliases it defines, sorted."""
        return tuple(sorted({name for name, _ in pairs(self.option("aliases"))}))

    @property
    def module_name(self) -> str:
        """The project module's name as an app would be called: `Shop.MixProject` is `shop`."""
        name = self.module
        for suffix in _MODULE_SUFFIXES:
            name = name.removesuffix(suffix)
        words = (
            f"_{letter}" if letter.isupper() and at and not name[at - 1].isupper() else letter
            for at, letter in enumerate(name.replace(".", "_"))
        )
        return "".join(words).lower().replace("__", "_")


def read_mix_exs(tree: SourceTree, folder: PurePosixPath = ROOT) -> MixFile | None:
    """Read the `mix.exs` of a folder; `None` when there is none.

    Raises:
        SourceSyntaxError: it does not parse.
        ProjectNotSupported: it defines no Mix project, or cannot be read.
    """
    path = folder / "mix.exs"
    text = tree.text(path)
    if text is None:
        return None
    file = str(path)
    module = _project_module(file, modules(parse(text, file)))
    evaluator = Evaluator(module)
    project = evaluator.function("project")
    if project is None:
        raise ProjectNotSupported(
            file=file,
            shape=f"{module.name} has no function `project/0`",
            way_out="Define `project/0` as `mix new` does.",
        )
    return MixFile(
        file=file,
        folder=folder,
        module=module.name,
        project=project,
        application=evaluator.function("application"),
    )


def _project_module(file: str, found: tuple[Module, ...]) -> Module:
    projects = [module for module in found if "Mix.Project" in module.uses]
    if projects:
        return projects[-1]  # the last one that Mix is told of
    raise ProjectNotSupported(
        file=file,
        shape="no module in it says `use Mix.Project`",
        way_out="Run imagekit in the folder of a Mix project, as `mix new` makes it.",
    )
