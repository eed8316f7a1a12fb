"""Wall and monotonic time behind one small door, so that tests and replays can bring their own."""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

_SILENCE_S: Final = 5.0  # a longer silence in a capture file is not sat through
_TURNS: Final = 4  # of the loop, for the store to fold what it got before time moves on


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


class CaptureClock(SystemClock):
    """The time inside a capture file: it passes while somebody sleeps, and not beyond the file's end.

    *speed* is times real time; 0 is as fast as can be.
    """

    def __init__(self, begin: float, speed: float = 1.0) -> None:
        self._wall = self._quiet_until = begin
        self._mono = 0.0
        self._speed = speed
        self._end: float | None = None
        self.over = asyncio.Event()
        """Set when time has come to its end and all of it was seen."""

    def wall(self) -> float:
        """Seconds since 1970 at the file's present."""
        return self._wall

    def mono(self) -> float:
        """Seconds of the file that have passed."""
        return self._mono

    async def sleep(self, seconds: float) -> None:
        """Let time move on by *seconds*; for ever, where it has come to its end."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        if self._end is not None:
            self.over.set()
            await asyncio.Event().wait()
        due = self._wall + seconds
        if self._speed:
            await asyncio.sleep(seconds / self._speed)
        if self._quiet_until - due > _SILENCE_S:
            due = self._quiet_until - seconds
        self._mono += max(0.0, due - self._wall)
        self._wall = max(self._wall, due)

    def foresee(self, wall: float) -> None:
        """Nothing happens before *wall*: a long silence is not sat through."""
        self._quiet_until = wall

    def end(self, wall: float) -> None:
        """*wall* is the last moment there is."""
        self._end = self._wall = min(self._wall, wall)
