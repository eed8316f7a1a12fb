"""Watches the TCP sessions of this host to and from the watched ports."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Collection, Sequence

import msgspec

from tui import limits
from tui.clock import Clock
from tui.events import Emit, VantageStatus
from tui.probes.own import OwnConnections
from tui.records import SessionKey
from tui.vantages import Vantage
from tui.vantages.choice import Look, look, of_this_host
from tui.vantages.merge import Seen, merge
from tui.workers.session_changes import Known, changes


class Sessions:
    """Reads the best vantage that works, every *interval* seconds from the end of the last reading.

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
        vantages: Sequence[Vantage] | None = None,
        own: OwnConnections | None = None,
    ) -> None:
        if len(set(ports)) > limits.WATCHED_PORTS:
            raise ValueError(f"{len(set(ports))} ports: at most {limits.WATCHED_PORTS} can be watched")
        self._ports = frozenset(ports)
        self._clock = clock
        self._interval = interval
        self._vantages = tuple(of_this_host() if vantages is None else vantages)
        self._own = own or OwnConnections(clock)
        self._resting: dict[str, float] = {}
        """Vantages that failed: monotonic time at which each may be tried again."""
        self._known: dict[SessionKey, Known] = {}
        self._status: dict[str, VantageStatus] = {}
        self._reading = threading.Lock()

    async def run(self, emit: Emit) -> None:
        """Tell of sessions that appear, change and go, until cancelled."""
        self._status.clear()
        while True:
            await self.poll(emit)
            await self._clock.sleep(self._interval)

    async def poll(self, emit: Emit) -> None:
        """One reading, in a thread of its own, and what is new in it."""
        seen = await asyncio.to_thread(self._look)
        at, mono = self._clock.wall(), self._clock.mono()
        for vantage, reason in seen.refused:
            self._resting[vantage.name] = mono + limits.VANTAGE_RETRY_S
            self._tell(emit, vantage, at, works=False, detail=reason)
        if seen.vantage is None:
            # Not seen is not gone: what is known stays, and every vantage is tried at the next poll.
            self._resting.clear()
            return
        self._resting.pop(seen.vantage.name, None)
        self._tell(emit, seen.vantage, at, works=True, detail="")
        sessions = self._others(merge(seen.sockets, self._ports, vantage=seen.vantage.name, at=at))
        self._known, events = changes(self._known, sessions, at=at, mono=mono)
        for event in events:
            emit(event)

    def _others(self, sessions: dict[SessionKey, Seen]) -> dict[SessionKey, Seen]:
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

    def _look(self) -> Look:
        # A reading outlives the task that asked for it; the next run must wait for it.
        with self._reading:
            mono = self._clock.mono()
            return look([v for v in self._vantages if self._resting.get(v.name, mono) <= mono], self._ports)

    def _tell(self, emit: Emit, vantage: Vantage, at: float, *, works: bool, detail: str) -> None:
        status = VantageStatus(at=at, name=vantage.name, works=works, sees=vantage.sees, detail=detail)
        told = self._status.get(vantage.name)
        if told is None or (told.works, told.detail) != (works, detail):
            self._status[vantage.name] = status
            emit(status)
