"""Asks the devices that count their own connections how many those are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from tui import limits
from tui.clock import Clock
from tui.event import Emit
from tui.probes.modbus import DEFAULT_UNIT, Register
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.talk import Talk
from tui.probes.tcp import UNCLOSED, Connection, LetGoError, connect
from tui.profiles.lookup import profiles
from tui.records import KnownDevice, Target
from tui.session_events import Counted
from tui.vantages.device import counted

_EVERY_S: Final = limits.SWEEP_INTERVAL_S
_LATER_S: Final = 3600.0
"""A device that gives no count is another type than its profile says, or in trouble: left alone so long."""
_LOOK_S: Final = 5.0
"""How often it is looked whose turn it is."""


class Count(NamedTuple):
    """How the count of one device is read."""

    unit: int
    taken: Register
    limit: Register | None = None
    """Where it tells how many it takes."""


def those_that_count(known: Iterable[KnownDevice]) -> dict[Target, Count]:
    """The devices among *known* whose profile says how to read their own count."""
    found: dict[Target, Count] = {}
    for device in known:
        product = profiles().get(device.profile) if device.profile else None
        if product is None or (counts := product.counts) is None:
            continue
        most = None if counts.limit_address is None else Register(counts.function, counts.limit_address)
        unit = DEFAULT_UNIT if device.unit is None else device.unit
        taken = Register(counts.function, counts.address)
        found[Target(device.address, device.port)] = Count(unit, taken, most)
    return found


class OwnCounts:
    """Asks each of *devices* every minute, one after the other, each on one connection closed by FIN.

    Only those that are *well*, and for which *spare* has no reason to leave them alone now. *pace* is shared
    with whoever else probes, so that there is never a second connection to an address.
    """

    name = "own counts"

    def __init__(
        self,
        devices: Mapping[Target, Count],
        pace: Pace,
        clock: Clock,
        *,
        own: OwnConnections,
        spare: Callable[[Target], str],
        well: Callable[[Target], bool],
    ) -> None:
        self._devices = devices
        self._pace = pace
        self._clock = clock
        self._own = own
        self._spare = spare
        self._well = well
        self._due: dict[Target, float] = {}
        """Monotonic time at which each may be asked again."""
        self._under_way: asyncio.Task[None] | None = None

    async def run(self, emit: Emit) -> None:
        """Ask until cancelled; returns at once where no device counts."""
        while self._devices:
            await self._pace.wait_allowed()
            self._under_way = asyncio.ensure_future(self._round(emit))
            try:
                await asyncio.wait({self._under_way})
            finally:
                # However this ends, the connection is closed before it is forgotten.
                self._under_way.cancel()
                await asyncio.wait({self._under_way})
            if not self._under_way.cancelled():
                self._under_way.result()
            await self._clock.sleep(_LOOK_S)

    async def allow(self, *, allowed: bool) -> None:
        """Stop asking and close the connection, or allow it again."""
        self._pace.allow(allowed)
        if not allowed and self._under_way is not None and not self._under_way.done():
            self._under_way.cancel()
            await asyncio.wait({self._under_way})

    async def _round(self, emit: Emit) -> None:
        for target, count in self._devices.items():
            if not self._may_ask(target):
                continue
            async with self._pace.held(target.address):
                # A climb may have had the address for long.
                if not self._may_ask(target):
                    continue
                await self._pace.turn()
                self._due[target] = self._clock.mono() + _EVERY_S
                told = await self._ask(target, count)
            if told is not None:
                emit(told)

    def _may_ask(self, target: Target) -> bool:
        due = self._due.get(target, 0.0) <= self._clock.mono()
        return due and self._well(target) and not self._spare(target)

    async def _ask(self, target: Target, count: Count) -> Counted | None:
        """Its count, on one connection; a device that gives none is left alone for long."""
        connection, _ = await connect(target, limits.CONNECT_AGAIN_S)
        if connection is None:
            return None  # the sweep's business
        self._own.opened(connection.local_port, target, connection)
        told, gave_way = None, False
        try:
            try:
                told = await self._read(connection, target, count)
            except LetGoError:
                gave_way = True
            closed = await connection.close()
        finally:
            connection.abandon()
        if closed in UNCLOSED or (told is None and not gave_way):
            self._due[target] = self._clock.mono() + _LATER_S
        return told

    async def _read(self, connection: Connection, target: Target, count: Count) -> Counted | None:
        async with Talk(connection) as talk:
            taken = await talk.ask(count.unit, limits.ANSWER_S, count.taken)
            if taken.value is None:
                return None
            most = None
            if count.limit is not None:
                most = (await talk.ask(count.unit, limits.ANSWER_S, count.limit)).value
        return counted(self._clock.wall(), target, taken.value, most)
