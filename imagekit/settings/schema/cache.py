"""`[cache]`: the cache in a registry, and the cache contract of a project."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from imagekit.settings.schema.base import Section


class CacheRule(Section):
    """`[[cache.rule]]`: what an edit must not build anew; `imagekit prove cache` tries it."""

    edit: Annotated[str, Field(min_length=1)]
    """Which files are edited: a pattern as in `.gitignore`, from the project's root."""
    must_reuse: Annotated[tuple[str, ...], Field(min_length=1)]
    """Stages (`imagekit plan` names them) that stay cached after such an edit."""


class CacheSettings(Section):
    """`[cache]`: the cache in a registry, and what edits may build anew."""

    reference: str | None = None
    """Image reference of the shared cache, as `--cache`; each branch has its own tag there."""
    branch: Annotated[str, Field(min_length=1)] | None = None
    """The branch that is built, where neither CI nor git tells."""
    main: Annotated[str, Field(min_length=1)] | None = None
    """The branch whose cache every other one reads too."""
    rule: tuple[CacheRule, ...] = ()
    """The project's own contract."""
