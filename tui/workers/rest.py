"""Which devices rest: those that went bad after our touch, or take a connection and give nothing."""

from __future__ import annotations

from tui import limits
from tui.clock import Clock
from tui.events import Probed
from tui.records import ProbeState, Target


class Rest:
    """After each bad answer a device is skipped for one sweep, then two, four, up to the limit.

    One that takes a connection, gives nothing and never closes it is left alone for much longer: each
    further question could cost it one connection more.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._resting: dict[Target, tuple[int, int]] = {}
        self._left_open: dict[Target, float] = {}

    def saw(self, before: ProbeState | None, event: Probed) -> None:
        """Learn from one outcome; *before* is the outcome of the sweep before."""
        target = event.target
        unclosed = event.closed in {"fin-acked", "unconfirmed"}
        self._left_open.pop(target, None)
        if unclosed and event.state == "open":
            self._left_open[target] = self._clock.mono() + limits.LEFT_OPEN_S
        if event.state == "answers" and not unclosed:
            self._resting.pop(target, None)
        elif unclosed or event.state == "open" or before == "answers" or target in self._resting:
            _, last = self._resting.get(target, (0, 0))
            sweeps = min(max(1, last * 2), limits.REST_SWEEPS)
            self._resting[target] = (sweeps, sweeps)

    def reason(self, target: Target) -> str:
        """Why *target* is to be skipped in this sweep, or ""; counts the sweep."""
        if self._left_open.get(target, 0.0) > self._clock.mono():
            return "it never closed the connection we made; asked again within the hour, or by key"
        left, last = self._resting.get(target, (0, 0))
        if left == 0:
            return ""
        self._resting[target] = (left - 1, last)
        return f"resting after a bad answer; asked again in {left} sweep{'s' if left > 1 else ''}"
