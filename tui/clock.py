"""Wall and monotonic time behind one small door, so that tests and replays can bring their own."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the engine and the screen may know of time."""

    def wall(self) -> float:
        """Seconds since 1970, for people and for the journal."""
        ...

    def mono(self) -> float:
        """Seconds that never jump, for durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's own clock."""

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def mono(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)


class RecordingClock(SystemClock):
    """The time inside a recording: wall() is that of the event played last."""

    def __init__(self) -> None:
        self._wall = 0.0

    def wall(self) -> float:
        """Seconds since 1970 at the recording's present."""
        return self._wall

    def show(self, wall: float) -> None:
        """Move the recording's present; it never runs backwards."""
        self._wall = max(self._wall, wall)
