"""port502's own connections, so that its touch is never taken for another's, nor in their way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

from tui import limits
from tui.clock import Clock
from tui.probes.tcp import Connection
from tui.records import Session, SessionKey, Target
from tui.state.holding import Holding
from tui.state.model import holds_slot

_LAST_S: Final = limits.ANSWER_S + 0.5
"""The last connection of a device is held no longer: one question, and its answer in time."""
_TRYING: Final = frozenset({"SYN_SENT", "SYN_RECV", "NEW_SYN_RECV"})


class _Opened(NamedTuple):
    mono: float
    wall: float


class OwnConnections:
    """Remembers the local port of each connection made, for as long as the kernel may still show it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened: dict[tuple[int, str, int], _Opened] = {}
        self._standing: WeakValueDictionary[tuple[int, str, int], Connection] = WeakValueDictionary()

    def opened(self, local_port: int, target: Target, connection: Connection | None = None) -> None:
        """Note a connection of ours; where *connection* is given, `crowd` may let it go."""
        now = self._clock.mono()
        ours = (local_port, *target)
        self._opened.pop(ours, None)
        self._opened[ours] = _Opened(now, self._clock.wall())
        if connection is not None:
            self._standing[ours] = connection
        for key, at in list(self._opened.items()):
            if now - at.mono < limits.OWN_KEPT_S:
                break
            del self._opened[key]

    def age_s(self, key: SessionKey) -> float | None:
        """Seconds since we opened *key*; None if it is not ours."""
        at = self._opened.get((key.client_port, key.address, key.port))
        return None if at is None else self._clock.mono() - at.mono

    @property
    def standing(self) -> frozenset[Target]:
        """Devices to which a connection of ours stands that can be let go."""
        items = list(self._standing.items())
        return frozenset(Target(*key[1:]) for key, connection in items if connection.stands)

    def crowd(self, target: Target, held: Holding, others: Iterable[Session]) -> bool:
        """Let our connection to *target* go, by FIN at once, where it is its last one and wanted.

        For every device in `standing`, on the loop that opened them, after each reading of the sessions.
        *held* is what is known of the device's connections without ours, *others* its sessions as they were
        told, with the time each was first seen. Ours goes when another appeared or is trying since it stands,
        and otherwise when it has stood for one question. True if it went now.
        """
        ours = [
            (self._opened[key], connection)
            for key, connection in list(self._standing.items())
            if key[1:] == target and connection.stands and key in self._opened
        ]
        if held.limit is None or held.taken + len(ours) < held.limit:
            return False
        theirs = [session for session in others if session.target == target and not session.ours]
        trying = any(not _TRYING.isdisjoint((session.state, session.device_state)) for session in theirs)
        newest = max((session.since for session in theirs if holds_slot(session)), default=0.0)
        went = False
        for opened, connection in ours:
            left_s = opened.mono + _LAST_S - self._clock.mono()
            if trying or newest > opened.wall or left_s <= 0:
                connection.let_go()
                went = True
            else:
                asyncio.get_running_loop().call_later(left_s, connection.let_go)
        return went
