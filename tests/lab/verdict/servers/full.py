"""Devices with `slots=N` connections, and the ways they show that all are taken."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Final

from tests.lab.verdict.servers.frame import Given, Serve, answer_all, hold, requests

_ACCEPTED_S: Final = 0.05
_RESET: Final = struct.pack("ii", 1, 0)  # struct linger: on, no time


async def refuses(given: Given) -> None:
    """Listens only while a slot is free."""
    free = asyncio.Semaphore(int(given.number("slots", 1)))
    idle_s = given.number("idle", 0.0)
    serving = set[asyncio.Task[None]]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await hold(answer_all if not idle_s else half_closes, reader, writer)
        finally:
            free.release()

    async def half_closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Sends FIN after a while without requests, and keeps the slot until the client's own FIN."""
        waiting = requests(reader)
        try:
            while True:
                async with asyncio.timeout(idle_s):
                    request = await anext(waiting)
                writer.write(request.framed(request.reading()))
        except TimeoutError:
            writer.write_eof()
            await reader.read()

    while True:
        with given.listen() as sock:
            while not free.locked():
                conn, _ = await asyncio.get_running_loop().sock_accept(sock)
                await free.acquire()
                task = asyncio.create_task(connected(*await asyncio.open_connection(sock=conn)))
                serving.add(task)
                task.add_done_callback(serving.discard)
        async with free:
            pass


async def one_by_one(given: Given) -> None:
    """One thread that serves one client to the end; `backlog=` more may wait, others get no SYN-ACK."""
    sock = given.listen(int(given.number("backlog", 5)))
    while True:
        conn, _ = await asyncio.get_running_loop().sock_accept(sock)
        await hold(answer_all, *await asyncio.open_connection(sock=conn))


async def closes(given: Given) -> None:
    """Accepts every connection, and ends those it has no slot for; `how=reset`, or once `how=asked`."""
    slots, taken = int(given.number("slots", 1)), 0
    how = given.options.get("how", "")

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        if taken >= slots:
            if how == "asked":
                await reader.read(1)
            elif how == "reset":
                # An RST right behind the SYN-ACK can be taken for the answer to the SYN.
                await asyncio.sleep(_ACCEPTED_S)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.close()
            return
        taken += 1
        try:
            await hold(answer_all, reader, writer)
        finally:
            taken -= 1

    async with await asyncio.start_server(connected, sock=given.listen()) as server:
        await server.serve_forever()


async def mutes(given: Given) -> None:
    """Accepts every connection, and serves only as many as it has slots."""
    free = asyncio.Semaphore(int(given.number("slots", 1)))

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with free:
            await hold(answer_all, reader, writer)

    async with await asyncio.start_server(connected, sock=given.listen()) as server:
        await server.serve_forever()


async def evicts(given: Given) -> None:
    """Makes room for a new connection by closing the oldest."""
    slots, held = int(given.number("slots", 1)), list[asyncio.StreamWriter]()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(held) >= slots:
            held.pop(0).close()
        held.append(writer)
        await hold(answer_all, reader, writer)
        if writer in held:
            held.remove(writer)

    async with await asyncio.start_server(connected, sock=given.listen()) as server:
        await server.serve_forever()


MANNERS: Final[dict[str, Serve]] = {
    "refuses": refuses, "one_by_one": one_by_one, "closes": closes, "mutes": mutes, "evicts": evicts,
}  # fmt: skip
