"""The demo's devices with few slots: what each does when the last is taken, and when one is free again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TypeAlias

import pytest

from tui.demo import frames, slots

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127.0.0.0/8")

Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
PATIENCE_S = 5.0
SILENCE_S = 0.3


class Visitor:
    """Clients of one device, all closed at the end."""

    def __init__(self, address: tuple[str, int], stack: AsyncExitStack) -> None:
        self.address = address
        self.stack = stack

    async def connect(self) -> Stream:
        stream = await asyncio.open_connection(*self.address)
        self.stack.push_async_callback(close, stream)
        return stream


async def close(stream: Stream) -> None:
    stream[1].close()
    with suppress(ConnectionError):
        await stream[1].wait_closed()


async def answer(stream: Stream) -> bytes:
    """The answer to a request; empty at the end of the connection."""
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionError):
            stream[1].write(frames.question(1))
            return await stream[0].read(frames.LONGEST)
        return b""


async def ended(stream: Stream) -> bool:
    async with asyncio.timeout(PATIENCE_S):
        with suppress(ConnectionError):
            return await stream[0].read(1) == b""
        return True


async def silent(stream: Stream) -> bool:
    stream[1].write(frames.question(1))
    try:
        async with asyncio.timeout(SILENCE_S):
            await stream[0].read(1)
    except TimeoutError:
        return True
    return False


@asynccontextmanager
async def device(server: slots.Server, count: int) -> AsyncIterator[Visitor]:
    sock = slots.listen("127.50.2.11", 0)
    serving = asyncio.ensure_future(server(sock, count))
    try:
        async with AsyncExitStack() as stack:
            yield Visitor(sock.getsockname(), stack)
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        sock.close()


async def eventually(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await true():
                return
            await asyncio.sleep(0.01)


async def test_refuses_while_full_and_listens_again() -> None:
    """Two slots: a third is refused while both are taken and served once one is free."""
    async with device(slots.refuses_full, 2) as visitor:
        one, two = await visitor.connect(), await visitor.connect()
        assert await answer(one)
        assert await answer(two)
        with pytest.raises(ConnectionRefusedError):
            await visitor.connect()
        await close(one)

        async def served() -> bool:
            with suppress(ConnectionRefusedError):
                return bool(await answer(await visitor.connect()))
            return False

        await eventually(served)
        assert await answer(two)
        with pytest.raises(ConnectionRefusedError):
            await visitor.connect()


async def test_closes_while_full_and_serves_again() -> None:
    """Two slots: a third is accepted and closed, and served once one is free."""
    async with device(slots.closes_full, 2) as visitor:
        one, two = await visitor.connect(), await visitor.connect()
        assert await answer(one)
        assert await answer(two)
        assert await answer(await visitor.connect()) == b""
        await close(one)

        async def served() -> bool:
            return bool(await answer(await visitor.connect()))

        await eventually(served)


async def test_mute_while_full_and_serves_the_next() -> None:
    """One thread: a second client waits in silence and is answered when the first has gone."""
    async with device(slots.mute_full, 1) as visitor:
        one = await visitor.connect()
        assert await answer(one)
        two = await visitor.connect()
        assert await silent(two)
        await close(one)
        assert await answer(two)


async def test_evicts_the_oldest_only() -> None:
    """Two slots: a third takes the place of the first and leaves the second alone."""
    async with device(slots.evicts_oldest, 2) as visitor:
        one, two = await visitor.connect(), await visitor.connect()
        assert await answer(one)
        assert await answer(two)
        three = await visitor.connect()
        assert await answer(three)
        assert await ended(one)
        assert await answer(two)
