"""The climb: question after question, whichever tells most, until the cause is clear or the budget spent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from tui import limits
from tui.clean import clean
from tui.diagnosis.questions import QUESTIONS, Question, next_question
from tui.events import Climbed
from tui.ladder import distance, here, others, secure, talking, tcp
from tui.ladder.identity import identity
from tui.ladder.site import Means, Site, Subject
from tui.probes.tcp import LetGoError

Ask: TypeAlias = Callable[[Site], Awaitable[None]]

ASKS: Final[Mapping[str, Ask]] = {
    "name": here.name,
    "route": here.way,
    "sessions": here.sessions,
    "history": here.history,
    "link": here.link,
    "connect": tcp.connect,
    "read": talking.read,
    "again": talking.again,
    "units": talking.units,
    "echo": tcp.echo,
    "distance": distance.distance,
    "elsewhere": tcp.elsewhere,
    "ports": others.ports,
    "trace": tcp.trace,
    "tls": talking.tls,
    "tls-too": talking.tls,
    "certificate": secure.certificate,
    "rtu": talking.rtu,
    "rtu-too": talking.rtu,
    "unit": talking.unit,
    "patient": talking.patient,
    "idle": talking.idle,
    "retry": tcp.retry,
}
"""How each question of the ladder is asked."""


async def climb(subject: Subject, means: Means, told: Callable[[Climbed], None]) -> Climbed:
    """Examine *subject* within the budget of one climb; *told* of every rung, and the whole at the end.

    However it ends, every connection is closed by FIN first. Cancelled, it tells what is known so far as
    done and goes on being cancelled.
    """
    site = Site(subject, means)
    run = _Run(site, told)
    try:
        async with means.pace.held(subject.target.address):
            await run.through()
    finally:
        try:
            await site.end()
        finally:
            last = run.report("", done=True)
            told(last)
    return last


class _Run:
    """One climb under way."""

    def __init__(self, site: Site, told: Callable[[Climbed], None]) -> None:
        self._site = site
        self._told = told
        self._asked: list[str] = []
        self._started = site.means.clock.mono()

    async def through(self) -> None:
        """Ask until nothing more is worth asking."""
        while question := self._next():
            self._asked.append(question.id)
            self._told(self.report(question.id))
            left = limits.CLIMB_S - self._elapsed()
            try:
                async with asyncio.timeout(left):
                    await ASKS[question.id](self._site)
            except TimeoutError:
                self._site.untried[question.id] = "no time was left"
            except LetGoError as gone:
                self._site.untried[question.id] = str(gone)
                await self._site.hang_up()
            except OSError as error:
                # A fault of this host in one question must not cost the answers to the others.
                self._site.untried[question.id] = clean(str(error), 80)
        await identity(self._site, limits.CLIMB_S - self._elapsed())
        await here.overheard(self._site)

    def _next(self) -> Question | None:
        site = self._site
        return next_question(
            site.facts,
            self._asked,
            seconds=limits.CLIMB_S - self._elapsed(),
            connections=limits.CLIMB_CONNECTIONS - site.connections,
            privileged="capture" not in site.untried,
        )

    def _elapsed(self) -> float:
        return self._site.means.clock.mono() - self._started

    def report(self, asking: str, *, done: bool = False) -> Climbed:
        """What is known so far."""
        site = self._site
        return Climbed(
            at=site.means.clock.wall(),
            address=site.target.address,
            port=site.target.port,
            typed=clean(site.subject.typed, 60),
            unit=site.subject.unit,
            facts=dict(site.facts),
            details=dict(site.details),
            evidence=tuple(site.evidence),
            asked=tuple(self._asked),
            asking=asking,
            untried=dict(site.untried),
            connections=site.connections,
            packets=site.packets,
            seconds=round(self._elapsed(), 3),
            done=done,
        )


def rung_of(question: str) -> str:
    """The rung of the ladder that a question belongs to."""
    return next((known.rung for known in QUESTIONS if known.id == question), question)
