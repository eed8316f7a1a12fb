"""Whether an on-link address has a neighbour at all: what the kernel's own ARP found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tui.clock import Clock

_TABLE: Final = Path("/proc/net/arp")
_FRESH_S: Final = 0.2
_COMPLETE: Final = 0x2  # include/uapi/linux/if_arp.h ATF_COM


class Neighbours:
    """The IPv4 neighbour table, read at most a few times a second. Empty where there is none to read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read_at = -1.0
        self._unanswered: frozenset[str] = frozenset()

    def unanswered(self, address: str) -> bool:
        """True if the kernel asks (or asked) for *address* by ARP and got no answer."""
        now = self._clock.mono()
        if now - self._read_at > _FRESH_S or self._read_at < 0:
            self._unanswered = frozenset(_incomplete())
            self._read_at = now
        return address in self._unanswered


def _incomplete() -> Iterator[str]:
    try:
        lines = _TABLE.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return  # not Linux: what the connect said must do
    for line in lines:
        fields = line.split()
        if len(fields) >= 3 and not int(fields[2], 16) & _COMPLETE:  # noqa: PLR2004 - address, type, flags
            yield fields[0]
