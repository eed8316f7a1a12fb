"""The sessions of every device, with what each adds to: counts over time, and the clients it has had."""

from __future__ import annotations

from collections.abc import Mapping

from tui import limits
from tui.records import ClientPast, Session, SessionKey, Target
from tui.state import clients
from tui.state.counts import Counts
from tui.state.model import holds_slot


class Held:
    """Who holds what, bounded by `limits.SESSIONS` and `limits.DEVICES`."""

    def __init__(self) -> None:
        self.sessions: dict[Target, dict[SessionKey, Session]] = {}
        self.counts: dict[Target, Counts] = {}
        self.clients: dict[Target, Mapping[str, ClientPast]] = {}
        self._number = 0
        self._taken: dict[Target, int] = {}
        """Connections of each device that are taken, as `slots_taken` of its sessions."""

    def seen(self, session: Session, at: float) -> bool:
        """Note how a session is at wall time *at*; False where there is no room for it."""
        target = session.target
        held = self.sessions.get(target, {})
        before = held.get(session.key)
        if before is None:
            if self._number >= limits.SESSIONS:
                return False
            self._number += 1
        self.sessions.setdefault(target, held)[session.key] = session
        self._count(target, at, holds_slot(session) - (before is not None and holds_slot(before)))
        if holds_slot(session):
            self._meet(target, session, at)
        return True

    def gone(self, key: SessionKey, at: float) -> bool:
        """Note that a session is over; False where it was not known."""
        target = Target(key.address, key.port)
        held = self.sessions.get(target, {})
        gone = held.pop(key, None)
        if gone is None:
            return False
        self._number -= 1
        self._count(target, at, -holds_slot(gone))
        if not held:
            del self.sessions[target]
            self._taken.pop(target, None)
        return True

    def recall(self, target: Target, past: Mapping[str, ClientPast]) -> None:
        """Note the clients that a device had before."""
        known = self.clients.get(target, {})
        merged = {client: clients.recalled(then, known.get(client)) for client, then in past.items()}
        self.clients[target] = {**known, **merged}

    def _meet(self, target: Target, session: Session, at: float) -> None:
        known = self.clients.get(target)
        if known is None and len(self.clients) >= limits.DEVICES:
            del self.clients[next(iter(self.clients))]
        if (now := clients.seen(known or {}, session, at)) is not None:
            self.clients[target] = now

    def _count(self, target: Target, at: float, more: int) -> None:
        taken = self._taken[target] = self._taken.get(target, 0) + more
        counts = self.counts.get(target)
        if counts is None:
            if len(self.counts) >= limits.DEVICES:
                return
            counts = self.counts[target] = Counts()
        counts.tell(at, taken)
