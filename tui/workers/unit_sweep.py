"""One sweep over all unit ids of a device that somebody asked for, told as it goes on."""

from __future__ import annotations

from typing import Final

import msgspec

from tui import limits
from tui.clean import clean
from tui.device_events import UnitsSeen
from tui.probes.inquiry import names
from tui.probes.talk import Talk
from tui.probes.tcp import LET_GO, UNCLOSED, Connection, Outcome
from tui.probes.unit_faces import Ended, Unit, Units, few
from tui.probes.units import BETWEEN_S, opener, sweep
from tui.records import Target
from tui.workers.answered import answered
from tui.workers.inquired import Inquired, Tools

RANGE: Final = range(1, 248)
"""Unit ids of serial devices (Modbus over Serial Line V1.02, section 2.2)."""
_TOLD_S: Final = 1.0
_ENDS: Final[dict[Ended, str]] = {
    "unreachable": "no connection",
    "not-modbus": "it does not speak Modbus TCP",
    "let-go": LET_GO,
}


class UnitSweep:
    """Asks the unit ids that matter, then 1 to 247, on one connection; *begun* is what was found before.

    For a device in whose way nobody else is: the caller holds its address.
    """

    more = False
    """It is not asked for again while it runs."""

    def __init__(self, target: Target, about: Inquired, tools: Tools, begun: Units | None = None) -> None:
        self.target = target
        self.stopped = "stopped"
        """Why it is cancelled, once it is."""
        self._about = about
        self._clock, self._emit = tools.clock, tools.emit
        self._opened = opener(target, tools.pace, tools.own)
        wanted = dict.fromkeys((*few(about.unit, about.units), *RANGE))
        before = begun or _begun_before(about.seen)
        asked = {one.unit for one in before.asked}
        self._before = before
        # What earlier connections cost and how they ended is no matter of this one.
        self.found = Units(before.asked, tuple(unit for unit in wanted if unit not in asked))
        """What is known so far."""
        self._told_at: float | None = None
        self._said = {one.unit: one.said for one in about.seen.units} if about.seen else {}

    def again(self) -> None:
        """It is under way already."""

    def wait(self) -> None:
        """Tell that it will begin."""
        self._tell(running=True)

    def leave(self, reason: str) -> None:
        """Tell that nothing is asked, and why."""
        self._tell(ended=reason)

    @property
    def refused(self) -> str:
        """Why it is never done with this device; empty where it may be."""
        if self._about.limit == 1:
            return "it takes one connection only, and asking every unit id would keep that for long"
        return ""

    @property
    def left_open(self) -> bool:
        """Whether the device did not confirm the end of a connection of ours."""
        return not UNCLOSED.isdisjoint(self.found.closed)

    async def run(self) -> None:
        """Ask; cancelled, it closes by FIN and tells what was found."""
        manners = self._about.manners
        self._tell(running=True)
        try:
            await sweep(
                self._open,
                self.found.left,
                told=self._told,
                between_s=max(BETWEEN_S, manners.pause_s),
                wait_s=manners.patience_s(limits.ANSWER_S),
                begun=self.found,
                last=self._name,
            )
        finally:
            self._tell(ended=self._why())

    async def _open(self) -> tuple[Connection | None, Outcome]:
        """One connection, given the time it needs before its first request."""
        connection, outcome = await self._opened()
        if connection is not None and (pause_s := self._about.manners.first_pause_s):
            try:
                await self._clock.sleep(pause_s)
            except BaseException:
                await connection.close()
                raise
        return connection, outcome

    async def _name(self, talk: Talk, found: Units) -> None:
        """Ask the units behind a gateway what they are."""
        self._said |= await names(talk, found, self._about.manners)

    def _told(self, found: Units) -> None:
        self.found = found
        now = self._clock.mono()
        if self._told_at is None or now - self._told_at >= _TOLD_S:
            self._told_at = now
            self._tell(running=True)

    def _why(self) -> str:
        """Why it ended early."""
        found = self.found
        if found.ended == "stopped":
            return self.stopped
        if found.ended == "all":
            return ""
        words = _ENDS.get(found.ended, "")
        if found.ended == "let-go" or not found.detail:
            return words
        return f"{words} ({found.detail})" if words else found.detail

    def _tell(self, *, running: bool = False, ended: str = "") -> None:
        found, before = self.found, self._about.seen
        told = UnitsSeen(
            at=self._clock.wall(),
            address=self.target.address,
            port=self.target.port,
            units=tuple(answered(one, self._said.get(one.unit, "")) for one in found.asked),
            judgement=found.judgement,
            full=True,
            running=running,
            left=len(found.left),
            left_s=found.left_s if running else None,
            next_unit=None if running else min(set(found.left).intersection(RANGE), default=None),
            ended=clean(ended),
            connections=self._before.opened + found.opened,
            requests=self._before.requests + found.requests,
        )
        if not found.asked and before is not None:
            # Until there is something new, what was known stays in view.
            told = msgspec.structs.replace(told, units=before.units, judgement=before.judgement)
        self._emit(told)


def _begun_before(seen: UnitsSeen | None) -> Units:
    """What an earlier run of this program had asked, where it was stopped in the midst."""
    if seen is None or not seen.full or seen.next_unit is None:
        return Units()
    asked = (Unit(one.unit, one.face, 0.0, one.detail, value=one.value) for one in seen.units)
    return Units(tuple(asked), opened=seen.connections, requests=seen.requests)
