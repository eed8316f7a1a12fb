"""How many connections a device takes: opened one by one until it shows its limit, and all closed again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal, NamedTuple, TypeAlias

from tui import limits
from tui.clean import clean
from tui.clock import Clock
from tui.probes.modbus import Answer
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.talk import Talk
from tui.probes.tcp import ACCEPTED_THEN_RESET, Connection, Outcome, connect
from tui.records import Closed, SessionKey, Target

MOST: Final = 64  # connections of one measurement, at the most
GAP_S: Final = 0.2  # after each, for the device to close another one in return

Form: TypeAlias = Literal["", "refused", "no-syn-ack", "accepted-closed", "accepted-mute", "evicts-oldest"]
"""How a device shows that all its connections are taken."""
Ended: TypeAlias = Literal["stopped", "limit", "most", "nothing", "left", "blind", "path", "here"]
"""Why no more was opened: we were stopped, the limit was found, as many stand as were wanted, not even the
first one was served, a session of another program ended by itself, the other sessions could not be seen any
more, the way to the device failed, or this host had no more to open with."""

_SERVED: Final = frozenset({"answer", "exception"})


class Others(NamedTuple):
    """Sessions of others to the device, as this host's own tables show them."""

    open: frozenset[SessionKey] = frozenset()
    """Those that hold a connection of the device."""
    left: frozenset[SessionKey] = frozenset()
    """Those that their own client closed within the last minute."""
    missing: str = ""
    """Why none can be seen, where none can."""


Look: TypeAlias = Callable[[], Awaitable[Others]]


class Measured(NamedTuple):
    """What a measurement found; while it is under way, what it has found so far."""

    free: int = 0
    """Connections that were served at once, ours alone; where `ended` is `most`, at least so many."""
    ended: Ended = "stopped"
    form: Form = ""
    """Also where `ended` is `nothing`: a device that is full already looks so, and others do too."""
    detail: str = ""
    """What came instead of an answer, or what was lost."""
    held: int = 0
    """Sessions of others seen when the last one of ours was opened."""
    unseen: str = ""
    """Why sessions of others cannot be seen, where they cannot."""
    lost: tuple[SessionKey, ...] = ()
    """Sessions of others that ended while we measured."""
    opened: int = 0
    """Connections opened or tried."""
    closed: tuple[Closed, ...] = ()
    """How those that stood ended, once they have."""


async def measure(
    target: Target,
    unit: int,
    *,
    most: int,
    pace: Pace,
    clock: Clock,
    own: OwnConnections,
    others: Look,
    told: Callable[[Measured], None],
) -> Measured:
    """Open up to *most* connections to *target*, each proven by reading from *unit*, until its limit shows.

    It may cost others their connection: never to be done unasked. However it ends, all are closed by FIN;
    *told* of every step, and of the whole at the end. Cancelled, it closes and tells before that goes on.

    Raises:
        ValueError: *most* is not between 1 and `MOST`.
    """
    if not 1 <= most <= MOST:
        raise ValueError(f"{most} connections: between 1 and {MOST}")
    run = _Run(target, unit, pace, clock, own)
    try:
        async with pace.held(target.address):
            await run.through(most, others, told)
    finally:
        try:
            await run.let_go()
        finally:
            told(run.found)
    return run.found


class _Line:
    """One connection of ours that stands."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.talk = Talk(connection)

    async def close(self) -> Closed:
        try:
            await self.talk.__aexit__(None, None, None)
        finally:
            closed = await self._connection.close()
        return closed


class _Run:
    """One measurement under way."""

    def __init__(self, target: Target, unit: int, pace: Pace, clock: Clock, own: OwnConnections) -> None:
        self._target = target
        self._unit = unit
        self._pace = pace
        self._clock = clock
        self._own = own
        self._lines: list[_Line] = []
        self.found = Measured()

    async def through(self, most: int, others: Look, told: Callable[[Measured], None]) -> None:
        """Open until something says that it is enough."""
        before = await others()
        self.found = self.found._replace(held=len(before.open), unseen=before.missing)
        while self.found.ended == "stopped":
            if not await self._one_more():
                break
            await self._clock.sleep(GAP_S)
            before = self._compare(before, await others())
            if self.found.ended == "stopped":
                self.found = self.found._replace(free=len(self._lines))
                if len(self._lines) == most:
                    self.found = self.found._replace(ended="most")
            told(self.found)
        if self.found.free > 1 and self.found.ended in {"limit", "most"}:
            await self._ask_all()

    async def let_go(self) -> None:
        """Close all by FIN."""
        closed = await asyncio.gather(*(line.close() for line in self._lines))
        self._lines.clear()
        self.found = self.found._replace(closed=tuple(closed))

    async def _one_more(self) -> bool:
        """Open one and let it prove itself; False if it could not."""
        await self._pace.turn()
        self.found = self.found._replace(opened=self.found.opened + 1)
        connection, outcome = await connect(self._target, limits.CLIMB_CONNECT_S)
        if connection is None:
            ended, form = _not_opened(outcome)
            self._stop(ended, form, clean(outcome.detail or outcome.state, 80))
            return False
        self._own.opened(connection.local_port, self._target)
        line = _Line(connection)
        self._lines.append(line)
        await line.talk.__aenter__()
        answer = await line.talk.ask(self._unit, limits.ANSWER_S)
        if answer.reply in _SERVED:
            return True
        self._stop("limit", _not_served(answer), clean(answer.detail, 80))
        return False

    def _stop(self, ended: Ended, form: Form, detail: str) -> None:
        """End here; nothing at all is known of a device that did not serve even one."""
        none = not self.found.free and ended != "here"
        self.found = self.found._replace(ended="nothing" if none else ended, form=form, detail=detail)

    def _compare(self, before: Others, now: Others) -> Others:
        """Stop where any that stood has gone; what to compare with next."""
        if now.missing and not before.missing:
            self.found = self.found._replace(ended="blind", detail=clean(now.missing, 80))
            return now
        gone = before.open - now.open
        evicted = gone - now.left
        ours = [number for number, line in enumerate(self._lines, 1) if line.talk.ended]
        if evicted or ours:
            whose = f"our connection {ours[0]}" if ours else _named(evicted)
            told = f"{whose} ended when connection {len(self._lines)} opened"
            self.found = self.found._replace(
                ended="limit", form="evicts-oldest", lost=tuple(sorted(gone)), detail=told
            )
        elif gone:
            self.found = self.found._replace(
                ended="left", lost=tuple(sorted(gone)), detail=f"{_named(gone)} was closed by its client"
            )
        else:
            self.found = self.found._replace(held=len(now.open))
        return now

    async def _ask_all(self) -> None:
        """One more read on each that was served: a device may drop connections without a word."""
        answers = await asyncio.gather(*(self._ask(line) for line in self._lines[: self.found.free]))
        standing = sum(answer.reply in _SERVED for answer in answers)
        if standing < self.found.free and self.found.form in {"", "refused", "no-syn-ack"}:
            silent = f"{self.found.free - standing} of ours no longer answered at the end"
            self.found = self.found._replace(
                ended="limit", form="evicts-oldest", free=standing, detail=silent
            )

    async def _ask(self, line: _Line) -> Answer:
        await self._pace.turn()
        return await line.talk.ask(self._unit, limits.ANSWER_S)


def _not_opened(outcome: Outcome) -> tuple[Ended, Form]:
    """What a failed connect says of the limit."""
    if outcome.shortage:
        return "here", ""
    if outcome.state == "timeout":
        return "limit", "no-syn-ack"
    if outcome.state == "refused" and outcome.unreachable is None:
        return "limit", "accepted-closed" if outcome.detail == ACCEPTED_THEN_RESET else "refused"
    return "path", ""


def _not_served(answer: Answer) -> Form:
    """What an accepted connection without an answer says of it."""
    return "accepted-closed" if answer.reply in {"closed", "reset"} else "accepted-mute"


def _named(keys: frozenset[SessionKey]) -> str:
    first = min(keys)
    more = f" and {len(keys) - 1} more" if len(keys) > 1 else ""
    return clean(f"the session of {first.client} port {first.client_port}{more}", 80)
