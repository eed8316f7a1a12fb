"""What the small servers share: their options, whole requests, and answers to them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import NamedTuple, TypeAlias

Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Given:
    """Where to serve, and the options of the manner."""

    def __init__(self, host: str, port: int, options: dict[str, str]) -> None:
        self.host = host
        self.port = port
        self.options = options
        self._said = False

    def number(self, name: str, default: float) -> float:
        """Option *name* as a number."""
        return float(self.options.get(name, default))

    def say_ready(self) -> None:
        """Tell whoever started this that it listens, once."""
        if not self._said:
            print("ready", flush=True)  # noqa: T201 - this is how it is told
        self._said = True

    def listen(self, backlog: int = 64) -> socket.socket:
        """A listening socket for asyncio."""
        sock = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.host, self.port))
        sock.listen(backlog)
        self.say_ready()
        return sock


Serve: TypeAlias = Callable[[Given], Coroutine[None, None, None]]


class Request(NamedTuple):
    """One request as it came."""

    transaction: bytes
    unit: int
    pdu: bytes

    def reading(self, value: int = 5) -> bytes:
        """The PDU that reads *value* from as many registers as were asked for."""
        count = int.from_bytes(self.pdu[3:5], "big")
        return bytes((self.pdu[0], 2 * count)) + value.to_bytes(2, "big") * count

    def exception(self, code: int) -> bytes:
        """The PDU that says no."""
        return bytes((self.pdu[0] | 0x80, code))

    def framed(self, pdu: bytes) -> bytes:
        """That PDU in the frame that belongs to this request."""
        return self.transaction + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes((self.unit,)) + pdu


async def requests(reader: asyncio.StreamReader) -> AsyncIterator[Request]:
    """Whole requests until the client closes or sends what is none."""
    with suppress(asyncio.IncompleteReadError):
        while True:
            header = await reader.readexactly(7)
            length = int.from_bytes(header[4:6], "big")
            if header[2:4] != b"\0\0" or not 2 <= length <= 254:
                await reader.read()
                return
            yield Request(header[:2], header[6], await reader.readexactly(length - 1))


async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer every request rightly."""
    async for request in requests(reader):
        writer.write(request.framed(request.reading()))


async def hold(talk: Talk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One conversation to its end, whoever ends it."""
    try:
        await talk(reader, writer)
    except ConnectionError:
        return  # the client reset it: an end like any other
    finally:
        writer.close()


def to_all(make: Callable[[Given], Talk]) -> Serve:
    """Any number of connections, the same conversation on each."""

    async def serve(given: Given) -> None:
        talk = make(given)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await hold(talk, reader, writer)

        async with await asyncio.start_server(connected, sock=given.listen()) as server:
            await server.serve_forever()

    return serve
