"""Devices with few connection slots, and the five ways they show that all are taken."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from tui.demo.mbap import Conversation, answering, hold, truthful

Server: TypeAlias = Callable[[socket.socket, int], Awaitable[None]]
"""Serves a listening socket for as long as the plant runs, with that many slots."""

_serve = answering(truthful)


def listen(address: str, port: int, backlog: int = 64) -> socket.socket:
    """A listening socket for asyncio."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


def open_to_all(talk: Conversation) -> Server:
    """Any number of connections, the same conversation on each."""

    async def serve(sock: socket.socket, _: int) -> None:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await hold(talk, reader, writer)

        async with await asyncio.start_server(connected, sock=sock) as server:
            await server.serve_forever()

    return serve


def closing_full(talk: Conversation) -> Server:
    """Accepts every connection, closes those it has no slot for."""

    async def serve(sock: socket.socket, slots: int) -> None:
        taken = 0

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal taken
            if taken >= slots:
                return
            taken += 1
            try:
                await talk(reader, writer)
            finally:
                taken -= 1

        await open_to_all(connected)(sock, slots)

    return serve


closes_full: Final = closing_full(_serve)
"""The same, with a device in order behind it."""


async def evicts_oldest(sock: socket.socket, slots: int) -> None:
    """Makes room for a new connection by closing the oldest."""
    held: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(held) >= slots:
            held.pop(0).close()
        held.append(writer)
        try:
            await _serve(reader, writer)
        finally:
            if writer in held:
                held.remove(writer)

    await open_to_all(connected)(sock, slots)


async def refuses_full(sock: socket.socket, slots: int) -> None:
    """Stops listening while its slots are taken."""
    address, port = sock.getsockname()
    free = asyncio.Semaphore(slots)
    serving: set[asyncio.Task[None]] = set()

    async def connected(conn: socket.socket) -> None:
        try:
            await hold(_serve, *await asyncio.open_connection(sock=conn))
        finally:
            free.release()

    while True:
        with sock:
            while not free.locked():
                conn, _ = await asyncio.get_running_loop().sock_accept(sock)
                await free.acquire()
                task = asyncio.create_task(connected(conn))
                serving.add(task)
                task.add_done_callback(serving.discard)
        async with free:
            sock = listen(address, port)


async def mute_full(sock: socket.socket, _: int) -> None:
    """One thread that serves one client to the end; the kernel completes the others' handshakes."""
    while True:
        conn, _address = await asyncio.get_running_loop().sock_accept(sock)
        await hold(_serve, *await asyncio.open_connection(sock=conn))


async def hung(_: socket.socket, _slots: int) -> None:
    """Never accepts: once the kernel's queue of one is full, a new SYN gets no answer."""
    await asyncio.Event().wait()
