"""What a climb is given in tests: no sessions of others, no past."""

from __future__ import annotations

from tui.clock import Clock
from tui.ladder.site import Means, Past, Seen
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.records import Target


def means(pace: Pace, clock: Clock) -> Means:
    async def sessions(_target: Target) -> Seen:
        return Seen()

    async def past(_target: Target) -> Past:
        return Past()

    return Means(pace, clock, OwnConnections(clock), sessions, past)
