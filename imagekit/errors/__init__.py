"""The error catalogue: everything that can go wrong for a user, one class each.

    ImagekitError
    ├── ConfigurationError (2)  UnknownKey, InvalidValue, UnreadableConfiguration,
    │                           RecipeNotFound, ReleaseNotChosen, ReleaseNotFound,
    │                           InvalidReference, UnquotableValue, PageNotFound, ImageNotFound,
    │                           ForeignFile, UnwritableFile, PinOutOfStep,
    │                           BasesDoNotFit, NothingToProve
    ├── ProjectError (3)        ProjectNotRecognised, SourceSyntaxError, ProjectNotSupported,
    │                           DistilleryDoesNotFit, ReleaseWithoutErts, ReleaseDefinedTwice,
    │                           UnreadableDockerfile, UnreadableManifest, UnknownFileKind,
    │                           NothingToLint
    ├── FindingsError (4)       StaleDockerfile, LintFailed, CacheRuleBroken
    ├── EngineError (5)         EngineMissing, BuilderMissing, EngineTooOld, EngineLost,
    │                           EngineRefused
    ├── BuildError (6)          BaseImageNotFound, BuildFailed, and of that LockOutOfStep,
    │                           DependencyNotCompiled, DiskFull, FileNotInContext,
    │                           LibraryNotFound, LibraryOfNoPackage, ProjectNotLoaded,
    │                           FileForAnotherMachine, RustNotFound
    ├── VerificationError (7)   VerificationFailed, ImageNotReproducible
    └── TransientError (75)     RegistryUnanswered

A class takes facts, never sentences. It says what failed (`what`), what was
found (`found`) and what to do (`advice`); its `page` is what `imagekit explain`
opens, one Markdown file in `imagekit/pages/errors/`.
"""

from imagekit.errors.base import (
    ExitCode,
    ImagekitError,
    closest,
)
from imagekit.errors.build import (
    BaseImageNotFound,
    BuildError,
    BuildFailed,
    DependencyNotCompiled,
    DiskFull,
    FileForAnotherMachine,
    FileNotInContext,
    LibraryNotFound,
    LibraryOfNoPackage,
    LockOutOfStep,
    ProjectNotLoaded,
    RustNotFound,
)
from imagekit.errors.configuration import (
    ConfigurationError,
    ForeignFile,
    InvalidValue,
    NothingToProve,
    PageNotFound,
    RecipeNotFound,
    ReleaseNotChosen,
    ReleaseNotFound,
    UnknownKey,
    UnquotableValue,
    UnreadableConfiguration,
    UnwritableFile,
)
from imagekit.errors.engine import (
    BuilderMissing,
    EngineError,
    EngineLost,
    EngineMissing,
    EngineRefused,
    EngineTooOld,
)
from imagekit.errors.findings import (
    CacheRuleBroken,
    FindingsError,
    LintFailed,
    StaleDockerfile,
)
from imagekit.errors.images import (
    BasesDoNotFit,
    ImageNotFound,
    InvalidReference,
    PinOutOfStep,
)
from imagekit.errors.project import (
    DistilleryDoesNotFit,
    NothingToLint,
    ProjectError,
    ProjectNotRecognised,
    ProjectNotSupported,
    ReleaseDefinedTwice,
    ReleaseWithoutErts,
    SourceSyntaxError,
    UnknownFileKind,
    UnreadableDockerfile,
    UnreadableManifest,
)
from imagekit.errors.transient import (
    RegistryUnanswered,
    TransientError,
)
from imagekit.errors.verification import (
    ImageNotReproducible,
    VerificationError,
    VerificationFailed,
)

__all__ = [
    "BaseImageNotFound",
    "BasesDoNotFit",
    "BuildError",
    "BuildFailed",
    "BuilderMissing",
    "CacheRuleBroken",
    "ConfigurationError",
    "DependencyNotCompiled",
    "DiskFull",
    "DistilleryDoesNotFit",
    "EngineError",
    "EngineLost",
    "EngineMissing",
    "EngineRefused",
    "EngineTooOld",
    "ExitCode",
    "FileForAnotherMachine",
    "FileNotInContext",
    "FindingsError",
    "ForeignFile",
    "ImageNotFound",
    "ImageNotReproducible",
    "ImagekitError",
    "InvalidReference",
    "InvalidValue",
    "LibraryNotFound",
    "LibraryOfNoPackage",
    "LintFailed",
    "LockOutOfStep",
    "NothingToLint",
    "NothingToProve",
    "PageNotFound",
    "PinOutOfStep",
    "ProjectError",
    "ProjectNotLoaded",
    "ProjectNotRecognised",
    "ProjectNotSupported",
    "RecipeNotFound",
    "RegistryUnanswered",
    "ReleaseDefinedTwice",
    "ReleaseNotChosen",
    "ReleaseNotFound",
    "ReleaseWithoutErts",
    "RustNotFound",
    "SourceSyntaxError",
    "StaleDockerfile",
    "TransientError",
    "UnknownFileKind",
    "UnknownKey",
    "UnquotableValue",
    "UnreadableConfiguration",
    "UnreadableDockerfile",
    "UnreadableManifest",
    "UnwritableFile",
    "VerificationError",
    "VerificationFailed",
    "closest",
]
