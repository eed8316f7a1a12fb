"""Modbus inside TLS: handshakes with real servers, good and bad, and what is sent and read inside."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers import Talk as Manner
from tests.servers import serving
from tests.tls_servers import greeted, inside_tls, made, opened, server_context, tls_server
from tests.waiting import until
from tui import limits
from tui.probes import secure as secure_probe
from tui.probes.secure import SecureConnection, Tls, secure
from tui.probes.talk import Talk
from tui.probes.tcp import LetGoError
from tui.probes.tls import TlsAnswer

_SPEAKS: Final = TlsAnswer(True, 0.0, "TLS 1.2 ServerHello")
_BOTH: Final = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@_BOTH
@pytest.mark.parametrize("wants", ["no", "optional"])
async def test_modbus_is_read_inside_tls(tmp_path: Path, version: ssl.TLSVersion, wants: str) -> None:
    """A real server, of either version: greeted, shaken hands with, read from, and left by FIN."""
    pem = made(tmp_path)
    context = server_context(pem, wants=pem if wants == "optional" else None, optional=True, version=version)
    with tls_server(context) as served:
        answer = await greeted(served.port)
        connection, shaken = await secure(await opened(served.port), answer, Tls())
        assert connection is not None
        async with Talk(connection) as talk:
            answers = [await talk.ask(1, 5.0) for _ in range(3)]
        closed = await connection.close()
    assert [found.value for found in answers] == [5, 5, 5]
    assert (shaken.done, shaken.asked, shaken.chain) == (True, wants == "optional", (pem.der,))
    assert shaken.detail.startswith(version.name.replace("TLSv", "TLS ").replace("_", "."))
    assert closed == "fin"
    assert served.shaken == 1


@_BOTH
async def test_a_server_that_wants_a_certificate_says_so(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Without one it refuses, by whichever way its version has; with one that it trusts it answers."""
    pem, authority = made(tmp_path), made(tmp_path, "plant")
    client = made(tmp_path, "client", by=authority)
    with tls_server(server_context(pem, wants=authority, version=version)) as served:
        assert await _refused(served.port, Tls()) in {"handshake failure", "certificate required"}
        connection = await inside_tls(served.port, Tls(str(client.path), str(client.key_path)))
        async with Talk(connection) as talk:
            assert (await talk.ask(1, 5.0)).value == 5
        await connection.close()


@_BOTH
async def test_a_certificate_that_is_not_accepted_is_told_apart(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """One of a foreign authority is refused, which is not the want of one."""
    pem, foreign = made(tmp_path), made(tmp_path, "foreign")
    with tls_server(server_context(pem, wants=pem, version=version)) as served:
        refused = await _refused(served.port, Tls(str(foreign.path), str(foreign.key_path)))
    assert refused in {"unknown ca", "bad certificate", "decrypt error"}


async def _refused(port: int, ours: Tls) -> str:
    plain = await opened(port)
    connection, shaken = await secure(plain, _SPEAKS, ours)
    assert shaken.asked
    if connection is None:
        await plain.close()
        return shaken.refused
    async with Talk(connection) as talk:
        assert (await talk.listen(5.0)).ended == "reset"
    await connection.close()
    return connection.refused


async def test_a_certificate_of_ours_that_is_gone_costs_no_answer(tmp_path: Path) -> None:
    """A file that vanished since the start is told, and the handshake goes on without it."""
    with tls_server(server_context(made(tmp_path))) as served:
        connection, shaken = await secure(await opened(served.port), _SPEAKS, Tls(str(tmp_path / "gone.pem")))
        assert connection is not None
        await connection.close()
    assert (shaken.offered, shaken.trouble) == (False, "No such file or directory")


def _begins(data: bytes, *, ends: bool = False) -> Manner:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2048)
        writer.write(data)
        await writer.drain()
        if ends:
            writer.close()

    return talk


async def _flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(2048)
    while True:
        writer.write(b"\x16\3\3\x40\0" + b"\2\0\x3f\xfc" + bytes(16380))
        await writer.drain()


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        (_begins(b""), "no end within 0.3 s"),
        (_begins(b"\x16\3\3\0\x5a\2\0\0"), "no end within 0.3 s"),
        (_begins(b"\x16\3\3\0\x5a\2\0\0", ends=True), "closed by the device"),
        (_begins(b"\x15\3\3\0\2\2\x28"), "handshake failure"),
        (_begins(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ""),
        (_begins(b"\0\1\0\0\0\5\1\3\2\0\5"), ""),
        (_flood, ""),
    ],
)
async def test_a_handshake_that_goes_wrong_ends_in_time(manner: Manner, words: str) -> None:
    """Stalls, ends, alerts and bytes that are no TLS end the handshake with a word, never with a wait."""
    async with serving(manner) as (port, _):
        connection = await opened(port)
        secured, shaken = await secure(connection, _SPEAKS, Tls(), 0.3)
        assert await connection.close() in {"fin", "reset", "fin-acked", "unconfirmed"}
    assert (secured, shaken.done, shaken.refused) == (None, False, "")
    assert words in shaken.detail
    assert shaken.seconds < 5


@asynccontextmanager
async def _inside(folder: Path, answer: bytes) -> AsyncIterator[SecureConnection]:
    with tls_server(server_context(made(folder)), answer=answer) as served:
        connection = await inside_tls(served.port)
        try:
            yield connection
        finally:
            await connection.close()


async def test_what_is_read_inside_tls_is_bounded(tmp_path: Path) -> None:
    """An endless answer is read as far as a plain one, and then no more."""
    async with _inside(tmp_path, bytes(60_000)) as connection:
        read = 0
        await connection.send(b"\0\x81\0\0\0\6\1\3\0\0\0\1")
        while data := await connection.receive():
            read += len(data)
        assert read == limits.ANSWER_BYTES


async def test_who_waits_inside_tls_gives_way(tmp_path: Path) -> None:
    """Let go by somebody else, a wait ends at once and nothing more is sent."""
    async with _inside(tmp_path, b"") as connection:
        waiting = asyncio.ensure_future(connection.receive())
        await asyncio.sleep(0)
        connection.let_go()
        await until(waiting.done)
        with pytest.raises(LetGoError):
            waiting.result()
        with pytest.raises(LetGoError):
            await connection.send(b"\0\x81\0\0\0\6\1\3\0\0\0\1")


@given(st.binary(max_size=400), st.booleans())
def test_arbitrary_bytes_are_some_chain_or_none(data: bytes, extended: bool) -> None:
    """A hostile Certificate message ends in few pieces that are all in it."""
    found = secure_probe._chain(b"\x0b\0\0\0" + data, extended=extended)
    assert len(found) <= limits.CHAIN
    assert all(piece in data for piece in found)
