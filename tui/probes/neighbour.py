"""Neighbours of this host: what the kernel's own ARP found, and how much it may be asked at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tui import limits
from tui.clock import Clock
from tui.probes.links import Links

_TABLE: Final = Path("/proc/net/arp")
_FRESH_S: Final = 0.2
_COMPLETE: Final = 0x2  # include/uapi/linux/if_arp.h ATF_COM


class Neighbours:
    """The IPv4 neighbour table, read at most a few times a second. Empty where there is none to read.

    The kernel keeps few entries for the whole host. When they are used up its programs, ours among them,
    reach no new neighbour, and their SYNs vanish without an error.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read_at: float | None = None
        self._answered: dict[str, bool] = {}
        self._links = Links(clock)
        self._room = asyncio.Semaphore(limits.NEIGHBOURS)

    def unanswered(self, address: str) -> bool:
        """True if the kernel asks (or asked) for *address* by ARP and got no answer."""
        return self._table().get(address) is False

    def crowded_out(self, address: str) -> bool:
        """True if *address* should be in the table and is not, while many others wait there."""
        table = self._table()
        if address in table or not self._links.by_arp(address):
            return False
        return sum(not answered for answered in table.values()) > limits.NEIGHBOURS // 2

    @asynccontextmanager
    async def room(self, address: str) -> AsyncIterator[Callable[[], None]]:
        """Wait until ARP may be asked for *address*; call what this yields once the address has answered."""
        if not self._links.by_arp(address):
            yield lambda: None
            return
        await self._room.acquire()
        loop = asyncio.get_running_loop()
        freed = False

        def free() -> None:
            nonlocal freed
            if not freed:
                freed = True
                self._room.release()

        try:
            yield free
        finally:
            # The kernel's question outlives ours: its entry stays until ARP gives up.
            if not freed:
                loop.call_later(limits.ARP_S, free)

    def _table(self) -> dict[str, bool]:
        now = self._clock.mono()
        if self._read_at is None or now - self._read_at >= _FRESH_S:
            self._answered = dict(_entries())
            self._read_at = now
        return self._answered


def _entries() -> Iterator[tuple[str, bool]]:
    try:
        lines = _TABLE.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return  # not Linux: what the connect said must do
    for line in lines:
        fields = line.split()
        if len(fields) >= 3:  # noqa: PLR2004 - address, type, flags
            yield fields[0], bool(int(fields[2], 16) & _COMPLETE)
