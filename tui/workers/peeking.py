"""The values that a profile names, read from one device and read again on the same connection."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from tui import limits
from tui.clean import clean
from tui.device_events import Peeked
from tui.probes.peek import peek
from tui.probes.registers import BETWEEN_S
from tui.probes.talk import Talk
from tui.probes.tcp import UNCLOSED, LetGoError, connect
from tui.probes.turns import turns
from tui.profiles.model import Profile
from tui.records import Target
from tui.workers.inquired import Inquired, Tools

_LOOK_S: Final = 0.25
"""How often it is looked whether another question of ours waits for the device."""


class Peeking:
    """Reads once, and again whenever that is asked for while the connection stands.

    For a device in whose way nobody else is: the caller holds its address.
    """

    def __init__(self, target: Target, about: Inquired, tools: Tools) -> None:
        self.target = target
        self.stopped = "stopped"
        """Why it is cancelled, once it is."""
        self._about = about
        self._pace, self._clock, self._own, self._emit = tools
        self._again = asyncio.Event()
        self._running = False
        self._seconds = 0.0
        self._profile = about.product.id if about.product else ""
        before = about.peek
        known = before is not None and (before.profile, before.unit) == (self._profile, about.unit)
        self._values = before.values if before and known else ()
        self.left_open = False
        """Whether the device did not confirm the end of our connection."""

    def again(self) -> None:
        """Read once more."""
        self._again.set()

    @property
    def more(self) -> bool:
        """Whether it is to be read again on a connection of its own: the one before has gone."""
        return self._again.is_set()

    def wait(self) -> None:
        """Tell that it will be read."""
        self._tell(running=True)

    def leave(self, reason: str) -> None:
        """Tell that nothing is read, and why."""
        self._again.clear()
        self._tell(failure=reason)

    @property
    def refused(self) -> str:
        """Why this device cannot be read; empty where it can be."""
        product = self._about.product
        any_range = f"any range: port502 read {self.target} holding 0 10"
        if product is None:
            return (
                f"no profile says what to read here; {any_range}; or name a profile in the configuration "
                "(port502 profiles lists them)"
            )
        return "" if product.registers else f"profile {product.id} names no registers; {any_range}"

    async def run(self) -> None:
        """Read on one connection, closed by FIN however this ends."""
        product = self._about.product
        if product is None:
            return
        self._again.clear()
        try:
            self._tell(running=True)
            await self._through(product)
        finally:
            if self._running:
                self._tell(failure=self.stopped)

    async def _through(self, product: Profile) -> None:
        await self._pace.turn()
        connection, outcome = await connect(self.target, limits.CLIMB_CONNECT_S)
        if connection is None:
            why = clean(outcome.detail or outcome.state, 120)
            self._tell(failure=f"no connection ({why}); finding its cause tells why")
            return
        self._own.opened(connection.local_port, self.target, connection)
        try:
            with suppress(LetGoError):
                async with Talk(connection) as talk:
                    await self._talk(talk, product)
        finally:
            try:
                self.left_open = await connection.close() in UNCLOSED
            finally:
                connection.abandon()

    async def _talk(self, talk: Talk, product: Profile) -> None:
        """Read, and again as long as the connection is kept."""
        about = self._about
        manners = about.manners._replace(between_s=max(BETWEEN_S, about.manners.between_s))
        turn = turns(manners, self._pace, self._clock)
        wait_s = manners.patience_s(limits.ANSWER_S)
        while True:
            self._again.clear()
            began = self._clock.mono()
            found = await peek(talk, about.unit, product, turn=turn, wait_s=wait_s)
            self._values, self._seconds = found.values, self._clock.mono() - began
            self._tell(failure=found.failure)
            # Its only connection is never kept for later.
            if found.let_go or talk.over or about.limit == 1 or not await self._wanted_again(talk):
                return
            self._tell(running=True)

    async def _wanted_again(self, talk: Talk) -> bool:
        """Whether the values are asked for again while the connection stands and nobody else of ours waits.

        Raises:
            LetGoError: the connection was let go.
        """
        end_at = self._clock.mono() + limits.PEEK_KEPT_S
        again = asyncio.ensure_future(self._again.wait())
        heard = asyncio.ensure_future(talk.listen(limits.PEEK_KEPT_S))
        both: set[asyncio.Future[Any]] = {again, heard}
        try:
            while not (
                again.done()
                or heard.done()
                or self._clock.mono() >= end_at
                or self._pace.wanted(self.target.address)
            ):
                await asyncio.wait(both, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.wait(both)
        if not heard.cancelled():
            heard.result()
        return self.more and not talk.over

    def _tell(self, *, running: bool = False, failure: str = "") -> None:
        self._running = running
        self._emit(
            Peeked(
                at=self._clock.wall(),
                address=self.target.address,
                port=self.target.port,
                profile=self._profile,
                unit=self._about.unit,
                values=self._values,
                seconds=self._seconds,
                running=running,
                failure=clean(failure),
            )
        )
