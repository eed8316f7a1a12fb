"""Modbus TCP over asyncio streams: the requests of one connection, and a loop that answers them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

from tui.demo import frames

Reply: TypeAlias = Callable[[frames.Request], Awaitable[bytes]]
"""The PDU that answers a request; empty for silence."""
Conversation: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def requests(reader: asyncio.StreamReader, idle: float | None = None) -> AsyncIterator[frames.Request]:
    """Requests until the client closes, sends what is not Modbus TCP, or asks nothing for *idle* seconds."""
    while True:
        try:
            async with asyncio.timeout(idle):
                header = await reader.readexactly(frames.HEADER.size)
            transaction, protocol, length, unit = frames.HEADER.unpack(header)
            if protocol != 0 or not 1 < length <= frames.LONGEST - 6:
                return
            pdu = await reader.readexactly(length - 1)
        except (asyncio.IncompleteReadError, TimeoutError):
            return
        yield frames.Request(transaction, unit, pdu)


def answering(reply: Reply, idle: float | None = None) -> Conversation:
    """A conversation in which every request gets that reply, ended after *idle* seconds without one."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for request in requests(reader, idle):
            if pdu := await reply(request):
                writer.write(frames.frame(request, pdu))
                await writer.drain()

    return talk


async def hold(talk: Conversation, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One conversation to its end, whoever ends it."""
    try:
        await talk(reader, writer)
    except ConnectionError:
        return  # the client reset it: to a device that is an end like any other
    finally:
        writer.close()


async def truthful(request: frames.Request) -> bytes:
    """What a device in order answers."""
    return frames.reading(request.pdu)
