"""`[tls]` of the configuration: files that fit, and one clear line for those that do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tls_servers import Pem, made
from tui.cli.tls import tls_of
from tui.config import ConfigError, Settings, load
from tui.probes.secure import Tls


def _load(folder: Path, text: str) -> Settings:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.fixture
def ours(tmp_path: Path) -> Pem:
    return made(tmp_path, "client")


def test_nothing_said_is_port_802_without_a_certificate() -> None:
    """TLS is meant to be on the port of Modbus/TCP Security, unless something else is written."""
    assert tls_of(Settings()) == Tls()


def test_files_are_relative_to_the_configuration(
    tmp_path: Path, ours: Pem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names count from the file that holds them, and `~` is the user's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir("/")
    settings = _load(
        tmp_path,
        f'[tls]\ncertificate = "{ours.path.name}"\nkey = "~/{ours.key_path.name}"\n'
        f'authority = "{ours.path}"\nports = [802, 8802]\n',
    )
    assert tls_of(settings) == Tls(str(ours.path), str(ours.key_path), str(ours.path), frozenset({802, 8802}))


def test_the_key_may_be_in_the_same_file(tmp_path: Path, ours: Pem) -> None:
    """One file with certificate and key is enough."""
    both = tmp_path / "both.pem"
    both.write_bytes(ours.path.read_bytes() + ours.key_path.read_bytes())
    assert _load(tmp_path, '[tls]\ncertificate = "both.pem"\n').tls.certificate == str(both)


def _missing(_folder: Path, _ours: Pem) -> str:
    return 'certificate = "gone.pem"'


def _no_pem(folder: Path, _ours: Pem) -> str:
    (folder / "text.pem").write_text("not a certificate")
    return 'certificate = "text.pem"'


def _no_key(_folder: Path, ours: Pem) -> str:
    return f'certificate = "{ours.path}"'


def _foreign_key(folder: Path, ours: Pem) -> str:
    return f'certificate = "{ours.path}"\nkey = "{made(folder).key_path}"'


def _locked(folder: Path, _ours: Pem) -> str:
    locked = made(folder, password=b"secret")
    return f'certificate = "{locked.path}"\nkey = "{locked.key_path}"'


def _broken_key(folder: Path, ours: Pem) -> str:
    (folder / "broken.key").write_text("-----BEGIN")
    return f'certificate = "{ours.path}"\nkey = "broken.key"'


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (_missing, "line 4: certificate: {folder}/gone.pem: No such file or directory"),
        (_no_pem, "line 4: certificate: {folder}/text.pem holds no certificate in PEM"),
        (_no_key, "line 4: certificate: {ours} holds no private key in PEM"),
        (_foreign_key, "line 5: key: "),
        (_locked, "line 5: key: "),
        (_broken_key, "line 5: key: {folder}/broken.key holds no private key in PEM"),
        (lambda _folder, ours: f'key = "{ours.key_path}"', "line 4: key: a key needs its certificate"),
        (lambda folder, _ours: f'authority = "{folder}"', "line 4: authority: {folder}: Is a directory"),
        (lambda _folder, ours: f'authority = "{ours.key_path}"', "line 4: authority: "),
        (lambda _folder, _ours: "ports = [70000]", "line 4: ports: "),
        (lambda _folder, _ours: 'certificat = "x"', "line 4: unknown key 'certificat'; did you mean"),
        (lambda _folder, _ours: 'certificate = "a\\u0000b"', "line 4: certificate: "),
    ],
)
def test_what_is_wrong_names_file_line_and_key(
    tmp_path: Path, ours: Pem, written: Callable[[Path, Pem], str], words: str
) -> None:
    """A file that is missing, no PEM, locked or of another key is one line that says where and why."""
    text = f'ports = [502]\n\n[tls]\n{written(tmp_path, ours)}\n[[device]]\naddress = "10.0.0.1"\n'
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, text)
    said = str(error.value)
    assert said.startswith(f"{tmp_path}/config.toml ")
    assert words.format(folder=tmp_path, ours=ours.path) in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('pace = "fast"\ntls = 5\n', "line 2: tls is not a table; write [tls]"),
        ('pace = "fast"\ntls = { key = "x" }\n', "line 2: key: "),
        ('[[device]]\naddress = "10.0.0.1"\nport = 1\n[tls]\nport = 1\n', "line 5: unknown key 'port'"),
    ],
)
def test_the_line_is_found_wherever_it_stands(tmp_path: Path, text: str, words: str) -> None:
    """Written in one line, no table at all, or behind other tables with the same key."""
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, text)
    assert words in str(error.value)
