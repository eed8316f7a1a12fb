"""How long to wait for a SYN's answer, learnt from the answers seen."""

from __future__ import annotations

from tui import limits


class Patience:
    """A waiting time that follows the network: smoothed response time plus four deviations (RFC 6298)."""

    def __init__(self) -> None:
        self._mean: float | None = None
        self._deviation = 0.0

    def saw(self, seconds: float) -> None:
        """Learn from one answer."""
        if self._mean is None:
            self._mean, self._deviation = seconds, seconds / 2
        else:
            self._deviation += (abs(seconds - self._mean) - self._deviation) / 4
            self._mean += (seconds - self._mean) / 8

    @property
    def first_s(self) -> float:
        """Seconds in which the answer to one SYN is expected."""
        if self._mean is None:
            return limits.CONNECT_FIRST_S
        wanted = self._mean + 4 * self._deviation
        return min(max(wanted, limits.CONNECT_FLOOR_S), limits.CONNECT_CEILING_S)

    @property
    def learnt(self) -> bool:
        """Whether any answer has been seen."""
        return self._mean is not None

    @property
    def hold_s(self) -> float:
        """Seconds to wait the first time an address is asked: two SYNs, and a late answer gets no RST."""
        return max(self.first_s, limits.CONNECT_AGAIN_S)

    @property
    def again_s(self) -> float:
        """Seconds to wait when a silent address is asked once more."""
        return min(max(2 * self.first_s, limits.CONNECT_AGAIN_S), limits.CONNECT_CEILING_S)
