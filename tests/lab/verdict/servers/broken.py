"""Modbus servers whose frames are wrong, each in one way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tests.lab.verdict.servers.frame import Given, Request, Serve, Talk, requests, to_all


def _wrong_transaction(request: Request) -> bytes:
    other = (int.from_bytes(request.transaction, "big") + 1) % 65536
    return other.to_bytes(2, "big") + request.framed(request.reading())[2:]


def _huge_length(request: Request) -> bytes:
    right = request.framed(request.reading())
    return right[:4] + b"\xff\xff" + right[6:]


def _wrong_function(request: Request) -> bytes:
    return request.framed(b"\x10" + request.reading()[1:])


def _zero_length(request: Request) -> bytes:
    right = request.framed(request.reading())
    return right[:4] + b"\0\0" + right[6:]


def saying(wrong: Callable[[Request], bytes]) -> Callable[[Given], Talk]:
    """Every answer is spoiled by *wrong*."""

    def make(_: Given) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async for request in requests(reader):
                writer.write(wrong(request))

        return talk

    return make


def truncates(_: Given) -> Talk:
    """Ends in the middle of its answer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for request in requests(reader):
            writer.write(request.framed(request.reading())[:-2])
            await writer.drain()
            return

    return talk


def without_end(_: Given) -> Talk:
    """Begins a right frame and never stops sending."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for request in requests(reader):
            writer.write(request.transaction + b"\0\0\xff\xff" + bytes((request.unit, request.pdu[0])))
            while True:
                writer.write(bytes(256))
                await writer.drain()
                await asyncio.sleep(0.005)

    return talk


MANNERS: Final[dict[str, Serve]] = {
    "wrong_transaction": to_all(saying(_wrong_transaction)),
    "huge_length": to_all(saying(_huge_length)),
    "zero_length": to_all(saying(_zero_length)),
    "wrong_function": to_all(saying(_wrong_function)),
    "truncates": to_all(truncates),
    "without_end": to_all(without_end),
}
