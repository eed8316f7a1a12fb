"""Several reading questions to one unit on one connection: at its pace, bounded, every answer noted."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Final

from pymodbus.pdu import ModbusPDU

from tui import limits
from tui.clean import clean
from tui.probes.manners import Manners
from tui.probes.modbus import Answer
from tui.probes.talk import Talk
from tui.records import Evidence

RUNG: Final = "identity"
SILENCES: Final = 3  # in a row: the first, and two questions more
QUESTIONS: Final = 64
INTERVIEW_S: Final = 20.0  # for all questions; a connection is somebody's slot
FIRST_S: Final = 2.0
"""Patience with the first request; devices that need a rest after connecting need 1.5 s of it."""
_IDLE_LEAST_S: Final = 0.5  # a close sooner after a request answers that request
_HEARD: Final = frozenset({"answer", "exception"})
_NOBODY: Final = frozenset({0x0A, 0x0B})
"""What gateways answer for a unit that is silent (Modbus Application Protocol V1.1b3, section 7)."""
_UNUSUAL: Final = frozenset({17, 43})
"""Functions that a device need not know; plain reads are never given up."""
_RAW: Final = limits.TEXT // 2  # bytes shown as hex


class Interview:
    """Asks *unit* on *talk*; keeps to the *manners* given and learns better ones.

    Every question may raise `LetGoError`: the connection was let go, before or meanwhile.
    """

    def __init__(
        self, talk: Talk, unit: int, manners: Manners, wait_s: float = limits.ANSWER_S, *, warm: bool = False
    ) -> None:
        self.unit = unit
        self._warm = warm
        """Whether it has answered on this connection: a first silence is then about the question."""
        self.manners = manners
        """Those given, until something was learnt."""
        self.evidence: list[Evidence] = []
        """What was asked and answered, in order."""
        self._talk = talk
        self._wait_s = wait_s
        self._loop = asyncio.get_running_loop()
        self._opened_at = self._loop.time()
        self._end_at = self._opened_at + manners.first_pause_s + INTERVIEW_S
        self._late_before = len(talk.late)
        self._questions = 0
        self._silences = 0
        self._answered = False
        self._over_seen = False

    def goes_on(self) -> bool:
        """Whether another question makes sense: the device listens, answers, and there is time left."""
        return (
            not self._talk.over
            and self._silences < SILENCES
            and self._questions < QUESTIONS
            and self._loop.time() < self._end_at
        )

    @property
    def cut_short(self) -> bool:
        """Whether the device ended it, or fell silent."""
        return self._talk.over or self._silences >= SILENCES

    async def begin(self) -> None:
        """Wait as long as the device needs before its first request."""
        await self._pause(self.manners.first_pause_s)

    async def ask(self, asked: str, question: ModbusPDU, told: Callable[[Answer], str]) -> Answer | None:
        """Put one question and note it; *told* words a good answer. None where it was not asked."""
        if not self.goes_on() or question.function_code in self.manners.refuses:
            return None
        first = not self._questions and not self._warm
        if not first:
            await self._pause(self.manners.pause_s)
        if not self.goes_on():
            return None
        answer = await self._once(asked, question, told, self._patience(first=first))
        if first and answer.reply == "silent":
            return await self._once_more(asked, question, told, answer)
        return answer

    async def _once(
        self, asked: str, question: ModbusPDU, told: Callable[[Answer], str], wait_s: float
    ) -> Answer:
        answer = await self._talk.send(self.unit, question, wait_s)
        self._took(answer, question.function_code)
        self._note(asked, told(answer) if answer.message is not None else answer.detail, answer)
        return answer

    async def _once_more(
        self, asked: str, question: ModbusPDU, told: Callable[[Answer], str], silent: Answer
    ) -> Answer:
        """The first request got no answer: a device that needs time, or one that ignores this question?"""
        if not self.goes_on():
            return silent
        since_open = self._loop.time() - self._opened_at
        usual = await self._talk.ask(self.unit, self._patience())
        self._took(usual, 3)
        self._note(f"read holding register 0 of unit {self.unit}", usual.detail, usual)
        if late := self._late():
            self._took(late, question.function_code)
            self._note(f"{asked}, late", told(late) if late.message is not None else late.detail, late)
            return late
        if usual.reply not in _HEARD or not self.goes_on():
            return silent
        await self._pause(self.manners.pause_s)
        again = await self._once(asked, question, told, self._patience())
        if again.reply in _HEARD:
            self.manners = self.manners._replace(before_s=math.ceil(since_open * 10) / 10)
        return again

    def _late(self) -> Answer | None:
        """The answer to our first request, where it came after our patience."""
        owed = (late.answer for late in self._talk.late[self._late_before :])
        return next((answer for answer in owed if answer.value is None), None)

    def learn(self) -> None:
        """Learn from how it ended: what to do differently on another connection."""
        if not self._answered and self._silences >= SILENCES:
            self._learn_to_wait()

    def _patience(self, *, first: bool = False) -> float:
        wait_s = min(self._wait_s, FIRST_S) if first else self._wait_s
        left = max(self._end_at - self._loop.time(), 0.0)
        return min(self.manners.patience_s(wait_s), left)

    async def _pause(self, seconds: float) -> None:
        until = self._loop.time() + seconds
        while not self._talk.over and (left := until - self._loop.time()) > 0:
            await self._talk.listen(left)
        if self._talk.ended and not self._over_seen:
            self._over_seen = True
            idle = self._talk.idle_s or 0.0
            self._learn_idle(idle)
            self._note("saying nothing", f"closed by the device after {idle:.1f} s")

    def _took(self, answer: Answer, function: int) -> None:
        """Count a silence, and learn from an end."""
        self._questions += 1
        # A gateway speaks for a unit that does not: the next question waits for nothing as well.
        if answer.reply in _HEARD and answer.exception not in _NOBODY:
            self._silences = 0
            self._answered = True
        else:
            self._silences += 1
        if not self._talk.ended or self._over_seen:
            return
        self._over_seen = True
        idle = self._talk.idle_s or 0.0
        if idle >= _IDLE_LEAST_S:
            self._learn_idle(idle)
            return
        if function in _UNUSUAL:
            self.manners = self.manners._replace(refuses=(*self.manners.refuses, function))
        if not self._answered:
            self._learn_to_wait()

    def _learn_idle(self, seconds: float) -> None:
        known = self.manners.idle_close_s
        self.manners = self.manners._replace(idle_close_s=round(min(seconds, known or seconds), 2))

    def _learn_to_wait(self) -> None:
        if self.manners.before_s < limits.CLIMB_WARM_UP_S:
            self.manners = self.manners._replace(before_s=limits.CLIMB_WARM_UP_S)

    def _note(self, asked: str, told: str, answer: Answer | None = None) -> None:
        if len(self.evidence) >= limits.CLIMB_EVIDENCE:
            return
        came = answer is not None and answer.reply in _HEARD
        line = Evidence(
            rung=RUNG,
            asked=clean(asked),
            answer=clean(told),
            ms=round(answer.seconds * 1000, 2) if answer is not None and came else None,
            raw=answer.raw[:_RAW].hex() if answer is not None and answer.raw else None,
        )
        self.evidence.append(line)
