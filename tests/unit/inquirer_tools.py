"""The worker that asks on demand, and devices for it: real servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest

from tests import servers
from tests.waiting import until
from tui.clock import SystemClock
from tui.device_events import Peeked, UnitsSeen
from tui.event import Event
from tui.probes import units as probe
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.profiles.model import Profile, Register
from tui.records import Target
from tui.workers import peeking, unit_sweep
from tui.workers.inquired import Inquired
from tui.workers.inquirer import Inquirer

E = TypeVar("E", bound=Event)
METER = Profile(
    id="meter",
    vendor="Acme",
    model="M1",
    source="its manual",
    registers=(
        Register(source="s", function=3, address=10, type="u16", name="voltage", scale=0.1, unit="V"),
        Register(source="s", function=3, address=20, type="u32", name="energy", unit="kWh"),
        Register(source="s", function=4, address=99, type="i16", name="not there"),
    ),
)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between requests."""
    monkeypatch.setattr(unit_sweep, "BETWEEN_S", 0.0)
    monkeypatch.setattr(peeking, "BETWEEN_S", 0.0)
    monkeypatch.setattr(peeking, "_LOOK_S", 0.02)
    monkeypatch.setattr(probe, "_AGAIN_S", 0.01)


class Device:
    """Holds registers by function and address; its units answer as told, all of them where it is not."""

    def __init__(self, values: Mapping[tuple[int, int], bytes] | None = None, **how: Any) -> None:
        self.values = values or {}
        self.bodies: Mapping[int, bytes] | None = how.get("bodies")
        self.silent: range = how.get("silent", range(0))
        self.closes_after: int = how.get("closes_after", 1_000_000)
        self.asked: list[int] = []
        self.at: list[float] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened, answered = asyncio.get_running_loop().time(), 0
        while header := await reader.read(6):
            request = header + await reader.readexactly(int.from_bytes(header[4:6], "big"))
            if request[7] > 4:
                refusal = bytes((request[7] | 0x80, 1))
                writer.write(header[:4] + b"\0\3" + request[6:7] + refusal)
                continue
            self.at.append(asyncio.get_running_loop().time() - opened)
            unit = request[6]
            self.asked.append(unit)
            if unit in self.silent:
                continue
            body = self._body(unit, request)
            writer.write(request[:4] + (len(body) + 1).to_bytes(2, "big") + request[6:7] + body)
            answered += 1
            if answered == self.closes_after:
                writer.close()
                return

    def _body(self, unit: int, request: bytes) -> bytes:
        if self.bodies is not None:
            return self.bodies.get(unit, b"\x83\x0b")
        if not self.values:
            return servers.ANSWER
        data = self.values.get((request[7], int.from_bytes(request[8:10], "big")))
        return bytes([request[7] | 0x80, 2]) if data is None else bytes([request[7], len(data)]) + data


def meter(**how: Any) -> Device:
    return Device({(3, 10): b"\x08\xfc", (3, 20): b"\0\1\0\0"}, **how)


class Asking:
    """The worker, and what it is given."""

    def __init__(self, port: int) -> None:
        clock = SystemClock()
        self.target = Target(servers.HOST, port)
        self.pace = Pace(100_000.0, clock)
        self.own = OwnConnections(clock)
        self.about = Inquired(product=METER)
        self.spare = ""
        self.events: list[Event] = []
        self.again: list[Target] = []
        self.worker = Inquirer(
            self.pace,
            clock,
            own=self.own,
            about=lambda _target: self.about,
            spare=lambda _target: self.spare,
            again=self.again.append,
        )

    def told(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E:
        return self.told(kind)[-1]

    def units(self) -> None:
        self.worker.inquire(self.target, "units")

    def peek(self) -> None:
        self.worker.inquire(self.target, "peek")

    async def ended(self, kind: type[UnitsSeen | Peeked], times: int = 1) -> None:
        await until(lambda: sum(not event.running for event in self.told(kind)) >= times, f"{kind} ended")


@asynccontextmanager
async def running(device: Device | servers.Talk) -> AsyncIterator[tuple[Asking, servers.Log]]:
    talk = device.talk if isinstance(device, Device) else device
    async with servers.serving(talk) as (port, log):
        asking = Asking(port)
        task = asyncio.create_task(asking.worker.run(asking.events.append))
        await asyncio.sleep(0)
        try:
            yield asking, log
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
