"""How a device wants to be spoken to: the delays it needs, and what it does not take."""

from __future__ import annotations

from typing import Final, NamedTuple

_SHARE: Final = 0.6  # of the silence a device bears; the rest is for the network and its own clock


class Manners(NamedTuple):
    """What to keep to with one device, in seconds; from its profile, or learnt on an earlier connection."""

    before_s: float = 0.0
    """Between connecting and the first request."""
    between_s: float = 0.0
    """Between an answer and the next request."""
    idle_close_s: float | None = None
    """Silence after which it closes the connection; nothing where it is not known to."""
    refuses: tuple[int, ...] = ()
    """Function codes at which it closes the connection: not asked again."""

    @property
    def first_pause_s(self) -> float:
        """Seconds to wait before the first request."""
        return self._borne(self.before_s)

    @property
    def pause_s(self) -> float:
        """Seconds to wait before every other request."""
        return self._borne(self.between_s)

    def patience_s(self, wait_s: float) -> float:
        """Seconds to wait for an answer, *wait_s* at the most: the next request keeps the connection open."""
        return self._borne(wait_s)

    def _borne(self, seconds: float) -> float:
        if not self.idle_close_s:
            return seconds
        return min(seconds, self.idle_close_s * _SHARE)
