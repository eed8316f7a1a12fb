"""Replay: a recording's events again, at their own pace or faster."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from tui import limits
from tui.clock import RecordingClock
from tui.event import Emit
from tui.events import RECORDING, Health
from tui.journal.read import Reading, lines

_GAP_S: Final = 5.0  # a longer silence in the recording is not sat through
_BATCH: Final = limits.FOLD_BATCH


class Replay:
    """Plays *path* into the store at *speed* times real time; 0 is as fast as can be."""

    name = RECORDING

    def __init__(self, path: Path, clock: RecordingClock, speed: float = 1.0) -> None:
        self._path = path
        self._clock = clock
        self._speed = speed
        self.reading = Reading()
        self.ended = asyncio.Event()
        """Set when the last line was played."""

    async def run(self, emit: Emit) -> None:
        """Play to the end, say how much was readable, and return."""
        self.reading = Reading()
        played: float | None = None
        count = 0
        async for line in lines(self._path):
            event = self.reading.event(line)
            if event is None:
                continue
            if self._speed and played is not None and event.at > played:
                await self._clock.sleep(min(event.at - played, _GAP_S) / self._speed)
            played = event.at
            self._clock.show(event.at)
            emit(event)
            count += 1
            if count % _BATCH == 0:
                await asyncio.sleep(0)  # let the store fold what it got
        # The end of the recording is its last moment, not the present.
        at = self._clock.wall()
        words = f"recording ended: {self.reading.words}"
        emit(Health(at=at, source=self.name, ok=not self.reading.broken, text=words))
        self.ended.set()
