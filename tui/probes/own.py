"""port502's own connections, so that its touch is never taken for somebody else's."""

from __future__ import annotations

from tui import limits
from tui.clock import Clock
from tui.records import SessionKey, Target


class OwnConnections:
    """Remembers the local port of each connection made, for as long as the kernel may still show it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._opened: dict[tuple[int, str, int], float] = {}

    def opened(self, local_port: int, target: Target) -> None:
        """Note a connection of ours."""
        now = self._clock.mono()
        self._opened.pop((local_port, *target), None)
        self._opened[local_port, *target] = now
        for key, at in list(self._opened.items()):
            if now - at < limits.OWN_KEPT_S:
                break
            del self._opened[key]

    def age_s(self, key: SessionKey) -> float | None:
        """Seconds since we opened *key*; None if it is not ours."""
        at = self._opened.get((key.client_port, key.address, key.port))
        return None if at is None else self._clock.mono() - at
