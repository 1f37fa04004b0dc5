"""The verbs that need no engine: what they print, for people and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from imagekit import eject
from imagekit.cli.explain import pages
from imagekit.settings.template import template

from .conftest import Imagekit


class TestDetect:
    def test_each_value_has_its_source(self, imagekit: Imagekit, shop: Path) -> None:
        ended = imagekit("detect", shop)
        assert ended.code == 0
        assert ended.out.startswith("shop: a plain app\n")
        assert "  shop 1.2.3  mix.exs:5\n" in ended.out
        assert "  elixir ~> 1.15  mix.exs:5\n" in ended.out
        assert ended.err == ""

    def test_what_it_could_not_tell(self, imagekit: Imagekit, shop: Path) -> None:
        (shop / "config").mkdir()
        reads = "import Config\nfor n <- names(), do: System.fetch_env!(n)\n"
        (shop / "config" / "runtime.exs").write_text(reads)
        out = imagekit("detect", shop).out
        assert "\nunknown, and asked of Mix in the build\n" in out
        assert "config/runtime.exs:2" in out

    def test_as_json(self, imagekit: Imagekit, shop: Path) -> None:
        project = imagekit("detect", shop, "--json").json["project"]
        assert project["name"] == "shop"
        assert project["apps"][0]["version"] == {"value": "1.2.3", "source": "mix.exs:5"}
        assert project["paths"] == ["lib/shop.ex", "mix.exs", "mix.lock"]

    def test_an_umbrella(self, imagekit: Imagekit, mall: Path) -> None:
        assert imagekit("detect", mall).out.startswith("mall: an umbrella\n")

    def test_of_the_folder_one_is_in(
        self, imagekit: Imagekit, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(shop)
        assert imagekit("detect").out == imagekit("detect", shop).out


class TestPlan:
    def test_stages_contract_and_why(self, imagekit: Imagekit, shop: Path) -> None:
        ended = imagekit("plan", shop)
        assert ended.code == 0
        assert ended.out.startswith("release    shop  (mix.exs)\n")
        for line in (
            "recipe     debian  (default)",
            "  runtime    from debian:trixie-slim  (recipe debian)",
            "             reads mix.exs, mix.lock, lib/",
            "  user       65532:65532",
            "  command    /app/bin/shop start",
            "  layers     os, erts, deps, app",
        ):
            assert f"{line}\n" in ended.out

    def test_a_check_that_there_is_not_is_refused_before_anything_is_built(
        self, imagekit: Imagekit, shop: Path
    ) -> None:
        (shop / "imagekit.toml").write_text('verify.skip = ["boot.redy"]\n')
        ended = imagekit("plan", shop)
        assert ended.code == 2
        assert "perhaps you meant `boot.ready`" in ended.err

    def test_variables_that_boot_reads_with_their_defaults(
        self, imagekit: Imagekit, shop: Path
    ) -> None:
        (shop / "config").mkdir(exist_ok=True)
        (shop / "config" / "runtime.exs").write_text(
            "import Config\n"
            'config :shop, key: System.fetch_env!("API_KEY"),\n'
            '  pool: String.to_integer(System.get_env("POOL_SIZE") || "10"),\n'
            '  host: System.get_env("APP_HOST")\n'
        )
        ended = imagekit("plan", shop)
        for line in (
            "  requires   API_KEY  (config/runtime.exs:2)",
            "  reads      APP_HOST  (config/runtime.exs:4)",
            "  reads      POOL_SIZE, '10' unless set  (config/runtime.exs:3)",
        ):
            assert f"{line}\n" in ended.out

    def test_which_setting_won(
        self, imagekit: Imagekit, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (shop / "imagekit.toml").write_text('recipe = "alpine"\nport = 80\n')
        monkeypatch.setenv("IMAGEKIT_RECIPE", "debian")
        ended = imagekit("plan", shop, "--toolchain", "distribution")
        assert "recipe     debian  (IMAGEKIT_RECIPE)\n" in ended.out
        assert "toolchain  distribution  (flag --toolchain)\n" in ended.out
        assert "  port = 80  (imagekit.toml)\n" in ended.out

    def test_tables_among_the_settings_are_named(self, imagekit: Imagekit, shop: Path) -> None:
        rule = 'edit = "lib/**"\nmust_reuse = ["deps"]'
        skip = '[verify]\nskip = ["boot.dns", "boot.user"]'
        (shop / "imagekit.toml").write_text(f"[[cache.rule]]\n{rule}\n{skip}\n")
        out = imagekit("plan", shop).out
        assert "  cache.rule  (imagekit.toml)\n" in out
        assert "  verify.skip = boot.dns boot.user  (imagekit.toml)\n" in out

    def test_secrets_among_the_settings_are_named_and_not_shown(
        self, imagekit: Imagekit, shop: Path
    ) -> None:
        secrets = 'network.hex_mirror = "https://me:hunter2@hex"\nverify.env.KEY = "hunter2"\n'
        (shop / "imagekit.toml").write_text(secrets)
        for arguments in (("plan", shop), ("plan", shop, "--json"), ("dockerfile", shop)):
            ended = imagekit(*arguments)
            assert ended.code == 0
            assert "hunter2" not in ended.out + ended.err
        assert "  network.hex_mirror  (imagekit.toml)\n" in imagekit("plan", shop).out

    def test_as_json(self, imagekit: Imagekit, shop: Path) -> None:
        document = imagekit("plan", shop, "--json").json
        plan = document["plan"]
        assert [each["name"] for each in plan["stages"]][-1] == "runtime"
        assert all("kind" in step for each in plan["stages"] for step in each["steps"])
        assert plan["contract"]["ready"]["value"]["kind"] == "AliveReadiness"
        assert document["settings"] == {}

    def test_a_release_can_be_named(self, imagekit: Imagekit, mall: Path) -> None:
        ended = imagekit("plan", mall, "--release", "web")
        assert ended.out.startswith("release    web  (flag --release)\n")

    def test_several_releases_are_a_question_with_an_answer(
        self, imagekit: Imagekit, mall: Path
    ) -> None:
        ended = imagekit("plan", mall)
        assert (ended.code, ended.out) == (2, "")
        assert "releases: jobs, web" in ended.err
        assert "--release jobs" in ended.err


class TestDockerfile:
    def test_the_text_and_nothing_else(self, imagekit: Imagekit, shop: Path) -> None:
        ended = imagekit("dockerfile", shop)
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("# Composed by imagekit")
        assert ended.out.endswith('CMD ["start"]\n')

    def test_nothing_is_written(self, imagekit: Imagekit, shop: Path) -> None:
        before = sorted(shop.rglob("*"))
        imagekit("dockerfile", shop)
        imagekit("dockerfile", shop, "--json")
        assert sorted(shop.rglob("*")) == before

    def test_as_json(self, imagekit: Imagekit, shop: Path) -> None:
        files = imagekit("dockerfile", shop, "--json").json["files"]
        assert set(files) == {
            "Dockerfile",
            ".dockerignore",
            *(f".imagekit/{name}" for name in eject.scripts()),
        }
        assert files["Dockerfile"] == imagekit("dockerfile", shop).out

    def test_written_it_is_up_to_date_until_it_is_edited(
        self, imagekit: Imagekit, shop: Path
    ) -> None:
        assert imagekit("dockerfile", shop, "--check").code == 4
        written = imagekit("dockerfile", shop, "--write")
        assert (written.code, written.out) == (0, "")
        assert "wrote Dockerfile\n" in written.err
        checked = imagekit("dockerfile", shop, "--check")
        assert (checked.code, checked.out, checked.err) == (0, "", "")
        (shop / "Dockerfile").write_text((shop / "Dockerfile").read_text() + "# mine\n")
        stale = imagekit("dockerfile", shop, "--check")
        assert (stale.code, stale.out) == (4, "")
        assert "Dockerfile is out of date" in stale.err

    def test_the_recipe_decides_too(self, imagekit: Imagekit, shop: Path) -> None:
        imagekit("dockerfile", shop, "--write")
        assert imagekit("dockerfile", shop, "--check", "--recipe", "alpine").code == 4

    def test_a_dockerfile_of_ones_own_is_kept(self, imagekit: Imagekit, shop: Path) -> None:
        (shop / "Dockerfile").write_text("FROM elixir\n")
        ended = imagekit("dockerfile", shop, "--write")
        assert ended.code == 2
        assert "imagekit explain foreign-file" in ended.err
        assert (shop / "Dockerfile").read_text() == "FROM elixir\n"
        assert not (shop / ".imagekit").exists()


class TestExplain:
    def test_every_page_can_be_read(self, imagekit: Imagekit) -> None:
        listed = imagekit("explain").out.splitlines()
        names = [line.split()[0] for line in listed if line.startswith("  ")]
        assert sorted(names) == sorted(pages())
        assert "recipe.debian" in names
        for name in names:
            ended = imagekit("explain", name)
            assert (ended.code, ended.err) == (0, "")
            assert ended.out.startswith("# ")

    def test_as_json(self, imagekit: Imagekit) -> None:
        assert imagekit("explain", "--json").json["pages"] == list(pages())
        page = imagekit("explain", "unknown-key", "--json").json
        assert (page["name"], page["text"][:2]) == ("unknown-key", "# ")

    def test_a_name_nearly_right(self, imagekit: Imagekit) -> None:
        ended = imagekit("explain", "unknwon-key")
        assert ended.code == 2
        assert "Perhaps you meant `unknown-key`." in ended.err
        assert len(ended.err.splitlines()) == 3

    def test_pages_are_listed_in_groups_with_their_titles(self, imagekit: Imagekit) -> None:
        groups = [block.split("\n") for block in imagekit("explain").out.rstrip().split("\n\n")]
        assert [heading.split()[0] for heading, *_ in groups] == [
            "Errors,",
            "Checks",
            "Rules",
            "Recipes",
            "What",
            "Notes",
        ]
        lines = [" ".join(line.split()) for _, *lines in groups for line in lines]
        assert "unknown-key An unknown key" in lines
        assert "boot.ready becomes ready within its budget" in lines
        assert "recipe.debian Recipe `debian`" in lines


class TestSyntax:
    @pytest.mark.parametrize("verb", ["detect", "plan", "lint", "init", "why"])
    def test_a_file_is_named_from_where_the_command_runs(
        self, imagekit: Imagekit, shop: Path, monkeypatch: pytest.MonkeyPatch, verb: str
    ) -> None:
        (shop / "mix.exs").write_text("x = [1,, 2]\n")
        assert f"Error: {shop.as_posix()}/mix.exs:1:8: not valid" in imagekit(verb, shop).err
        monkeypatch.chdir(shop)
        assert "Error: mix.exs:1:8: not valid" in imagekit(verb, ".").err


class TestRecipe:
    def test_who_named_one_that_is_not_there_is_said(
        self, imagekit: Imagekit, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (shop / "imagekit.toml").write_text('recipe = "debain"\n')
        told = "imagekit.toml: there is no recipe `debain`."
        assert told in imagekit("plan", shop).err
        assert told in imagekit("lint", shop).err
        monkeypatch.setenv("IMAGEKIT_RECIPE", "minmal")
        assert "IMAGEKIT_RECIPE: there is no recipe `minmal`." in imagekit("plan", shop).err


class TestInit:
    def test_it_writes_the_template(self, imagekit: Imagekit, shop: Path) -> None:
        plan = imagekit("plan", shop).out
        ended = imagekit("init", shop)
        assert (ended.code, ended.out, ended.err) == (0, "", "wrote imagekit.toml\n")
        assert (shop / "imagekit.toml").read_text() == template()
        assert imagekit("plan", shop).out == plan

    def test_as_json(self, imagekit: Imagekit, shop: Path) -> None:
        assert imagekit("init", shop, "--json").json["written"] == ["imagekit.toml"]

    def test_what_is_there_is_kept(self, imagekit: Imagekit, shop: Path) -> None:
        (shop / "imagekit.toml").write_text("port = 1\n")
        ended = imagekit("init", shop)
        assert ended.code == 2
        assert "imagekit did not write it" in ended.err
        assert tomli.loads((shop / "imagekit.toml").read_text()) == {"port": 1}

    def test_a_second_run_says_what_became_of_the_first(
        self, imagekit: Imagekit, shop: Path
    ) -> None:
        imagekit("init", shop)
        assert "is there already, as imagekit wrote it" in imagekit("init", shop).err
        (shop / "imagekit.toml").write_text(f"{template()}port = 1\n")
        ended = imagekit("init", shop)
        assert ended.code == 2
        assert "was edited since imagekit wrote it" in ended.err
        assert "Edit imagekit.toml as it is" in ended.err

    def test_only_a_project_gets_one(self, imagekit: Imagekit, tmp_path: Path) -> None:
        assert imagekit("init", tmp_path).code == 3
        assert list(tmp_path.iterdir()) == []

    def test_the_advice_names_the_verb_that_was_run(self, imagekit: Imagekit, shop: Path) -> None:
        (shop / "imagekit.toml").write_text("port = 1\n")
        assert "dockerfile --write" not in imagekit("init", shop).err
