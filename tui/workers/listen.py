"""Listens to a mirrored interface, so that nothing that passes it is lost between two readings."""

from __future__ import annotations

import asyncio
from typing import Final

from tui import limits
from tui.clock import Clock
from tui.event import Emit
from tui.vantages.mirror import Mirror


class Listen:
    """Empties the kernel's queue of *mirror* every *interval* seconds; whoever reads the vantage tells."""

    name: Final = "listen"

    def __init__(self, mirror: Mirror, clock: Clock, interval: float = limits.MIRROR_S) -> None:
        self._mirror = mirror
        self._clock = clock
        self._interval = interval

    async def run(self, emit: Emit) -> None:  # noqa: ARG002 - every worker may tell something
        """Listen until cancelled, then stop listening."""
        try:
            while True:
                await asyncio.to_thread(self._mirror.pump)
                await self._clock.sleep(self._interval)
        finally:
            # A pump outlives the task that asked for it; closing waits for its end.
            await asyncio.to_thread(self._mirror.close)
