"""The one budget that every packet draws from, and the rule of one connection to a device at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tui.clock import Clock

_CATCH_UP_S: Final = 0.02  # a late timer may make up this much, never more: no bursts
_NEAR_S: Final = 0.05


class Pace:
    """New connections a second, one at a time to each address, all of it stoppable.

    While stopped, `connection` waits; what is under way is ended by whoever runs it.
    """

    def __init__(self, rate: float, clock: Clock) -> None:
        self.rate = rate
        self._clock = clock
        self._next = clock.mono()
        self._allowed = asyncio.Event()
        self._allowed.set()
        self._busy: dict[str, tuple[asyncio.Lock, int]] = {}

    @property
    def allowed(self) -> bool:
        """Whether probing is allowed now."""
        return self._allowed.is_set()

    def allow(self, allowed: bool) -> None:  # noqa: FBT001 - the one thing it says
        """Stop all probing, or allow it again."""
        if allowed:
            self._allowed.set()
        else:
            self._allowed.clear()

    async def wait_allowed(self) -> None:
        """Return once probing is allowed."""
        await self._allowed.wait()

    async def near(self) -> None:
        """Return when the next turn is near: who waits for that before queueing keeps the queue short."""
        await self._allowed.wait()
        while (ahead := self._next - self._clock.mono()) > _NEAR_S:
            await self._clock.sleep(ahead - _NEAR_S / 2)
            await self._allowed.wait()

    @asynccontextmanager
    async def held(self, address: str) -> AsyncIterator[None]:
        """Hold the right to connect to *address*; each connection then takes its `turn`."""
        async with self._alone(address):
            yield

    @asynccontextmanager
    async def connection(self, address: str) -> AsyncIterator[None]:
        """Hold the right to one connection to *address*; waits for the budget and for the address."""
        async with self._alone(address):
            await self.turn()
            yield

    def wanted(self, address: str) -> bool:
        """Whether somebody waits for the right to connect to *address* while another holds it."""
        return self._busy.get(address, (None, 0))[1] > 1

    @asynccontextmanager
    async def _alone(self, address: str) -> AsyncIterator[None]:
        lock, users = self._busy.get(address, (asyncio.Lock(), 0))
        self._busy[address] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._busy[address]
            if users == 1:
                del self._busy[address]
            else:
                self._busy[address] = (lock, users - 1)

    async def turn(self) -> None:
        """Return when the budget allows one packet or connection more."""
        await self._allowed.wait()
        now = self._clock.mono()
        turn = max(self._next, now - _CATCH_UP_S)
        self._next = turn + 1.0 / self.rate
        if turn > now:
            await self._clock.sleep(turn - now)
            await self._allowed.wait()
