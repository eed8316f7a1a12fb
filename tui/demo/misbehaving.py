"""Devices that connect and then go wrong: each a few lines, each a fault seen in the field."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Final

from tui.demo import frames
from tui.demo.frames import Request
from tui.demo.mbap import Reply, truthful

SLOW_S: Final = 1.4
TARGET_S: Final = 0.4
IDLE_S: Final = 2.5
BANNER: Final = b"SSH-2.0-gate_2.1 \x1b]0;gatehouse\x07\x1b[2J[bold red]gatehouse[/] \xe2\x80\xae\xff\r\n"
"""A greeting that would clear a screen, rename a terminal and colour a log that trusted it."""


def only(units: Collection[int], otherwise: int | None = None, after: float = 0.0) -> Reply:
    """Answers for some units; for the others an exception after a while, or silence."""

    async def reply(request: Request) -> bytes:
        if request.unit in units:
            return frames.reading(request.pdu)
        await asyncio.sleep(after)
        return b"" if otherwise is None else frames.refusal(request.pdu, otherwise)

    return reply


def silent_behind(units: Collection[int], otherwise: Reply) -> Reply:
    """Nothing behind the gateway answers for these units, as it says after a while."""

    async def reply(request: Request) -> bytes:
        if request.unit not in units:
            return await otherwise(request)
        await asyncio.sleep(TARGET_S)
        return frames.refusal(request.pdu, frames.NO_TARGET)

    return reply


async def busy(request: Request) -> bytes:
    """Answers that it has no time to answer."""
    return frames.refusal(request.pdu, frames.BUSY)


async def slow(request: Request) -> bytes:
    """Answers rightly, later than most clients wait."""
    await asyncio.sleep(SLOW_S)
    return await truthful(request)


async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Takes everything, says nothing."""
    while await reader.read(frames.LONGEST):
        pass


async def rtu(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Understands RTU frames only."""
    while data := await reader.read(frames.LONGEST):
        writer.write(frames.rtu_answer(data))
        await writer.drain()


async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speaks first, and another protocol."""
    writer.write(BANNER)
    await writer.drain()
    if await reader.read(frames.LONGEST):
        writer.write(b"Invalid SSH identification string.\r\n")
