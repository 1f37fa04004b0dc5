"""`lower`: the plan becomes a Dockerfile. The only code that knows both.

Everything longer than a few words of shell is a script in `imagekit/scripts/`,
which reaches the steps through the stage `imagekit`: `imagekit build` replaces
that stage by its own folder (`--build-context imagekit=...`), an ejected
Dockerfile finds the scripts in `.imagekit/` beside it.
"""

from imagekit.lower.ignored import lower_ignored
from imagekit.lower.places import COMPILING, SCRIPTS_FOLDER, SCRIPTS_STAGE
from imagekit.lower.seed import NONCE, lower_fill, lower_keep
from imagekit.lower.stages import lower

__all__ = [
    "COMPILING",
    "NONCE",
    "SCRIPTS_FOLDER",
    "SCRIPTS_STAGE",
    "lower",
    "lower_fill",
    "lower_ignored",
    "lower_keep",
]
