"""What the monitor knows of a device when a climb asks: its sessions now, and its past."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui import limits
from tui.clock import Clock
from tui.diagnosis.scene import last_worked
from tui.ladder.seen import seen_here
from tui.ladder.site import Past, Seen
from tui.probes.own import OwnConnections
from tui.records import Target
from tui.state.store import Store


def sessions_now(store: Store, own: OwnConnections, clock: Clock) -> Callable[[Target], Awaitable[Seen]]:
    """Reads this host's tables at once, and adds the sessions of others as they were last told."""

    async def read(target: Target) -> Seen:
        seen = await seen_here(target, own, clock.wall())
        known = [session for session in store.sessions_of(target) if not session.ours]
        if seen.missing:
            return Seen(known) if known else seen
        here = {session.key for session in seen.sessions}
        elsewhere = [s for s in known if (s.side == "none" or s.netns) and s.key not in here]
        return seen._replace(sessions=[*seen.sessions, *elsewhere])

    return read


def past_of(store: Store, clock: Clock) -> Callable[[Target], Awaitable[Past]]:
    """When a device last worked, and how often it has changed."""

    async def read(target: Target) -> Past:
        now = clock.wall()
        device = store.devices.get(target)
        worked = None if device is None else last_worked(device)
        turns = sum(
            (change.address, change.port) == target and now - change.at < limits.HISTORY_S
            for change in store.changes
        )
        return Past(None if worked is None else max(0.0, now - worked), turns)

    return read
