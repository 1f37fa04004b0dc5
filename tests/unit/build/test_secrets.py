"""Network settings reach the steps as secrets, and are in no event and no error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagekit.build.secrets import NetworkAccess, docker_build_words, network_access
from imagekit.engine.buildx import SecretText
from imagekit.errors import InvalidValue, UnreadableConfiguration
from imagekit.settings.load import load

MIRROR = "https://me:pa%24%24@hex.example.internal:8443/repo"


def access(root: Path, **network: str) -> NetworkAccess:
    variables = {f"IMAGEKIT_NETWORK_{name.upper()}": value for name, value in network.items()}
    return network_access(load(None, variables, {}), root)


def test_nothing_set_is_nothing_handed_over(tmp_path: Path) -> None:
    assert access(tmp_path) == NetworkAccess(secrets=(), proxies={}, hidden=())


def test_a_mirror_is_a_text_that_does_not_show(tmp_path: Path) -> None:
    (secret,) = access(tmp_path, hex_mirror=MIRROR).secrets
    assert (secret.id, secret.source) == ("hex_mirror", SecretText(text=MIRROR))
    assert MIRROR not in repr(secret)


def test_a_hex_repository_is_one_line_of_one_secret(tmp_path: Path) -> None:
    (tmp_path / "acme.pem").write_bytes(b"-----BEGIN PUBLIC KEY-----\n")
    (tmp_path / "key").write_text("k3y-of-acme\n")
    text = """
    [network.hex_repositories]
    acme = { url = "https://hex.acme.internal/repo", public_key = "acme.pem", key = "key" }
    open = { url = "https://hex.open.internal", public_key = "acme.pem" }
    """
    found = network_access(load(text, {}, {}), tmp_path)
    (secret,) = found.secrets
    encoded = "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0K"
    expected = (
        f"acme https://hex.acme.internal/repo {encoded} k3y-of-acme\n"
        f"open https://hex.open.internal {encoded} -\n"
    )
    assert (secret.id, secret.source) == ("hex_repositories", SecretText(text=expected))
    said = found.scrub("401 from hex.acme.internal for k3y-of-acme - no")
    assert said == "401 from [hidden] for [hidden] - no"


def test_a_key_of_a_repository_that_is_not_there_is_named_with_its_setting(tmp_path: Path) -> None:
    text = 'network.hex_repositories.acme = { url = "https://a.internal", public_key = "gone.pem" }'
    with pytest.raises(UnreadableConfiguration) as raised:
        network_access(load(text, {}, {}), tmp_path)
    assert "`network.hex_repositories.acme.public_key`" in raised.value.what


def test_the_key_of_organisations_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k3y-of-all\n")
    found = access(tmp_path, hex_key="key")
    assert [each.id for each in found.secrets] == ["hex_key"]
    assert found.scrub("with k3y-of-all") == "with [hidden]"


@pytest.mark.parametrize("url", ["https://a b", 'https://a"', "ftp://a", "https://a\nb c d"])
def test_no_url_of_a_repository_breaks_its_line(url: str) -> None:
    table = {"url": url, "public_key": "p"}
    flags = {"network.hex_repositories": {"acme": table}}
    with pytest.raises(InvalidValue):
        load(None, {}, flags)


FILES = ("npmrc", "ca_bundle", "apt_sources", "apk_repositories")


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_found_from_the_projects_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/file").touch()
    (secret,) = access(tmp_path, **{name: "deploy/file"}).secrets
    assert (secret.id, secret.source) == (name, (tmp_path / "deploy/file").resolve())


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".npmrc").touch()
    (secret,) = access(Path("/nowhere"), npmrc="~/.npmrc").secrets
    assert secret.source == tmp_path / ".npmrc"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("value", ["missing", ".", "/dev/null/x"])
def test_a_file_that_is_not_there_is_named_with_its_setting(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(UnreadableConfiguration) as raised:
        access(tmp_path, **{name: value})
    assert f"`network.{name}`" in raised.value.what
    assert f"IMAGEKIT_NETWORK_{name.upper()}" in raised.value.what
    assert value in raised.value.found


def test_a_home_that_nobody_has_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfiguration):
        access(tmp_path, npmrc="~nobody-of-that-name/.npmrc")


@pytest.mark.parametrize("name", ["hex_mirror", "http_proxy"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableConfiguration):
        access(tmp_path, **{name: "http://[hex.example"})


def test_proxies_have_the_names_that_buildkit_keeps_out_of_the_history(tmp_path: Path) -> None:
    proxy = "http://proxy.example:3128"
    found = access(tmp_path, http_proxy=proxy, https_proxy=proxy, no_proxy="localhost")
    assert found.proxies == {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": "localhost"}
    assert found.secrets == ()


@pytest.mark.parametrize(
    "line",
    [
        f"GET {MIRROR}/packages/jason failed",
        f"{MIRROR}",
        "connecting to hex.example.internal:8443",
        "could not resolve hex.example.internal",
        "login me:pa%24%24 refused",
        "password pa%24%24 refused",
        "https://hex.example.internal:8443/names",
    ],
)
def test_no_part_of_a_mirrors_address_is_shown(tmp_path: Path, line: str) -> None:
    shown = access(tmp_path, hex_mirror=MIRROR).scrub(line).lower()
    assert "[hidden]" in shown
    for part in ("example", "pa%24"):
        assert part not in shown


def test_a_password_is_not_shown_without_its_escapes_either(tmp_path: Path) -> None:
    assert "pa$$" not in access(tmp_path, hex_mirror=MIRROR).scrub("password pa$$ refused")


def test_a_token_in_the_place_of_the_user_is_not_shown(tmp_path: Path) -> None:
    found = access(tmp_path, http_proxy="http://t0ken-of-mine@proxy.example:3128")
    assert "t0ken-of-mine" not in found.scrub("407: t0ken-of-mine is not authorised")


def test_what_a_loopback_mirror_hides_does_not_garble_the_log(tmp_path: Path) -> None:
    line = "Running on http://localhost:4000 and 127.0.0.1"
    assert access(tmp_path, hex_mirror="http://localhost:4001/").scrub(line) == line


@pytest.mark.parametrize("line", ["* Getting hex_core (Hex package)", "exit 1"])
def test_a_host_with_a_short_name_does_not_garble_the_log(tmp_path: Path, line: str) -> None:
    assert access(tmp_path, hex_mirror="http://hex:8/", http_proxy="http://1:2").scrub(line) == line


names = st.from_regex(r"[a-z]{4,10}\.[a-z]{3,8}", fullmatch=True)
passwords = st.from_regex(r"[A-Za-z0-9]{8,20}", fullmatch=True)


@given(host=names, password=passwords, before=st.text(), after=st.text())
def test_neither_host_nor_password_ever_comes_through(
    host: str, password: str, before: str, after: str
) -> None:
    found = access(Path(), hex_mirror=f"https://me:{password}@{host}/repo")
    for said in (host, password, f"https://{host}/repo", f"https://me:{password}@{host}/repo"):
        shown = found.scrub(before + said + after)
        assert host not in shown
        assert password not in shown


def test_plain_docker_build_is_told_where_the_files_are_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    text = (
        'build.network = "host"\n[network]\nhex_mirror = "https://me:hunter2@hex.internal"\n'
        'npmrc = "~/.npmrc"\nca_bundle = "ca.pem"\nhttps_proxy = "http://me:hunter2@proxy"\n'
    )
    assert docker_build_words(load(text, {}, {}), tmp_path) == (
        *("docker", "build", "--network=host"),
        *("--secret", "id=hex_mirror,src=FILE"),
        *("--secret", "id=npmrc,src=/home/me/.npmrc"),
        *("--secret", f"id=ca_bundle,src={tmp_path}/ca.pem"),
        *("--build-arg", "HTTPS_PROXY"),
        ".",
    )
    assert docker_build_words(load(None, {}, {}), tmp_path) == ("docker", "build", ".")
