"""Modbus/TCP Security: what is no TLS is hung up on, with or without an alert."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Final

from tests.lab.verdict.servers.frame import Given, Serve, Talk, to_all

_CERTIFICATE: Final = Path(__file__).with_name("certificate.pem")
_RECORD: Final = 16 << 10
_ALERT: Final = b"\x15\3\1\0\2\2\x46"  # RFC 5246, 7.2: fatal, protocol_version


def tls(given: Given) -> Talk:
    """A handshake with everybody who begins one; others are hung up on, or get an `alert=1`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_CERTIFICATE)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard, told = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = context.wrap_bio(heard, told, server_side=True)
        while data := await reader.read(_RECORD):
            heard.write(data)
            try:
                session.do_handshake()
            except ssl.SSLWantReadError:
                writer.write(told.read())
            except ssl.SSLError:
                writer.write(told.read() or (_ALERT if given.number("alert", 0) else b""))
                await writer.drain()
                return
            else:
                # The laboratory asks no further: that TLS is spoken is the whole truth.
                writer.write(told.read())
                await writer.drain()
                await reader.read()

    return talk


MANNERS: Final[dict[str, Serve]] = {"tls": to_all(tls)}
