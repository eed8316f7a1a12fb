"""Which devices rest: those that went bad after our touch, or take a connection and give nothing."""

from __future__ import annotations

from tui import limits
from tui.events import Probed
from tui.records import ProbeState, Target


class Rest:
    """After each bad answer a device is skipped for one sweep, then two, four, up to the limit."""

    def __init__(self) -> None:
        self._resting: dict[Target, tuple[int, int]] = {}

    def saw(self, before: ProbeState | None, event: Probed) -> None:
        """Learn from one outcome; *before* is the outcome of the sweep before."""
        target = event.target
        if event.state == "answers":
            self._resting.pop(target, None)
        elif event.state == "open" or before == "answers" or target in self._resting:
            _, last = self._resting.get(target, (0, 0))
            sweeps = min(max(1, last * 2), limits.REST_SWEEPS)
            self._resting[target] = (sweeps, sweeps)

    def reason(self, target: Target) -> str:
        """Why *target* is to be skipped in this sweep, or ""; counts the sweep."""
        left, last = self._resting.get(target, (0, 0))
        if left == 0:
            return ""
        self._resting[target] = (left - 1, last)
        return f"resting after a bad answer; asked again in {left} sweep{'s' if left > 1 else ''}"
