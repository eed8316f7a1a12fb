"""Watches the TCP sessions to the watched ports, from every vantage there is."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

import msgspec

from tui import limits
from tui.clean import clean
from tui.clock import Clock
from tui.event import Emit
from tui.events import Health
from tui.probes.own import OwnConnections
from tui.records import Session, SessionKey
from tui.session_events import VantageStatus
from tui.vantages import Ended, NothingThereError, Reading, Seen, Vantage, VantageError
from tui.vantages.choice import of_this_host
from tui.vantages.host import HostSessions
from tui.vantages.union import union
from tui.workers.session_changes import Known, changes

Alternatives: TypeAlias = Sequence[Vantage]
"""Ways of seeing the same, the best first: the first that works is read."""
_OVER_KEPT: Final = 4_096  # sessions whose end was seen


class Sessions:
    """Reads every vantage, *interval* seconds from the end of the last reading.

    *vantages* are the most trusted first; of those that are alternatives the best that works is read. *after*
    is given the sessions as they were told, after each reading.

    Raises:
        ValueError: more than `limits.WATCHED_PORTS` ports.
    """

    name = "sessions"

    def __init__(
        self,
        ports: Collection[int],
        clock: Clock,
        *,
        interval: float = limits.SESSIONS_INTERVAL_S,
        vantages: Sequence[Alternatives] | None = None,
        own: OwnConnections | None = None,
        after: Callable[[Iterable[Session]], None] | None = None,
    ) -> None:
        if len(set(ports)) > limits.WATCHED_PORTS:
            raise ValueError(f"{len(set(ports))} ports: at most {limits.WATCHED_PORTS} can be watched")
        self._clock = clock
        self._interval = interval
        if vantages is None:
            vantages = [[HostSessions(table, frozenset(ports)) for table in of_this_host()]]
        self._groups = [_Group(alternatives) for alternatives in vantages]
        self._own = own or OwnConnections(clock)
        self._after = after
        self._known: dict[SessionKey, Known] = {}
        self._read_before: frozenset[str] = frozenset()
        """Vantages that gave the reading before this one."""
        self._over: dict[SessionKey, Ended] = {}
        self._status: dict[str, VantageStatus] = {}
        self._blind: set[str] = set()
        """Vantages of which it was told that nothing can be seen from there."""

    async def run(self, emit: Emit) -> None:
        """Tell of sessions that appear, change and go, until cancelled."""
        self._status.clear()
        while True:
            await self.poll(emit)
            await self._clock.sleep(self._interval)

    async def poll(self, emit: Emit) -> None:
        """One reading, each vantage in a thread of its own, and what is new in it."""
        now = self._clock.wall(), self._clock.mono()
        seen = await asyncio.gather(*(asyncio.to_thread(group.read, *now) for group in self._groups))
        at, mono = self._clock.wall(), self._clock.mono()
        for look in seen:
            self._tell_of(look, emit, at)
        readings = [look.reading for look in seen if look.reading is not None]
        if not readings:
            # Not seen is not gone: what is known stays, and every vantage is tried at the next poll.
            for group in self._groups:
                group.wake()
            return
        for reading in readings:
            for heard in reading.heard:
                emit(heard)
        ended = {key: end for reading in readings for key, end in reading.ended.items()}
        self._over = dict([*self._over.items(), *ended.items()][-_OVER_KEPT:])
        sessions = self._others(union([reading.sessions for reading in readings], self._over))
        self._read_before, before = (
            frozenset(look.vantage.name for look in seen if look.vantage is not None),
            self._read_before,
        )
        sessions = {
            key: _begun(now) if key not in self._known and now.session.vantage in before else now
            for key, now in sessions.items()
        }
        blind = {vantage.name for look in seen if look.reading is None for vantage in look.vantages}
        self._known, events = changes(self._known, sessions, at=at, mono=mono, ended=ended, blind=blind)
        for event in events:
            emit(event)
        if self._after is not None:
            self._after(known.told for known in self._known.values())

    def _others(self, sessions: Mapping[SessionKey, Seen]) -> dict[SessionKey, Seen]:
        """The sessions worth telling: our own only when they outlast their work, and marked as ours."""
        others: dict[SessionKey, Seen] = {}
        for key, seen in sessions.items():
            age_s = self._own.age_s(key)
            connecting = seen.session.state == "SYN_SENT" and seen.session.pid == os.getpid()
            if age_s is None and not connecting:
                others[key] = seen
            elif age_s is not None and age_s > limits.OWN_HIDDEN_S:
                ours = msgspec.structs.replace(seen.session, ours=True)
                others[key] = Seen(ours, seen.cookies)
        return others

    def _tell_of(self, look: _Look, emit: Emit, at: float) -> None:
        for vantage, reason in look.refused:
            self._tell(emit, vantage, at, works=False, detail=reason)
        self._tell_health(look, emit, at)
        if look.reading is not None and look.vantage is not None:
            detail, gap = clean(look.reading.detail), look.reading.gap
            self._tell(emit, look.vantage, at, works=True, detail=detail, gap=gap)

    def _tell_health(self, look: _Look, emit: Emit, at: float) -> None:
        """Say so where nothing can be seen from a place that somebody counts on, and when it can again."""
        place = look.vantages[0].name
        if look.refused and look.reading is None and look.vantages[0].needed:
            if place in self._blind:
                return
            self._blind.add(place)
            reasons = "; ".join(f"{vantage.name}: {reason}" for vantage, reason in look.refused)
            text = clean(f"sessions cannot be seen. {reasons}")
            emit(Health(at=at, source=f"{self.name} ({place})", ok=False, text=text))
        elif look.reading is not None and place in self._blind:
            self._blind.discard(place)
            emit(Health(at=at, source=f"{self.name} ({place})", ok=True, text="sessions are seen again"))

    def _tell(
        self, emit: Emit, vantage: Vantage, at: float, *, works: bool, detail: str, gap: bool = False
    ) -> None:
        told = self._status.get(vantage.name)
        status = VantageStatus(
            at=at,
            name=vantage.name,
            works=works,
            sees=clean(vantage.sees),
            detail=detail,
            exact=vantage.exact,
            since=None if not works else told.since if told is not None and told.works and not gap else at,
        )
        known = None if told is None else (told.works, told.detail, told.exact)
        if known != (works, detail, vantage.exact) or (gap and vantage.exact):
            self._status[vantage.name] = status
            emit(status)


def _begun(seen: Seen) -> Seen:
    """A session that this host did not have a reading ago: it began since."""
    if seen.session.side == "none" or seen.session.began:
        return seen
    return Seen(msgspec.structs.replace(seen.session, began=True), seen.cookies)


class _Look(msgspec.Struct, frozen=True):
    """What one look through a group of alternatives gave."""

    vantages: Alternatives
    reading: Reading | None
    vantage: Vantage | None
    """The one that was read."""
    refused: tuple[tuple[Vantage, str], ...]
    """Those tried before it, each with its reason."""


class _Group:
    """Alternatives, and which of them rest because they failed."""

    def __init__(self, vantages: Alternatives) -> None:
        self._vantages = vantages
        self._resting: dict[str, float] = {}
        """Monotonic time at which each may be tried again."""
        self._reading = threading.Lock()

    def read(self, at: float, mono: float) -> _Look:
        """The best that can be read now."""
        made = partial(_Look, self._vantages)
        refused: list[tuple[Vantage, str]] = []
        # A reading outlives the task that asked for it; the next run must wait for it.
        with self._reading:
            for vantage in self._vantages:
                if self._resting.get(vantage.name, mono) > mono:
                    continue
                try:
                    reading = vantage.read(at)
                except NothingThereError as nothing:
                    # No sessions, rather than none that can be seen.
                    return made(Reading({}), None, (*refused, (vantage, clean(str(nothing)))))
                except VantageError as error:
                    refused.append((vantage, clean(str(error))))
                    self._resting[vantage.name] = mono + limits.VANTAGE_RETRY_S
                else:
                    self._resting.pop(vantage.name, None)
                    return made(reading, vantage, tuple(refused))
        return made(None, None, tuple(refused))

    def wake(self) -> None:
        """Try them all at the next reading."""
        self._resting.clear()
