"""How a device treats connections: how many it takes, when it closes, and when it begins to listen."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tests.lab.forty.truth import PORT, Start
from tests.lab.gateway import Gateway

_CHUNK: Final = 4096


@dataclass
class Front:
    """Stands before *behind* and forwards what it takes."""

    behind: Gateway
    takes: int = 99
    """Connections at once; one more is closed as soon as it is there."""
    idle_s: float | None = None
    """Silence of the client after which it closes."""
    deaf_s: float = 0.0
    """What comes so soon after connecting is lost."""
    _open: int = field(default=0, init=False)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        if self._open >= self.takes:
            writer.close()
            return
        self._open += 1
        inner = asyncio.StreamReader()
        forwarding = asyncio.create_task(self._forward(reader, inner))
        try:
            await self.behind.talk(inner, writer)
        finally:
            self._open -= 1
            forwarding.cancel()
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, inner: asyncio.StreamReader) -> None:
        loop = asyncio.get_running_loop()
        opened = loop.time()
        with suppress(TimeoutError, ConnectionError):
            while True:
                async with asyncio.timeout(self.idle_s):
                    data = await reader.read(_CHUNK)
                if not data:
                    break
                if loop.time() - opened >= self.deaf_s:
                    inner.feed_data(data)
        inner.feed_eof()


def simulated(behind: Gateway, *, takes: int = 99, idle_s: float | None = None, deaf_s: float = 0.0) -> Start:
    """How a device of the simulator is started."""

    async def start(host: str) -> asyncio.Server:
        front = Front(behind, takes, idle_s, deaf_s)
        return await asyncio.start_server(front.talk, host, PORT)

    return start
