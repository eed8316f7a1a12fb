"""TLS where Modbus may be."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import servers
from tui.clean import SAFE_PATTERN
from tui.probes import modbus, tls
from tui.probes.tcp import Connection, connect
from tui.probes.tls import TlsAnswer
from tui.records import Target

_needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl program")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    paths = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
         "-subj", "/CN=plc", "-days", "2", "-out", paths[0], "-keyout", paths[1]],
        check=True, capture_output=True, timeout=20,
    )  # fmt: skip
    return paths


@contextmanager
def _tls_server(context: ssl.SSLContext) -> Iterator[int]:
    """A server on blocking sockets, one client after the other: asyncio's drops the alert it should send."""

    def serve() -> None:
        with suppress(OSError):  # the listener's end
            while True:
                client, _ = listener.accept()
                with client, suppress(OSError), context.wrap_socket(client, server_side=True) as secured:
                    secured.recv(1)

    with socket.create_server((servers.HOST, 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


async def _open(port: int) -> Connection:
    connection, outcome = await connect(Target(servers.HOST, port), 2.0)
    assert connection is not None, outcome
    return connection


async def _ask(port: int, wait_s: float = 10.0) -> TlsAnswer:
    connection = await _open(port)
    answer = await tls.ask(connection, wait_s)
    await connection.close()
    return answer


@_needs_openssl
@pytest.mark.parametrize(
    ("version", "suites", "detail"),
    [
        (ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256:@SECLEVEL=0", "TLS 1.2 ServerHello"),
        (ssl.TLSVersion.TLSv1_2, "DEFAULT", "TLS alert 40 handshake failure"),
        (ssl.TLSVersion.TLSv1_3, "DEFAULT", "TLS alert 70 protocol version"),
    ],
)
@pytest.mark.parametrize("mutual", [False, True])
async def test_a_tls_server_is_recognised(
    certificate: tuple[Path, Path], version: ssl.TLSVersion, suites: str, detail: str, *, mutual: bool
) -> None:
    """A real server greets back or refuses, whatever version it speaks, wanting a certificate or not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.set_ciphers(suites)
    context.minimum_version = context.maximum_version = version
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate[0])
    with _tls_server(context) as port:
        answer = await _ask(port)
    assert (answer.speaks, answer.detail) == (True, detail)


async def test_a_refusal_by_alert_is_tls_too() -> None:
    """A real server without a certificate refuses every suite: that is an alert, and TLS."""
    with _tls_server(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as port:
        answer = await _ask(port)
    assert (answer.speaks, answer.detail) == (True, "TLS alert 40 handshake failure")


async def test_a_plain_read_at_a_tls_server_earns_an_alert() -> None:
    """Plain bytes to a TLS port come back as an alert, known as one, and not as Modbus."""
    with _tls_server(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)) as port:
        connection = await _open(port)
        answer = await modbus.read(connection, 1, 5.0)
        await connection.close()
    assert answer.reply in {"other", "reset"}
    assert answer.reply == "reset" or modbus.tls_alert(answer.raw)


@pytest.mark.parametrize(
    ("reply", "speaks"),
    [
        (b"\x15\3\3\0\2\2\x74", True),
        (b"\x15\3\3\0\2\2\xfe", True),
        (b"\x15\3\3\0\2\3\x28", False),
        (b"\x15\3\3\0\2\2", False),
        (b"\x15\3\3\xff\xff" + bytes(40), False),
        (b"\x16\3\3\0\2\2\0", False),
        (b"\x16\3\3\xff\xff\2\0\0\x30" + bytes(900), False),
        (b"\x16\3\3\0\x40\1\0\0\x3c" + bytes(60), False),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
        (b"\0\1\0\0\0\5\1\3\2\0\5", False),
        (b"", False),
    ],
)
async def test_what_is_not_tls_is_told_so(reply: bytes, *, speaks: bool) -> None:
    """Half an alert, impossible lengths, a ClientHello come back, HTTP, Modbus and silence are no TLS."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2048)
        for byte in reply:
            writer.write(bytes([byte]))
        await writer.drain()

    async with servers.serving(say) as (port, _):
        answer = await _ask(port, 0.3)
    assert answer.speaks == speaks
    assert len(answer.raw) <= 1024


async def test_a_stream_without_end_is_read_within_bounds() -> None:
    """A peer that floods ends the question at once."""

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2048)
        while not writer.is_closing():
            writer.write(b"\x16" * 65536)
            await writer.drain()

    async with servers.serving(flood) as (port, _):
        answer = await _ask(port, 20.0)
    assert not answer.speaks
    assert answer.seconds < 5.0


async def test_a_close_is_told_at_once() -> None:
    """A server that hangs up on the greeting is not waited for."""
    async with servers.serving(servers.hang_up) as (port, _):
        answer = await _ask(port, 20.0)
    assert not answer.speaks
    assert answer.seconds < 5.0


def test_the_greeting_is_one_that_servers_parse() -> None:
    """Its lengths agree and its random bytes differ from one greeting to the next."""
    hello = tls.greeting()
    assert len(hello) == 5 + int.from_bytes(hello[3:5], "big") == 9 + int.from_bytes(hello[6:9], "big")
    assert tls.greeting() != hello


@given(
    st.binary(min_size=1, max_size=1200),
    st.sampled_from([b"", b"\x16\3\3", b"\x15\3\3\0\2", b"\x16\3\3\0\x5a\2\0\0\x56"]),
)
def test_arbitrary_bytes_end_in_inert_words(data: bytes, start: bytes) -> None:
    """Hostile bytes never crash the reading of a greeting."""
    answer = tls.judge(start + data, 0.1)
    assert answer is None or re.search(SAFE_PATTERN, answer.detail)
