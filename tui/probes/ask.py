"""The question of a sweep: does TCP connect, and does Modbus answer? One connection, closed by FIN."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from tui import limits
from tui.clock import Clock
from tui.events import Probed
from tui.probes import modbus
from tui.probes.further import Further, Nothing
from tui.probes.neighbour import Neighbours
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.talk import Talk
from tui.probes.tcp import Connection, LetGoError, Outcome, connect
from tui.records import Closed, Target


class Asker:
    """Asks targets within the budget, never two connections to one address at once.

    *further* may go on to ask on the same connection; *told* gets the outcome before that.
    """

    def __init__(
        self,
        pace: Pace,
        clock: Clock,
        own: OwnConnections,
        *,
        further: Further | None = None,
        told: Callable[[Probed], None] = lambda _event: None,
    ) -> None:
        self._own = own
        self._further = further or Nothing()
        self._told = told
        self._pace = pace
        self._clock = clock
        self._neighbours = Neighbours(clock)

    async def ask(self, target: Target, wait_s: float, unit: int | None = None) -> tuple[Probed, Outcome]:
        """Ask once, waiting *wait_s* seconds for TCP; the event to tell and how TCP ended.

        Raises:
            LetGoError: the connection was needed by somebody else before Modbus answered; nothing is known.
        """
        async with (
            self._neighbours.room(target.address) as answered,
            self._pace.connection(target.address),
        ):
            connection, outcome = await connect(target, wait_s)
            if outcome.state == "timeout":
                outcome = self._judge_silence(target, outcome)
            elif outcome.state != "no-neighbour":
                answered()
            if connection is None:
                return self._probed(target, outcome), outcome
            self._own.opened(connection.local_port, target, connection)
            try:
                event = await self._converse(target, connection, outcome, unit)
                if self._goes_on(target, event):
                    await self._further.after(target)
            except asyncio.CancelledError:
                connection.abandon()
                raise
            return event, outcome

    def _goes_on(self, target: Target, event: Probed) -> bool:
        """Whether more is asked: silence of one unit id says nothing of the others."""
        answers = event.state == "answers"
        return (answers or event.reply == "silent") and self._further.wants(target, silent=not answers)

    def _judge_silence(self, target: Target, outcome: Outcome) -> Outcome:
        """What the neighbour table adds to a SYN without an answer."""
        if self._neighbours.unanswered(target.address):
            return outcome._replace(state="no-neighbour", detail="no answer to ARP")
        if self._neighbours.crowded_out(target.address):
            full = "this host's neighbour table is full"
            return outcome._replace(state="error", detail=full, shortage=True)
        return outcome

    async def _converse(
        self, target: Target, connection: Connection, outcome: Outcome, unit: int | None
    ) -> Probed:
        unit = modbus.DEFAULT_UNIT if unit is None else unit
        pause_s = self._further.manners(target).first_pause_s
        event: Probed | None = None
        try:
            async with Talk(connection) as talk:
                if pause_s:
                    await talk.listen(pause_s)
                answer = await talk.ask(unit, limits.ANSWER_S)
                event = self._answered(target, outcome, unit, answer, pause_s)
                if self._goes_on(target, event):
                    self._told(event)
                    await self._further.ask(target, talk, unit, answer)
        except LetGoError as gone:
            closed = await connection.close()
            if event is None:
                raise LetGoError(closed) from gone
        else:
            closed = await connection.close()
        ended: Closed = "reset" if event.reply == "reset" else closed
        return msgspec.structs.replace(event, at=self._clock.wall(), closed=ended)

    def _answered(
        self, target: Target, outcome: Outcome, unit: int, answer: modbus.Answer, pause_s: float
    ) -> Probed:
        return Probed(
            at=self._clock.wall(),
            address=target.address,
            port=target.port,
            state="answers" if answer.reply in {"answer", "exception"} else "open",
            ms=_ms(outcome.seconds),
            answer_ms=_ms(answer.seconds),
            sender=outcome.sender,
            detail=answer.detail,
            reply=answer.reply,
            unit=unit,
            exception=answer.exception,
            raw=answer.raw[: limits.TEXT // 2].hex() or None,
            pause_s=pause_s,
        )

    def _probed(self, target: Target, outcome: Outcome) -> Probed:
        return Probed(
            at=self._clock.wall(),
            address=target.address,
            port=target.port,
            state=outcome.state,
            ms=_ms(outcome.seconds),
            sender=outcome.sender,
            detail=outcome.detail,
        )


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1 if seconds > 0.01 else 2)  # noqa: PLR2004 - hundredths matter on a LAN
