"""Devices that say who they are, honestly or not: raw Modbus TCP servers whose every answer is a table's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Body = bytes
"""Function code and data of a request or of an answer."""
Says = Callable[[Body], Body | None]
"""What a device answers a request; nothing where it is silent. An empty answer closes the connection."""

_HEADER = 7
_SERVER_ID = 17
_IDENTIFICATION = 4
"""Bytes of a request for device identification."""
_ROOM = 240
"""For the objects in one answer."""
SUNS = (0x5375, 0x6E53)


@dataclass
class Device:
    """A device that answers as *says*; what it was asked is kept, with the time after connecting."""

    says: Says
    deaf_s: float = 0.0
    """Requests so soon after connecting are lost."""
    spoilt: bool = False
    """A lost request spoils the connection: nothing is answered on it any more."""
    idle_s: float | None = None
    """Silence of the client after which it closes."""
    delay_s: float = 0.0
    asked: list[tuple[float, Body]] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        loop = asyncio.get_running_loop()
        opened, spoilt = loop.time(), False
        while header := await self._next(reader):
            body = await reader.readexactly(int.from_bytes(header[4:6], "big") - 1)
            since = loop.time() - opened
            self.asked.append((since, body))
            spoilt = spoilt or (self.spoilt and since < self.deaf_s)
            answer = None if spoilt or since < self.deaf_s else self.says(body)
            if answer == b"":
                break
            if answer is not None:
                frame = header[:4] + (len(answer) + 1).to_bytes(2, "big") + header[6:7] + answer
                loop.call_later(self.delay_s, writer.write, frame)
        writer.close()

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        try:
            async with asyncio.timeout(self.idle_s):
                return await reader.readexactly(_HEADER)
        except (TimeoutError, asyncio.IncompleteReadError):
            return b""

    @property
    def functions(self) -> list[int]:
        """Function codes it was asked, in order."""
        return [body[0] for _, body in self.asked]


def refusing(body: Body) -> Body:
    """Exception 01 to everything."""
    return bytes([body[0] | 0x80, 1])


def page(
    objects: Mapping[int, bytes], *, level: int = 0x82, more: int = 0, following: int = 0, code: int = 1
) -> Body:
    """One answer of device identification."""
    shown = b"".join(bytes([number, len(text)]) + text for number, text in objects.items())
    return bytes([43, 14, code, level, 0xFF if more else 0, following, len(objects)]) + shown


def registers(values: Mapping[int, int]) -> Says:
    """Holding registers of a map; exception 02 elsewhere, 01 to other functions."""

    def says(body: Body) -> Body:
        if body[0] != 3:
            return refusing(body)
        start, count = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
        if any(at not in values for at in range(start, start + count)):
            return b"\x83\2"
        data = b"".join(values[at].to_bytes(2, "big") for at in range(start, start + count))
        return bytes([3, len(data)]) + data

    return says


def sunspec(
    base: int, texts: tuple[bytes, ...], models: Mapping[int, int], *, end: bool = True
) -> dict[int, int]:
    """A SunSpec map at *base*: the five texts of the common model, then models with their lengths."""
    common = b"".join(
        text.ljust(2 * size, b"\0") for text, size in zip(texts, (16, 16, 8, 8, 16), strict=True)
    )
    words = [*SUNS, 1, 66, *(int.from_bytes(common[at : at + 2], "big") for at in range(0, len(common), 2))]
    words += [1, 0x8000]
    for number, length in models.items():
        words += [number, length, *([0] * length)]
    if end:
        words += [0xFFFF, 0]
    return {(base + at) % 0x10000: word for at, word in enumerate(words)}


def who(
    holding: Mapping[int, int], objects: Mapping[int, bytes] | None = None, server_id: bytes | None = None
) -> Says:
    """A unit with *holding* registers that says who it is where it can: device identification, server id."""
    table = registers(holding)

    def says(body: Body) -> Body | None:
        if body[:2] == b"\x2b\x0e" and len(body) >= _IDENTIFICATION and objects is not None:
            return _identification(objects, body[2], body[3])
        if body[0] == _SERVER_ID and server_id is not None:
            return bytes([_SERVER_ID, len(server_id)]) + server_id
        return table(body)

    return says


def _identification(objects: Mapping[int, bytes], code: int, first: int) -> Body:
    """The objects of category *code* from *first* on, as many as fit into one answer."""
    last = {1: 2, 2: 0x7F}.get(code, 0xFF)
    wanted = [number for number in sorted(objects) if first <= number <= last]
    shown: dict[int, bytes] = {}
    for number in wanted:
        if shown and sum(len(text) + 2 for text in shown.values()) + len(objects[number]) > _ROOM:
            return page(shown, more=1, following=number, code=code)
        shown[number] = objects[number]
    return page(shown, code=code)
