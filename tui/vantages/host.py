"""This host's own sessions, from one of its socket tables."""

from __future__ import annotations

from typing import Final

from tui.vantages import Reading, SocketTable
from tui.vantages.merge import merge


class HostSessions:
    """What one socket table of this host says of the sessions to *ports*."""

    exact: Final = False
    needed: Final = True

    def __init__(self, table: SocketTable, ports: frozenset[int]) -> None:
        self._table = table
        self._ports = ports

    @property
    def name(self) -> str:
        """The table's."""
        return self._table.name

    @property
    def sees(self) -> str:
        """What the table sees, in words."""
        return self._table.sees

    def read(self, at: float) -> Reading:
        """The sessions with an end here, at wall time *at*.

        Raises:
            VantageError: the table cannot be read.
        """
        return Reading(merge(self._table.read(self._ports), self._ports, vantage=self.name, at=at))
