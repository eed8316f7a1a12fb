"""When the next request on a connection may go: as its device wants it, and as our own budget allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.clock import Clock
from tui.probes.manners import Manners
from tui.probes.pace import Pace


def turns(manners: Manners, pace: Pace, clock: Clock) -> Callable[[], Awaitable[None]]:
    """For one connection that was just opened: each call returns when its next request may go."""
    first = True

    async def turn() -> None:
        nonlocal first
        await clock.sleep(manners.first_pause_s if first else manners.pause_s)
        first = False
        await pace.turn()

    return turn
