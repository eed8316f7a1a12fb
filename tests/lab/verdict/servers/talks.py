"""What is said on a connection: right, by exception, for some units only, in other framings and protocols."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.lab.verdict.servers.frame import Given, Serve, Talk, answer_all, requests, to_all

_PIECE: Final = 512
_BANNERS: Final = {"ssh": b"SSH-2.0-OpenSSH_9.2p1\r\n", "telnet": b"\xff\xfd\x18\xff\xfd\x20\r\nlogin: "}


def healthy(_: Given) -> Talk:
    """Every request is answered."""
    return answer_all


def mute(_: Given) -> Talk:
    """Everything is taken, nothing said."""

    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(_PIECE):
            pass

    return talk


def units(given: Given) -> Talk:
    """`only=7,9` are answered; others get exception `code=` after `delay=` seconds, or silence."""
    only = {int(unit) for unit in given.options.get("only", "").split(",") if unit}
    code, delay_s = int(given.number("code", 0)), given.number("delay", 0.0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for request in requests(reader):
            if request.unit in only:
                writer.write(request.framed(request.reading()))
            elif code:
                await asyncio.sleep(delay_s)
                writer.write(request.framed(request.exception(code)))

    return talk


def checksum(data: bytes) -> bytes:
    """CRC-16/MODBUS (Modbus over Serial Line V1.02, section 6.2.2), low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc.to_bytes(2, "little")


def rtu(_: Given) -> Talk:
    """A serial server in transparent mode: only a whole RTU request with a right checksum is answered."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_PIECE):
            if len(data) == 8 and checksum(data[:-2]) == data[-2:]:
                count = int.from_bytes(data[4:6], "big")
                body = data[:2] + bytes((2 * count,)) + b"\0\5" * count
                writer.write(body + checksum(body))

    return talk


def banner(given: Given) -> Talk:
    """Another protocol that speaks first."""
    words = _BANNERS[given.options["of"]]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        await reader.read(_PIECE)

    return talk


def web(_: Given) -> Talk:
    """A web server: what is no HTTP request is a bad one."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(_PIECE):
            writer.write(b"HTTP/1.1 400 Bad Request\r\nServer: plc\r\nConnection: close\r\n\r\n")
            await writer.drain()

    return talk


def stream(_: Given) -> Talk:
    """Telegrams of another protocol, for as long as anybody listens."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"\xa5\x1d\x00\x10\x15\x02" * 40)
            await writer.drain()
            await asyncio.sleep(0.01)

    return talk


def allows(given: Given) -> Talk:
    """Serves `only=ADDRESS`, and closes everybody else's connection at once."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if writer.get_extra_info("peername")[0] == given.options["only"]:
            await answer_all(reader, writer)

    return talk


MANNERS: Final[dict[str, Serve]] = {
    make.__name__: to_all(make) for make in (healthy, mute, units, rtu, banner, web, stream, allows)
}
