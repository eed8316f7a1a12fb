"""What devices say of their own connections: asked rarely, politely, and believed within reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from tests import servers
from tests.waiting import ManualClock, until
from tui import limits
from tui.clock import Clock, SystemClock
from tui.event import Event
from tui.probes.modbus import Register
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.records import KnownDevice, Target
from tui.session_events import Counted
from tui.state.holding import Holding
from tui.vantages.device import counted
from tui.workers.own_counts import Count, OwnCounts, those_that_count

_TAKEN = Register(3, 0x102A)
_MOST = Register(4, 0x102B)


def _telling(values: Mapping[Register, int], asked: list[tuple[int, Register]] | None = None) -> servers.Talk:
    """Tells *values* by register, and of any other that there is no such one."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(12):
            register = Register(request[7], int.from_bytes(request[8:10], "big"))  # type: ignore[arg-type]
            if asked is not None:
                asked.append((request[6], register))
            value = values.get(register)
            told = bytes([request[7] | 0x80, 2])
            if value is not None:
                told = bytes([request[7], 2]) + value.to_bytes(2, "big")
            writer.write(request[:4] + (len(told) + 1).to_bytes(2, "big") + request[6:7] + told)

    return talk


class _Asking:
    """The worker, and what it is given."""

    def __init__(self, port: int, count: Count, clock: Clock) -> None:
        self.target = Target(servers.HOST, port)
        self.pace = Pace(1000.0, clock)
        self.own = OwnConnections(clock)
        self.events: list[Event] = []
        self.spare = ""
        self.well = True
        self.looked = 0
        self.worker = OwnCounts(
            {self.target: count}, self.pace, clock, own=self.own, spare=self._spare, well=self._well
        )

    def _spare(self, _target: Target) -> str:
        self.looked += 1
        return self.spare

    def _well(self, _target: Target) -> bool:
        self.looked += 1
        return self.well

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.worker.run(self.events.append))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("said", "most", "count", "limit"),
    [
        (1, None, 0, None),
        (4, 15, 3, 15),
        (15, 15, 14, 15),
        (1024, None, 1023, None),
        (4, 3, 3, None),
        (4, 0, 3, None),
        (4, 65535, 3, None),
    ],
)
def test_ours_is_not_among_those_counted(said: int, most: int | None, count: int, limit: int | None) -> None:
    """The connection that asks is counted by the device, but is nobody's; an absurd maximum is none."""
    told = counted(7.0, Target("a", 502), said, most)
    assert told == Counted(at=7.0, address="a", port=502, count=count, limit=limit)


@pytest.mark.parametrize("said", [0, 1025, 65535])
def test_what_cannot_be_a_count_is_none(said: int) -> None:
    """A device with which we talk has a connection; another type's register holds anything."""
    assert counted(7.0, Target("a", 502), said, 15) is None


async def test_a_device_tells_its_count_on_one_connection_closed_by_fin() -> None:
    """Both registers, each by its own function, of its own unit id; one connection, and it is ours."""
    asked: list[tuple[int, Register]] = []
    async with servers.serving(_telling({_TAKEN: 4, _MOST: 15}, asked)) as (port, log):
        asking = _Asking(port, Count(9, _TAKEN, _MOST), SystemClock())
        async with asking.running():
            await until(lambda: asking.events and log.ended_by)
        assert (log.opened, log.ended_by) == (1, ["fin"])
    (told,) = asking.events
    assert isinstance(told, Counted)
    assert (told.target, told.count, told.limit) == (asking.target, 3, 15)
    assert asked == [(9, _TAKEN), (9, _MOST)]


async def test_it_is_asked_every_minute() -> None:
    """And no more often, however long it runs."""
    clock = ManualClock()
    async with servers.serving(_telling({_TAKEN: 4})) as (port, _):
        asking = _Asking(port, Count(1, _TAKEN), clock)
        began = clock.now
        async with asking.running():
            await until(lambda: len(asking.events) >= 5)
        assert clock.now - began >= 4 * limits.SWEEP_INTERVAL_S
    ats = [event.at for event in asking.events]
    assert all(later - at >= limits.SWEEP_INTERVAL_S for at, later in pairwise(ats))


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(_telling({}), id="exception 02"),
        pytest.param(_telling({_TAKEN: 0}), id="nonsense"),
        pytest.param(servers.hang_up, id="it closes"),
        pytest.param(servers.saying(b"SSH-2.0-x\r\n"), id="another protocol"),
    ],
)
async def test_a_device_that_gives_no_count_is_left_alone_for_an_hour(talk: servers.Talk) -> None:
    """Another type than its profile says, or in trouble: asked once, and again after an hour."""
    clock = ManualClock()
    async with servers.serving(talk) as (port, log):
        asking = _Asking(port, Count(1, _TAKEN), clock)
        began = clock.now
        async with asking.running():
            await until(lambda: log.opened >= 2)
        assert clock.now - began >= 3600.0
    assert asking.events == []


@pytest.mark.parametrize(("spare", "well"), [("4 of 4 connections taken", True), ("", False)])
async def test_who_is_spared_or_unwell_is_not_asked(spare: str, *, well: bool) -> None:
    """A device at its limit, and one that did not answer last time, get no connection."""
    async with servers.serving(_telling({_TAKEN: 4})) as (port, log):
        asking = _Asking(port, Count(1, _TAKEN), ManualClock())
        asking.spare, asking.well = spare, well
        async with asking.running():
            await until(lambda: asking.looked > 100)
            assert log.opened == 0
            asking.spare, asking.well = "", True
            await until(lambda: asking.events)


async def test_it_waits_for_whoever_has_the_address_and_looks_again() -> None:
    """Never two connections to an address; what a climb found meanwhile counts."""
    async with servers.serving(_telling({_TAKEN: 4})) as (port, log):
        asking = _Asking(port, Count(1, _TAKEN), SystemClock())
        async with asking.running():
            async with asking.pace.connection(servers.HOST):
                await until(lambda: asking.looked)
                await asyncio.sleep(0.02)
                asking.well = False
            await until(lambda: asking.looked > 2)
            await asyncio.sleep(0.02)
        assert log.opened == 0


async def test_one_key_closes_its_connection_by_fin() -> None:
    """Stopped while it waits for an answer: FIN, and nothing more until it is allowed."""
    async with servers.serving(servers.mute) as (port, log):
        asking = _Asking(port, Count(1, _TAKEN), SystemClock())
        async with asking.running():
            await until(lambda: log.open_now)
            await asking.worker.allow(allowed=False)
            await until(lambda: log.ended_by == ["fin"])
            assert not asking.pace.allowed
            assert log.opened == 1


async def test_it_lets_go_of_a_last_connection_and_comes_back_in_its_turn() -> None:
    """Letting go is not the device's fault: it is asked again a minute later."""
    clock = ManualClock()
    async with servers.serving(servers.mute) as (port, log):
        asking = _Asking(port, Count(1, _TAKEN), clock)
        began = clock.now
        async with asking.running():
            await until(lambda: asking.target in asking.own.standing)
            clock.now += 4.0
            assert asking.own.crowd(asking.target, Holding(3, limit=4), [])
            await until(lambda: log.opened >= 2)
        assert log.ended_by[0] == "fin"
        assert limits.SWEEP_INTERVAL_S <= clock.now - began < 3600.0


def test_only_devices_whose_profile_counts_are_asked() -> None:
    """By the profile's register and the device's own unit id, the usual one without."""
    found = those_that_count(
        [
            KnownDevice(address="10.0.0.1", profile="wago-750", unit=3),
            KnownDevice(address="10.0.0.2", profile="beckhoff-ek9000"),
            KnownDevice(address="10.0.0.3", profile="alphaess-smile"),
            KnownDevice(address="10.0.0.4"),
            KnownDevice(address="10.0.0.5", profile="no such one"),
        ]
    )
    assert found == {
        Target("10.0.0.1", 502): Count(3, Register(3, 0x102A)),
        Target("10.0.0.2", 502): Count(1, Register(3, 0x1022)),
    }


async def test_without_such_devices_it_does_nothing() -> None:
    """The worker ends at once."""
    clock = SystemClock()
    worker = OwnCounts(
        {}, Pace(1.0, clock), clock, own=OwnConnections(clock), spare=lambda _: "", well=lambda _: True
    )
    await asyncio.wait_for(worker.run(lambda _event: None), 1.0)
