"""Small real servers for tests, on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

HOST = "127.51.1.1"
ANSWER = b"\3\2\0\5"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Log:
    """What a server saw of its connections."""

    def __init__(self) -> None:
        self.opened = 0
        self.open_now = 0
        self.most_at_once = 0
        self.ended_by: list[str] = []
        self.server: asyncio.Server | None = None

    async def stop_listening(self) -> None:
        """Refuse from now on."""
        assert self.server is not None
        self.server.close()


@asynccontextmanager
async def serving(talk: Talk, host: str = HOST, port: int = 0) -> AsyncIterator[tuple[int, Log]]:
    """A server that lets *talk* speak on each connection, then waits for the client's end; (port, log)."""
    log = Log()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        log.opened += 1
        log.open_now += 1
        log.most_at_once = max(log.most_at_once, log.open_now)
        try:
            await talk(reader, writer)
            while await reader.read(1024):
                pass
            log.ended_by.append("fin")
        except ConnectionResetError:
            log.ended_by.append("reset")
        finally:
            log.open_now -= 1
            writer.close()
            tasks.discard(task)

    log.server = server = await asyncio.start_server(serve, host, port)
    try:
        yield server.sockets[0].getsockname()[1], log
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes = ANSWER) -> None:
    """Answer every request with *body*."""
    while header := await reader.read(7):
        request = await reader.readexactly(int.from_bytes(header[4:6], "big") - 1)
        assert request
        writer.write(header[:4] + (len(body) + 1).to_bytes(2, "big") + header[6:7] + body)


async def mute(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take everything, say nothing."""


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close at once."""
    writer.close()


def saying(body: bytes) -> Talk:
    """Send *body* without being asked."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(body)

    return talk


@contextmanager
def unanswered_syn(host: str = HOST) -> Iterator[int]:
    """A port whose backlog is full: a SYN gets no answer on Linux."""
    with socket.socket() as listener:
        listener.bind((host, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((host, port))
            fillers.append(filler)
        try:
            yield port
        finally:
            for filler in fillers:
                filler.close()


def closed_port(host: str = HOST) -> int:
    """A port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind((host, 0))
        return int(sock.getsockname()[1])
