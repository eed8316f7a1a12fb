"""port502 lets go first: who gets a device's last connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui.clock import Clock
from tui.probes.own import OwnConnections
from tui.records import Session
from tui.state.holding import holding
from tui.state.store import Store


def giving_way(store: Store, own: OwnConnections, clock: Clock) -> Callable[[Iterable[Session]], None]:
    """Looks, given all sessions as they were told, whether a connection of ours is in somebody's way."""

    def look(sessions: Iterable[Session]) -> None:
        standing = own.standing
        if not standing:
            return
        told = [session for session in sessions if session.target in standing]
        for target in standing:
            others = [session for session in told if session.target == target]
            held = holding(store.devices.get(target), others, store.vantages, clock.wall())
            own.crowd(target, held, others)

    return look
