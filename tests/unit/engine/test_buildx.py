"""A build from request to result, with buildx played from tape."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from imagekit.engine.builder import find_builder
from imagekit.engine.buildx import (
    BuildRequest,
    BuildResult,
    BuildSecret,
    IntoBuilder,
    IntoEngine,
    IntoRegistry,
    LocalFolder,
    OciArchive,
    Output,
    SecretText,
    build,
)
from imagekit.engine.events import BuildEvent, StepCached
from imagekit.engine.process import Finished
from imagekit.errors import BuilderMissing, BuildFailed, EngineError, RegistryUnanswered

from .fakes import FakeApi, FakeProcesses, api_error, buildx, engine, finished

STREAMS = Path(__file__).parents[3] / "fixtures" / "engine" / "streams"
MANIFEST, CONFIG = "sha256:" + "a" * 64, "sha256:" + "b" * 64
TOLD = {"containerimage.digest": MANIFEST, "containerimage.config.digest": CONFIG}
BUILD = ("docker", "buildx", "build")


def stream(case: str) -> str:
    return (STREAMS / case / "stream.jsonl").read_text(encoding="utf-8")


def option(argv: Sequence[str], name: str) -> str:
    return argv[argv.index(name) + 1]


class Buildx:
    """Writes what buildx would, and remembers what it saw in the private folder."""

    def __init__(self, case: str = "cold", *, status: int = 0, told: Any = TOLD) -> None:
        self.case, self.status, self.told = case, status, told
        self.folder: Path | None = None
        self.seen: dict[str, tuple[str, int]] = {}
        self.command: tuple[str, ...] = ()
        self.then: Callable[[], None] = lambda: None

    def __call__(self, argv: Sequence[str]) -> Finished:
        self.command = tuple(argv)
        self.folder = Path(option(argv, "--file")).parent
        assert self.folder.stat().st_mode & 0o077 == 0
        self.seen = {
            path.name: (path.read_text(), path.stat().st_mode & 0o777)
            for path in self.folder.iterdir()
        }
        if self.told is not None:
            Path(option(argv, "--metadata-file")).write_text(json.dumps(self.told))
        output = option(argv, "--output")
        dest = output.partition("dest=")[2].partition(",")[0]
        if output.startswith("type=local"):
            Path(dest).mkdir()
            (Path(dest) / "file").touch()
        elif dest:
            Path(dest).write_bytes(b"an archive")
        self.then()
        return finished(stream(self.case), status=self.status)


def run(
    tape: Buildx,
    output: Output | None = None,
    *,
    api: FakeApi | None = None,
    on_event: Callable[[BuildEvent], None] = lambda _: None,
    kind: str = "docker-26-containerd",
    environment: dict[str, str] | None = None,
    **request: Any,
) -> tuple[BuildResult, FakeApi, FakeProcesses]:
    api = api or FakeApi(tag=True, load_image=[], inspect_image={"RepoTags": []}, remove_image=None)
    processes = FakeProcesses({**buildx(kind), BUILD: tape})
    asked = BuildRequest(
        context=Path("/project"), dockerfile="FROM x\n", output=output or IntoEngine(), **request
    )
    used = engine(api, kind=kind, processes=processes, environment=environment)
    return build(used, asked, on_event), api, processes


@pytest.fixture(autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


def test_an_image_comes_into_the_engine_without_a_tag() -> None:
    tape = Buildx()
    events: list[BuildEvent] = []
    result, api, _ = run(tape, on_event=events.append)
    assert (result.image_id, result.digest, result.config_digest) == (MANIFEST, MANIFEST, CONFIG)
    assert [stage.name for stage in result.stages] == [
        "assets",
        "imagekit",
        "deps",
        "release",
        "runtime",
    ]
    assert not any(stage.cached for stage in result.stages)
    assert not result.timestamps_rewritten
    assert option(tape.command, "--output") == "type=image,oci-mediatypes=true"
    assert api.calls == []
    assert events


def test_a_builder_that_is_known_is_not_asked_again() -> None:
    tape = Buildx()
    processes = FakeProcesses({**buildx(), BUILD: tape})
    used = engine(FakeApi(), processes=processes)
    known = replace(find_builder(used), driver="docker-container")
    processes.commands.clear()
    api = FakeApi(load_image=[])
    request = BuildRequest(context=Path("/project"), dockerfile="FROM x\n", output=IntoEngine())
    build(replace(used, api=api), request, lambda _: None, known)
    assert [command[2] for command in processes.commands] == ["build"]
    assert len(api.called("load_image")) == 1


def test_the_tag_comes_last() -> None:
    tape = Buildx()
    _, api, _ = run(tape, IntoEngine(tag="127.0.0.1:5000/a:b"))
    assert "a:b" not in " ".join(tape.command)
    assert api.called("tag") == [(MANIFEST, "127.0.0.1:5000/a", "b")]


def test_an_image_that_is_pushed_is_left_in_no_store() -> None:
    tape, pushed = Buildx(), IntoRegistry(reference="127.0.0.1:5000/a:b")
    _, api, _ = run(tape, pushed)
    assert option(tape.command, "--output") == (
        "type=image,name=127.0.0.1:5000/a:b,push=true,oci-mediatypes=true"
    )
    assert api.called("remove_image") == [("127.0.0.1:5000/a:b",)]
    with pytest.raises(BuildFailed):
        run(Buildx("run-fails", status=1), pushed, api=api)
    assert len(api.called("remove_image")) == 2


def test_another_builder_pushes_from_its_own_store() -> None:
    other = finished("Name: ci\nDriver: docker-container\n")
    ends = {**buildx(), ("docker", "buildx", "inspect"): other, BUILD: Buildx()}
    api = FakeApi()
    asked = BuildRequest(
        context=Path("/p"), dockerfile="", output=IntoRegistry(reference="127.0.0.1:5000/a:b")
    )
    build(engine(api, processes=FakeProcesses(ends)), asked, lambda _: None)
    assert api.calls == []


def test_a_build_may_leave_nothing_but_cache_mounts() -> None:
    tape = Buildx()
    result, api, _ = run(tape, IntoBuilder())
    assert option(tape.command, "--output") == "type=cacheonly"
    assert (result.image_id, api.calls) == (None, [])


def test_a_build_has_a_limit_where_it_asks_for_one() -> None:
    events: list[BuildEvent] = []
    result, _, processes = run(Buildx(), IntoBuilder(), on_event=events.append, limit_seconds=7.0)
    assert result.stages
    assert events
    assert processes.limits[-1] == 7.0

    def never(_: Sequence[str]) -> Finished:
        return finished(status=None, errors="docker: no end within 7.0 s")

    used = engine(FakeApi(), processes=FakeProcesses({**buildx(), BUILD: never}))
    asked = BuildRequest(context=Path("/p"), dockerfile="", limit_seconds=7.0)
    with pytest.raises(BuildFailed) as raised:
        build(used, asked, lambda _: None)
    assert raised.value.output == ("docker: no end within 7.0 s",)


def test_all_cached() -> None:
    events: list[BuildEvent] = []
    result, _, _ = run(Buildx("all-cached"), on_event=events.append)
    assert all(stage.cached and stage.seconds == 0 for stage in result.stages)
    assert any(isinstance(event, StepCached) for event in events)


def test_a_cache_that_is_missing_or_does_not_answer_is_told_and_fails_nothing() -> None:
    events: list[BuildEvent] = []
    result, _, _ = run(Buildx("cache-missing"), on_event=events.append)
    (told,) = result.cache_problems
    assert told in events
    assert (told.during, told.cache) == ("read", "registry.example.internal/tiny:main")
    assert told.problem.endswith("registry.example.internal/tiny:main: not found")
    assert result.cache_written
    assert result.caches_read == ()
    result, _, _ = run(Buildx("cache-unanswered"))
    assert [each.during for each in result.cache_problems] == ["read", "write"]
    assert not result.cache_written


def test_a_build_that_breaks_on_a_cache_is_done_again_without_it() -> None:
    tape, commands = Buildx("cache-layer-lost", status=1, told=None), []

    def play(argv: Sequence[str]) -> Finished:
        commands.append(tuple(argv))
        if len(commands) == 2:
            tape.case, tape.status, tape.told = "cold", 0, TOLD
        return tape(argv)

    asked = BuildRequest(
        context=Path("/p"), dockerfile="", cache_from=("ref",), cache_to=("type=local,dest=/c",)
    )
    events: list[BuildEvent] = []
    used = engine(FakeApi(), processes=FakeProcesses({**buildx(), BUILD: play}))
    result = build(used, asked, events.append)
    assert [("--cache-from" in each, "--cache-to" in each) for each in commands] == [
        (True, True),
        (False, True),
    ]
    assert result.image_id == MANIFEST
    (told,) = result.cache_problems
    assert told in events
    assert told.cache == "registry.example.internal/tiny:main"
    assert "could not fetch content descriptor" in told.problem


def test_a_build_that_lost_the_race_for_its_image_s_name_is_done_again() -> None:
    tape, commands = Buildx("name-taken", status=1, told=None), []

    def play(argv: Sequence[str]) -> Finished:
        commands.append(argv)
        if len(commands) == 2:
            tape.case, tape.status, tape.told = "all-cached", 0, TOLD
        return tape(argv)

    used = engine(FakeApi(), processes=FakeProcesses({**buildx(), BUILD: play}))
    asked = BuildRequest(context=Path("/p"), dockerfile="")
    assert build(used, asked, lambda _: None).image_id == MANIFEST
    assert len(commands) == 2


def test_one_that_always_loses_it_fails() -> None:
    tape = Buildx("name-taken", status=1, told=None)
    with pytest.raises(BuildFailed, match="exporting to image"):
        run(tape)


def test_one_that_breaks_without_a_cache_is_not_done_again() -> None:
    with pytest.raises(BuildFailed):
        run(Buildx("run-fails", status=1), cache_from=("ref",))


def test_a_cache_that_must_be_written_fails_the_build_that_asks_for_it() -> None:
    with pytest.raises(RegistryUnanswered, match=r"exporting cache to registry"):
        run(Buildx("cache-unwritten", status=1))


def test_the_private_folder_holds_the_files_and_goes() -> None:
    tape = Buildx()
    run(tape, dockerignore="*\n", secrets=(BuildSecret(id="t", source=SecretText(text="hunter2")),))
    assert tape.seen == {
        "Dockerfile": ("FROM x\n", tape.seen["Dockerfile"][1]),
        "Dockerfile.dockerignore": ("*\n", tape.seen["Dockerfile.dockerignore"][1]),
        "secret-0": ("hunter2", 0o600),
    }
    assert "hunter2" not in " ".join(tape.command)
    assert tape.folder is not None
    assert not tape.folder.exists()


def test_rewritten_timestamps_go_by_way_of_an_archive() -> None:
    """moby/buildkit#4230: the image store's exporter unpacks, which excludes rewriting."""
    tape = Buildx()
    result, api, _ = run(tape, source_date_epoch=7)
    assert result.timestamps_rewritten
    assert result.image_id == MANIFEST
    assert option(tape.command, "--build-arg") == "SOURCE_DATE_EPOCH=7"
    assert option(tape.command, "--output").startswith("type=oci,dest=")
    assert option(tape.command, "--output").endswith(",rewrite-timestamp=true")
    assert len(api.called("load_image")) == 1
    kept, _, _ = run(Buildx(), source_date_epoch=7, rewrite_timestamps=False)
    assert not kept.timestamps_rewritten


def test_a_compression_is_for_every_layer_wherever_the_image_goes() -> None:
    tape, archived = Buildx(), Buildx()
    run(tape, compression="zstd")
    run(archived, compression="gzip", source_date_epoch=7)
    assert option(tape.command, "--output").endswith(
        ",compression=zstd,force-compression=true,compression-level=19"
    )
    assert option(archived.command, "--output").endswith(
        ",rewrite-timestamp=true,compression=gzip,force-compression=true"
    )


def test_the_classic_store_rewrites_nothing_and_says_so() -> None:
    tape = Buildx(told={**TOLD, "containerimage.digest": CONFIG})
    result, _, _ = run(tape, kind="docker-26-classic", source_date_epoch=7)
    assert not result.timestamps_rewritten
    assert result.image_id == CONFIG
    assert option(tape.command, "--output") == "type=image,oci-mediatypes=true"


def test_another_driver_s_image_is_known_by_its_config_in_the_classic_store() -> None:
    tape = Buildx()
    processes = FakeProcesses(
        {
            **buildx(),
            ("docker", "buildx", "inspect"): finished("Name: ci\nDriver: docker-container\n"),
            BUILD: tape,
        }
    )
    api = FakeApi(load_image=[{"stream": "Loaded"}])
    used = engine(api, kind="docker-26-classic", processes=processes)
    result = build(used, BuildRequest(context=Path("/p"), dockerfile=""), lambda _: None)
    assert result.image_id == CONFIG
    assert option(tape.command, "--output").startswith("type=oci,dest=")


def test_an_archive_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out" / "image.tar"
    target.parent.mkdir()
    target.write_bytes(b"an older one")
    with pytest.raises(BuildFailed):
        run(Buildx("run-fails", status=1), OciArchive(path=target))
    assert target.read_bytes() == b"an older one"
    result, _, _ = run(Buildx(), OciArchive(path=target))
    assert target.read_bytes() == b"an archive"
    assert result.image_id is None
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_is_filled(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "out" / "files"
    target.parent.mkdir()
    if there:
        target.mkdir()
        (target / "older").touch()
    run(Buildx(), LocalFolder(path=target))
    assert {path.name for path in target.iterdir()} == {"file"} | ({"older"} if there else set())
    assert list(target.parent.iterdir()) == [target]


def test_a_failed_step() -> None:
    tape = Buildx("run-fails", status=1, told=None)
    with pytest.raises(BuildFailed) as raised:
        run(tape)
    assert (raised.value.stage, raised.value.status) == ("release", 3)
    assert raised.value.output[-1] == "line 30"
    assert tape.folder is not None
    assert not tape.folder.exists()


def test_a_builder_that_cannot_write_archives(tmp_path: Path) -> None:
    with pytest.raises(BuilderMissing):
        run(
            Buildx("no-oci-export", status=1),
            OciArchive(path=tmp_path / "x"),
            kind="docker-26-classic",
        )
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_an_interrupted_build_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    def interrupt(_: BuildEvent) -> None:
        raise error

    tape = Buildx()
    api = FakeApi(inspect_image={"RepoTags": []}, remove_image=None)
    with pytest.raises(error):
        run(tape, api=api, on_event=interrupt)
    assert api.called("remove_image") == [(MANIFEST,)]
    assert list((tmp_path / "tmp").iterdir()) == []
    with pytest.raises(error):
        run(Buildx(), OciArchive(path=tmp_path / "image.tar"), on_event=interrupt)
    with pytest.raises(error):
        run(Buildx(), LocalFolder(path=tmp_path / "files"), on_event=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]


def test_an_image_that_is_tagged_already_outlives_an_interrupted_rebuild() -> None:
    def interrupt(_: BuildEvent) -> None:
        raise KeyboardInterrupt

    api = FakeApi(inspect_image={"RepoTags": ["mine:1"]}, remove_image=None)
    with pytest.raises(KeyboardInterrupt):
        run(Buildx(), api=api, on_event=interrupt)
    assert api.called("remove_image") == []


def test_a_lost_engine_does_not_hide_the_interruption() -> None:
    def interrupt(_: BuildEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(Buildx(), api=FakeApi(inspect_image=api_error(500, "gone")), on_event=interrupt)


@pytest.mark.parametrize("told", [None, [], {}, {"containerimage.digest": 3}])
def test_a_builder_that_tells_no_digest(told: Any) -> None:
    with pytest.raises(EngineError, match="the build"):
        run(Buildx(told=told))


def test_an_archive_that_the_engine_refuses() -> None:
    api = FakeApi(load_image=[{"error": "no space left"}], inspect_image=api_error(404, "x"))
    with pytest.raises(EngineError) as raised:
        run(Buildx(), api=api, source_date_epoch=7)
    assert raised.value.problem == "no space left"


def test_the_user_s_environment_changes_no_image() -> None:
    _, _, processes = run(
        Buildx(),
        environment={"PATH": "/bin", "SOURCE_DATE_EPOCH": "1", "BUILDX_GIT_LABELS": "full"},
    )
    assert processes.environments[-1] == {"PATH": "/bin", "BUILDX_GIT_INFO": "false"}
