"""Devices whose fault is a matter of when: slow, deaf at first, closing when idle, closed for a while."""

from __future__ import annotations

import asyncio
from typing import Final

from tests.lab.verdict.servers.frame import Given, Serve, Talk, answer_all, requests, to_all


def slow(given: Given) -> Talk:
    """Each answer takes `s=` seconds."""
    delay_s = given.number("s", 1.5)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async for request in requests(reader):
            await asyncio.sleep(delay_s)
            writer.write(request.framed(request.reading()))

    return talk


def deaf_at_first(given: Given) -> Talk:
    """What is asked in the first `s=` seconds of a connection is lost."""
    delay_s = given.number("s", 1.5)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        opened = loop.time()
        async for request in requests(reader):
            if loop.time() - opened >= delay_s:
                writer.write(request.framed(request.reading()))

    return talk


def closes_if_hurried(given: Given) -> Talk:
    """Who asks in the first `s=` seconds of a connection is closed."""
    delay_s = given.number("s", 1.5)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        opened = loop.time()
        async for request in requests(reader):
            if loop.time() - opened < delay_s:
                return
            writer.write(request.framed(request.reading()))

    return talk


def idle_close(given: Given) -> Talk:
    """Closes a connection on which nothing was asked for `s=` seconds."""
    idle_s = given.number("s", 2.0)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting = requests(reader)
        while True:
            try:
                async with asyncio.timeout(idle_s):
                    request = await anext(waiting)
            except (TimeoutError, StopAsyncIteration):
                return
            writer.write(request.framed(request.reading()))

    return talk


async def cool_down(given: Given) -> None:
    """Refuses for `s=` seconds after each connection's end."""
    rest_s = given.number("s", 4.0)
    ended = asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_all(reader, writer)
        # Closed before the client hears of the end: who comes right after it is refused.
        ended.set()
        await resting.wait()
        writer.close()

    while True:
        ended.clear()
        resting = asyncio.Event()
        server = await asyncio.start_server(connected, sock=given.listen())
        await ended.wait()
        server.close()
        resting.set()
        await asyncio.sleep(rest_s)


MANNERS: Final[dict[str, Serve]] = {
    make.__name__: to_all(make) for make in (slow, deaf_at_first, closes_if_hurried, idle_close)
} | {"cool_down": cool_down}
