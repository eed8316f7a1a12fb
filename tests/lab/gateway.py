"""A Modbus TCP gateway: units on a serial bus behind one address, and all it may say of those not there."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from tests.lab.identity_servers import Body, Says

Absence: TypeAlias = Literal["path", "target", "busy", "mute"]
"""What comes of a unit id that no unit has: 0A at once; 0B, or nothing, once the serial time-out is over;
06 for ever."""

_HEADER: Final = 7
_LENGTH_MOST: Final = 254  # of unit and PDU (Modbus Messaging on TCP/IP Implementation Guide V1.0b)
_PATH: Final = 0x0A
_TARGET: Final = 0x0B
_BUSY: Final = 0x06


@dataclass
class Gateway:
    """Answers for *units* and for whoever is missing, one request at a time however many connections."""

    units: Mapping[int, Says] = field(default_factory=dict)
    rest: Absence = "mute"
    """Of every other unit id that *absent* does not name."""
    absent: Mapping[int, Absence] = field(default_factory=dict)
    anyone: Says | None = None
    """Answers in the place of *rest*: unit ids mean nothing."""
    busy_first: Mapping[int, int] = field(default_factory=dict)
    """How many requests to a unit get 06 before it answers."""
    exceptionless: bool = False
    """Silent wherever another would send an exception."""
    serial_s: float = 0.0
    """That a request and its answer take on the bus."""
    timeout_s: float = 0.3
    """That the bus is held by a request to a unit that says nothing."""
    connections: int = 0
    """Taken so far."""
    requests: Counter[int] = field(default_factory=Counter)
    """So far, by unit id."""
    at_once: int = 0
    """Most requests on the bus at the same time: never more than one."""
    _bus: asyncio.Lock = field(default_factory=asyncio.Lock)
    _on_bus: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client ends it or sends what is no frame."""
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                header = await reader.readexactly(_HEADER)
                length = int.from_bytes(header[4:6], "big")
                if header[2:4] != b"\0\0" or not 1 < length <= _LENGTH_MOST:
                    return
                body = await reader.readexactly(length - 1)
                answer = await self.answer(header[6], body)
                if answer == b"":
                    return
                if answer is not None:
                    writer.write(header[:4] + (len(answer) + 1).to_bytes(2, "big") + header[6:7] + answer)

    async def answer(self, unit: int, body: Body) -> Body | None:
        """What comes of one request, after its time on the bus; nothing where that is silence."""
        self.requests[unit] += 1
        says = self.units.get(unit, self.anyone if unit not in self.absent else None)
        if says is None:
            said = await self._of_nobody(self.absent.get(unit, self.rest))
        elif self.requests[unit] <= self.busy_first.get(unit, 0):
            said = bytes((0x80, _BUSY))
        else:
            await self._hold(self.serial_s)
            said = says(body)
        if said and said[0] & 0x80:
            return None if self.exceptionless else bytes((body[0] | 0x80, *said[1:]))
        return said

    async def _of_nobody(self, absence: Absence) -> Body | None:
        if absence == "path":
            return bytes((0x80, _PATH))
        if absence == "busy":
            return bytes((0x80, _BUSY))
        await self._hold(self.timeout_s)
        return bytes((0x80, _TARGET)) if absence == "target" else None

    async def _hold(self, seconds: float) -> None:
        """Have the bus for *seconds*, after those who came before."""
        async with self._bus:
            self._on_bus += 1
            self.at_once = max(self.at_once, self._on_bus)
            if seconds:
                await asyncio.sleep(seconds)
            self._on_bus -= 1
