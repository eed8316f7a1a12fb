"""`port502 check` where TLS is: what the certificate says, who is refused, and the exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.servers import HOST, answer, serving
from tests.tls_servers import Pem, made, server_context, tls_server

_SOON: Final = (-10, 12.5)
_PAST: Final = (-30, -12.5)


async def _check(folder: Path, port: int, *lines: str, meant: bool = True) -> tuple[int, dict[str, Any]]:
    """Exit code and object; *lines* are further ones of `[tls]`, *meant* whether TLS is meant to be there."""
    config = folder / "config.toml"
    config.write_text("\n".join(["[tls]", *([f"ports = [{port}]"] if meant else []), *lines]))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "check", f"{HOST}:{port}", "--json", "--config", str(config),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder)},
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(said)


def _told(found: dict[str, Any]) -> str:
    return "; ".join(f"{line['asked']}: {line['answer']}" for line in found["evidence"])


@pytest.mark.parametrize(
    ("days", "code", "title"),
    [
        ((-10, 99.5), 0, "Modbus answers inside TLS."),
        (_SOON, 1, "Modbus answers inside TLS, but its certificate expires in 12 days, on "),
        (_PAST, 1, "Modbus answers inside TLS, but its certificate expired 12 days ago, on "),
    ],
)
async def test_modbus_in_tls_where_it_is_meant_to_be_is_healthy(
    tmp_path: Path, days: tuple[float, float], code: int, title: str
) -> None:
    """Exit 0, or 1 where the certificate has ended or soon will."""
    with tls_server(server_context(made(tmp_path, days=days))) as served:
        came, found = await _check(tmp_path, served.port)
    assert (came, found["verdict"]["cause"]) == (code, "healthy")
    assert found["verdict"]["title"].startswith(title)
    assert "its certificate: of plc-7, signed by itself, expire" in _told(found)
    assert "inside TLS: register 0 is 5" in _told(found)
    assert any("give it a new certificate" in line for line in found["verdict"]["remedies"]) == (code == 1)
    assert served.shaken == 1
    assert found["cost"]["connections"] <= 3


async def test_tls_where_plain_modbus_was_meant_is_the_cause(tmp_path: Path) -> None:
    """The verdict is that TLS is wanted, and says that Modbus answers inside it."""
    with tls_server(server_context(made(tmp_path, names=("10.9.9.9",)))) as served:
        code, found = await _check(tmp_path, served.port, meant=False)
    assert (code, found["verdict"]["cause"], found["verdict"]["certainty"]) == (2, "tls-only", "proven")
    assert found["verdict"]["title"] == "It wants TLS: Modbus answers inside it, not in plain."
    assert f"made out for 10.9.9.9, not for {HOST}" in _told(found)


async def test_a_certificate_that_it_does_not_trust_is_named(tmp_path: Path) -> None:
    """Refused with the configured certificate: that one is the trouble, not the want of one."""
    device, foreign = made(tmp_path), made(tmp_path, "foreign")
    lines = (f'certificate = "{foreign.path}"', f'key = "{foreign.key_path}"')
    with tls_server(server_context(device, wants=device)) as served:
        code, found = await _check(tmp_path, served.port, *lines)
    assert (code, found["verdict"]["cause"]) == (2, "tls-only")
    assert found["verdict"]["title"] == "It wants TLS and does not accept our certificate."
    assert "it does not accept ours (" in _told(found)


@pytest.fixture
def plant(tmp_path: Path) -> tuple[Pem, Pem, Pem]:
    """A device's certificate, the plant's authority that signed it, and a client's of the same."""
    authority = made(tmp_path, "plant CA")
    return made(tmp_path, by=authority), authority, made(tmp_path, "client", by=authority)


async def test_a_device_that_wants_a_certificate_names_the_remedy(
    tmp_path: Path, plant: tuple[Pem, Pem, Pem]
) -> None:
    """Refused for the want of one: a fault, with the line of the configuration that would help."""
    device, authority, _ = plant
    with tls_server(server_context(device, wants=authority)) as served:
        code, found = await _check(tmp_path, served.port)
    assert (code, found["verdict"]["cause"]) == (2, "tls-only")
    assert found["verdict"]["title"] == "It wants TLS and a certificate of the client's."
    assert any("[tls]" in line for line in found["verdict"]["remedies"])
    assert "it wants one; none is configured (certificate required)" in _told(found)


async def test_the_configured_certificate_opens_the_door(tmp_path: Path, plant: tuple[Pem, Pem, Pem]) -> None:
    """With the client's certificate of the configuration Modbus answers, and the authority is recognised."""
    device, authority, client = plant
    lines = (
        f'certificate = "{client.path.name}"',
        f'key = "{client.key_path.name}"',
        f'authority = "{authority.path.name}"',
    )
    with tls_server(server_context(device, wants=authority)) as served:
        code, found = await _check(tmp_path, served.port, *lines)
    assert (code, found["verdict"]["cause"]) == (0, "healthy")
    assert "it wants one, and took ours" in _told(found)
    assert "issued by plant CA" in _told(found)
    assert "; signed by your authority" in _told(found)


async def test_a_gateway_inside_tls_is_a_gateway(tmp_path: Path) -> None:
    """What is said inside TLS means what it means without: further unit ids are asked there too."""
    with tls_server(server_context(made(tmp_path)), answer=b"\x83\x0b") as served:
        code, found = await _check(tmp_path, served.port)
    assert (code, found["verdict"]["cause"]) == (2, "gateway-target")
    assert served.shaken == 1
    assert len(served.heard) >= 3 * 12


async def test_a_plain_modbus_server_gets_no_greeting_at_all(tmp_path: Path) -> None:
    """Where plain Modbus answers it is believed, on a port of TLS too, and no TLS is tried."""
    async with serving(answer) as (port, log):
        code, found = await _check(tmp_path, port)
    assert (code, found["verdict"]["cause"], log.opened) == (0, "healthy", 1)


async def test_a_handshake_that_fails_is_told(tmp_path: Path) -> None:
    """It answers all of TLS by alert: TLS is still the cause, and the title says what failed."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"\x15\3\3\0\2\2\x28")

    async with serving(refuse) as (port, log):
        code, found = await _check(tmp_path, port)
        assert log.most_at_once == 1
    assert (code, found["verdict"]["cause"]) == (2, "tls-only")
    assert found["verdict"]["title"] == "It speaks TLS, but the handshake fails: handshake failure."
