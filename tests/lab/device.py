"""A device of the lab: `python -m tests.lab.device ADDRESS:PORT:MANNER ...` serves until it is ended."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Final, cast

_ANSWER: Final = b"\0\0\0\5\1\3\2\0\5"  # after the transaction id: one register, 5


class Mute(asyncio.Protocol):
    """Takes everything, says nothing, closes when the client does."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)


class Answers(Mute):
    """Answers every request."""

    def data_received(self, data: bytes) -> None:
        self.transport.write(data[:2] + _ANSWER)


class HangsUp(Mute):
    """Closes at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


MANNERS: Final = {"answers": Answers, "mute": Mute, "hangs-up": HangsUp}


async def serve(services: list[str]) -> None:
    """Serve, say so, and stop at SIGTERM."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    for service in services:
        address, port, manner = service.split(":")
        await loop.create_server(MANNERS[manner], address, int(port), backlog=4096)
    print("ready", flush=True)  # noqa: T201 - whoever started this waits for it
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
