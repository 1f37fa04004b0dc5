"""What of the source tree goes into the build context, and what no build reads."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final

from imagekit.plan.model import LeftOut
from imagekit.project.dockerignore import Ignored
from imagekit.project.model import Project

ANYWHERE: Final = (
    ".git",
    ".DS_Store",
    ".elixir_ls",
    ".direnv",
    ".env",
    ".env.*",
    ".envrc",
    ".expert",
    ".idea",
    ".lexical",
    ".netrc",
    ".npmrc",
    ".vscode",
    "_build",
    "erl_crash.dump",
    "node_modules",
)
"""Names that no build reads, at any depth: caches, editors' folders and secrets."""

AT_AN_APP: Final = (
    ".credo.exs",
    ".dialyzer_ignore.exs",
    ".formatter.exs",
    ".gitignore",
    "*.md",
    "CHANGELOG*",
    "CONTRIBUTING*",
    "LICENSE*",
    "README*",
    "cover",
    "deps",
    "doc",
    "test",
)
"""Names that no build reads at the root of the project or of an app."""

AT_THE_ROOT: Final = (
    ".circleci",
    ".claude",
    ".cursor",
    ".devcontainer",
    ".dockerignore",
    ".editorconfig",
    ".github",
    ".gitlab",
    ".gitlab-ci.yml",
    ".iex.exs",
    ".pre-commit-config.yaml",
    ".woodpecker*",
    ".mise.toml",
    ".tool-versions",
    "Dockerfile*",
    "Jenkinsfile*",
    "Procfile",
    "charts",
    "compose*.y*ml",
    "docker-bake*",
    "docker-compose*.y*ml",
    "fly*.toml",
    "helm",
    "imagekit.lock",
    "imagekit.toml",
    "k8s",
    "kubernetes",
    "mise.toml",
    "skaffold*.y*ml",
    "terraform",
)
"""Names that no build reads at the root of the project."""

BUILT_ASSETS: Final = ("priv/static/assets", "priv/static/cache_manifest.json")
"""What an asset build leaves in a developer's tree; the image makes its own."""

EJECTED: Final = ".imagekit"
"""Our own scripts beside an ejected Dockerfile: in the context, and no input of the project."""


def ignored(project: Project) -> tuple[LeftOut, ...]:
    """Give what the composed `.dockerignore` leaves out."""
    filled = _with_assets(project)
    root = PurePosixPath()
    return (
        *(LeftOut(pattern=name, folder=None) for name in ANYWHERE),
        *(LeftOut(pattern=name, folder=root) for name in AT_THE_ROOT),
        *(
            LeftOut(pattern=name, folder=folder)
            for folder in app_roots(project)
            for name in (*AT_AN_APP, *(BUILT_ASSETS if folder in filled else ()))
        ),
    )


def _with_assets(project: Project) -> frozenset[PurePosixPath]:
    """Give the folders of the apps whose `priv/static` an asset build fills."""
    names = {each.app for each in project.assets}
    return frozenset(app.path for app in project.apps if app.name in names)


def app_roots(project: Project) -> tuple[PurePosixPath, ...]:
    """Give the project's root, the folders of its apps and those of its path dependencies."""
    local = (each.path for each in project.dependencies if each.path is not None)
    return tuple(sorted({PurePosixPath(), *(app.path for app in project.apps), *local}))


@lru_cache(maxsize=4)
def read_by_a_build(project: Project) -> frozenset[PurePosixPath]:
    """Give the files that some stage may read: the context without what is ignored in it."""
    roots = app_roots(project)
    filled = _with_assets(project)

    def secret_or_cache(path: PurePosixPath) -> bool:
        return any(fnmatchcase(part, name) for part in path.parts for name in ANYWHERE)

    def read(path: PurePosixPath) -> bool:
        if any(fnmatchcase(path.parts[0], name) for name in (*AT_THE_ROOT, EJECTED)):
            return False
        for root in roots:
            if path.is_relative_to(root):
                below = path.relative_to(root)
                # A folder of an app can be a symbolic link, which is a path like a file's.
                if any(fnmatchcase(part, name) for part in below.parts[:1] for name in AT_AN_APP):
                    return False
                if root in filled and any(below.is_relative_to(name) for name in BUILT_ASSETS):
                    return False
        return True

    own = Ignored.parse("\n".join(project.ignored))
    return frozenset(
        path
        for path in project.paths
        if not secret_or_cache(path) and (read(path) or own.takes_back(str(path)))
    )
