"""The most connections that a device held at once, from which one counted by mistake can be taken back."""

from __future__ import annotations

from collections import deque
from typing import Final

STEPS: Final = 256  # newest rises remembered; no known device takes half as many connections


class Peak:
    """Each rise of the most. Times are wall seconds."""

    def __init__(self) -> None:
        self._rises: deque[tuple[float, int]] = deque(maxlen=STEPS)
        """When, and to how many; those found to be there always are not among them."""
        self._always = 0

    @property
    def most(self) -> int:
        """Most that were held at once."""
        return self._always + (self._rises[-1][1] if self._rises else 0)

    @property
    def at(self) -> float:
        """When they were, for the first time."""
        return self._rises[-1][0] if self._rises else 0.0

    def measure(self, held: int, at: float) -> None:
        """So many were held at *at*."""
        if held > self.most:
            self._rises.append((at, held - self._always))

    def found(self, at: float) -> None:
        """One that was there always is found at *at*: every count so far was one too low."""
        self._always += 1
        if not self._rises:
            self._rises.append((at, 0))

    def mistaken(self, since: float) -> None:
        """One that was counted from *since* until now was none: every count since then was one too high."""
        rises, self._rises = self._rises, deque(maxlen=STEPS)
        for at, count in rises:
            self.measure(count - (at >= since) + self._always, at)
