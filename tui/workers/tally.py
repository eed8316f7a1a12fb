"""How far a sweep is: what is done, how fast, and how long it still takes."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from tui.records import ProbeState

_WINDOW: Final = 6  # progress beats the rate is taken over


class Tally:
    """Counts outcomes against a total that grows when silent addresses are asked again."""

    def __init__(self, total: int, now: float) -> None:
        self.total = total
        self.done = 0
        self.counts: Counter[ProbeState] = Counter()
        self._beats: deque[tuple[float, int]] = deque([(now, 0)], maxlen=_WINDOW)

    def settle(self, state: ProbeState) -> None:
        """One target has its final outcome."""
        self.counts[state] += 1
        self.done += 1

    def postpone(self) -> None:
        """One target was silent and will be asked once more."""
        self.done += 1
        self.total += 1

    def skip(self) -> None:
        """One target was left alone."""
        self.done += 1

    def beat(self, now: float) -> tuple[float, float | None]:
        """Connections a second over the last beats, and seconds left at that rate."""
        then, before = self._beats[0]
        self._beats.append((now, self.done))
        rate = (self.done - before) / (now - then) if now > then else 0.0
        return round(rate, 1), round((self.total - self.done) / rate, 1) if rate else None
