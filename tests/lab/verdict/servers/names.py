"""A name server that knows no name."""

from __future__ import annotations

import asyncio
from typing import Final, cast

from tests.lab.verdict.servers.frame import Given, Serve

_NO_SUCH_NAME: Final = b"\x81\x83"  # RFC 1035, 4.1.1: response, recursion available, RCODE 3


class _Nothing(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = data[12 : data.index(0, 12) + 5]
        self.transport.sendto(data[:2] + _NO_SUCH_NAME + b"\0\1" + bytes(6) + question, addr)


async def no_such_name(given: Given) -> None:
    """Answers every question with NXDOMAIN."""
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(_Nothing, (given.host, given.port))
    given.say_ready()
    await asyncio.Event().wait()


MANNERS: Final[dict[str, Serve]] = {"no_such_name": no_such_name}
