"""Which unit ids answer: one harmless read of each, one after the other, on one connection."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from tui import limits
from tui.clean import clean
from tui.probes.modbus import Answer
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.talk import Talk
from tui.probes.tcp import LET_GO, UNCLOSED, Connection, LetGoError, Outcome, connect
from tui.probes.unit_faces import Ended, Unit, Units, face_of
from tui.records import Target

BETWEEN_S: Final = 0.1  # between an answer and the next request: room for others on a serial line
LEAST_S: Final = 0.3  # waited at the least for a unit's answer
OPENED_MOST: Final = 9  # connections of one sweep, one after the other
_CLOSED_MOST: Final = 2  # connections that end at the first request, before no other unit id is tried
_PATIENT: Final = 2  # silences waited for in full, to learn how late a gateway says that its target is silent
_STRANGER_S: Final = 1.0  # waited after those while nothing has answered at all
_TIMES: Final = 4  # the slowest answer
_LATER: Final = 1.25  # times the latest 0B: gateways give up on a serial target by a timer of their own
_LATE_MOST_S: Final = 10.0
_BUSY: Final = 6
_BUSY_S: Final = 1.0  # before a unit that is busy is asked once more
_AGAIN_S: Final = 0.5  # for the device to be done with the last connection
_RECENT: Final = 16  # requests that the time left is reckoned from

Last: TypeAlias = Callable[[Talk, Units], Awaitable[None]]
"""Asks for more once all unit ids have been asked, on the connection that stands."""
Open: TypeAlias = Callable[[], Awaitable[tuple[Connection | None, Outcome]]]
"""Opens one connection, as `opener` does."""


def opener(target: Target, pace: Pace, own: OwnConnections) -> Open:
    """How connections to *target* are opened: each takes its turn and is known as ours."""

    async def open_one() -> tuple[Connection | None, Outcome]:
        await pace.turn()
        connection, outcome = await connect(target, limits.CLIMB_CONNECT_S)
        if connection is not None:
            own.opened(connection.local_port, target, connection)
        return connection, outcome

    return open_one


async def sweep(
    open_one: Open | None,
    units: Sequence[int],
    *,
    told: Callable[[Units], None],
    between_s: float = BETWEEN_S,
    wait_s: float = limits.ANSWER_S,
    least_s: float = LEAST_S,
    talk: Talk | None = None,
    last: Last | None = None,
    begun: Units = Units(),  # noqa: B008
) -> Units:
    """Read register 0 of each of *units*, *between_s* seconds after an answer, on one connection at a time.

    A connection that the device ends is opened again, `OPENED_MOST` in all. *told* of what is found after
    each, and of the whole at the end. Cancelled, it closes by FIN and tells before that goes on.
    Silence is waited for up to *wait_s* seconds, and for less once answers have come: *least_s* at the least.

    With a *talk* it begins on that one, which stays the caller's to end, and goes on with what was *begun*
    there; without *open_one* it ends with it. At the end *last* may ask for more on the connection.

    Raises:
        LetGoError: the *talk* given was let go; otherwise that is a reason to stop.
    """
    found = begun._replace(left=tuple(dict.fromkeys(units)), ended="stopped")
    waiting = Waiting(wait_s, least_s)
    for unit in begun.asked:
        waiting.saw(unit)
    run = _Run(open_one, found, waiting, between_s, talk)
    run.last = last
    try:
        await run.through(told)
    except LetGoError:
        run.stop("let-go", LET_GO)
        if talk is not None:
            raise
    finally:
        try:
            await run.hang_up()
        finally:
            told(run.found)
    return run.found


class Waiting:
    """How long a unit's answer is waited for, learnt from those that came."""

    def __init__(self, most_s: float, least_s: float) -> None:
        self._most_s = most_s
        self._least_s = least_s
        self._slowest: float | None = None
        self._late: float | None = None
        self._silences = 0

    @property
    def seconds(self) -> float:
        """For the next one."""
        late = 0.0 if self._late is None else min(self._late * _LATER + self._least_s, _LATE_MOST_S)
        if self._silences < _PATIENT:
            return max(self._most_s, late)
        slowest = _STRANGER_S if self._slowest is None and not late else _TIMES * (self._slowest or 0.0)
        return max(self._least_s, min(slowest, self._most_s), late)

    def saw(self, unit: Unit, *, late: bool = False) -> None:
        """Learn from what came; *late* where it was not waited for any more."""
        if unit.face == "silent":
            self._silences += 1
        elif late or unit.face == "target-silent":
            self._late = max(self._late or 0.0, unit.seconds)
        elif unit.face in {"answers", "exception", "path", "other-unit"}:
            self._slowest = max(self._slowest or 0.0, unit.seconds)


class _Run:
    """One sweep under way."""

    def __init__(
        self, open_one: Open | None, found: Units, waiting: Waiting, between_s: float, talk: Talk | None
    ) -> None:
        self.found = found
        self._open_one = open_one
        self._waiting = waiting
        self._between_s = between_s
        self._loop = asyncio.get_running_loop()
        self._connection: Connection | None = None
        """That stands and is ours to close."""
        self._talk = talk
        self.last: Last | None = None
        self._asked_here = 0 if talk is None else 1
        """Requests on the connection that stands."""
        self._late_taken = 0 if talk is None else len(talk.late)
        self._took: deque[float] = deque(maxlen=_RECENT)

    async def through(self, told: Callable[[Units], None]) -> None:
        """Ask until there is no unit left, or a reason to stop."""
        while self.found.left:
            started = self._loop.time()
            # A silence that was waited for has been a pause already.
            rested = self.found.asked and self.found.asked[-1].face == "silent"
            if self._asked_here and not rested:
                await asyncio.sleep(self._between_s)
            unit = await self._one(self.found.left[0])
            if unit is None:
                return
            self._waiting.saw(unit)
            left = self.found.left[1:]
            self._took.append(self._loop.time() - started)
            # A silence that was waited for in full, to learn from it, does not come again.
            most_s = self._waiting.seconds + self._between_s
            left_s = len(left) * sum(min(took, most_s) for took in self._took) / len(self._took)
            self.found = self.found._replace(
                asked=(*self.found.asked, unit), left=left, left_s=left_s, ended="stopped"
            )
            self._take_late()
            told(self.found)
            if len(self.found.asked) == _CLOSED_MOST and {one.face for one in self.found.asked} == {"closed"}:
                self.stop("closes", "it ends the connection, whatever unit id is asked")
                return
        if self._talk is not None and self.found.asked and self.found.asked[-1].face == "silent":
            # Where less was waited than a gateway takes to say 0B, that word may be on its way.
            await self._talk.hear_out(min(self._waiting.seconds, _STRANGER_S))
            self._take_late()
        if self.last is not None and self._talk is not None and not self._over:
            await self.last(self._talk, self.found)
        self.stop("all", "")

    def stop(self, ended: Ended, detail: str) -> None:
        """Note why no more is asked."""
        self.found = self.found._replace(ended=ended, detail=clean(detail, 120))

    async def hang_up(self) -> None:
        """Close the connection that stands, by FIN."""
        talk, connection, self._talk, self._connection = self._talk, self._connection, None, None
        if connection is None:
            return
        try:
            if talk is not None:
                await talk.__aexit__(None, None, None)
        finally:
            closed = await connection.close()
            self.found = self.found._replace(closed=(*self.found.closed, closed))

    async def _one(self, unit: int) -> Unit | None:
        """Ask *unit*, once more where that may tell more; None where there is a reason to stop."""
        answer = await self._ask(unit)
        if answer is None:
            return None
        if answer.reply == "exception" and answer.exception == _BUSY:
            await asyncio.sleep(_BUSY_S)
            answer = await self._ask(unit)
        elif answer.reply in {"closed", "reset"} and self._asked_here > 1:
            # Its time may have been over, whatever was asked: only a first request tells.
            answer = await self._ask(unit)
        if answer is None:
            return None
        if answer.reply == "other" and not self.found.asked:
            self.stop("not-modbus", answer.detail)
            return None
        return face_of(unit, answer)

    async def _ask(self, unit: int) -> Answer | None:
        talk = await self._standing()
        if talk is None:
            return None
        self._asked_here += 1
        self.found = self.found._replace(requests=self.found.requests + 1)
        answer = await talk.ask(unit, self._waiting.seconds)
        self._take_late()
        return answer

    @property
    def _over(self) -> bool:
        """Whether no more can be asked on this connection.

        Raises:
            LetGoError: we did, for somebody else.
        """
        if self._talk is None:
            return True
        if self._talk.gave_way:
            raise LetGoError
        return self._talk.over

    async def _standing(self) -> Talk | None:
        """The connection that stands, or another one where the device ended it."""
        if self._talk is not None and not self._over:
            return self._talk
        again = self.found.opened > 0
        self._take_late()
        await self.hang_up()
        if again and self.found.closed[-1:] and self.found.closed[-1] in UNCLOSED:
            self.stop("left-open", "it did not confirm the end of our connection, and may still hold it")
            return None
        if self._open_one is None:
            self.stop("closes", "it ended the connection")
            return None
        if self.found.opened >= OPENED_MOST:
            self.stop("closes", f"{self.found.opened} connections did not last; no more are opened")
            return None
        if again:
            await asyncio.sleep(_AGAIN_S)
        self.found = self.found._replace(opened=self.found.opened + 1)
        self._connection, outcome = await self._open_one()
        if self._connection is None:
            self.stop("unreachable", outcome.detail or outcome.state)
            return None
        self._asked_here = self._late_taken = 0
        self._talk = Talk(self._connection)
        await self._talk.__aenter__()
        if self._talk.ended:
            self.stop("closes", "it accepts a connection and closes it at once")
            return None
        return self._talk

    def _take_late(self) -> None:
        """Put what came late in the place of the silence it ended."""
        if self._talk is None:
            return
        for late in self._talk.late[self._late_taken :]:
            self._late_taken += 1
            came = face_of(late.unit, late.answer._replace(seconds=late.seconds))
            asked = tuple(
                came if unit.unit == late.unit and unit.face == "silent" else unit
                for unit in self.found.asked
            )
            self.found = self.found._replace(asked=asked)
            self._waiting.saw(came, late=True)
