"""Which way of seeing sessions to use: the best that works, and why a better one does not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tui.clean import clean
from tui.vantages import Socket, SocketTable, Vantage, VantageError
from tui.vantages.conntrack import ConntrackTable
from tui.vantages.host import HostSessions
from tui.vantages.kernel import KernelTable
from tui.vantages.namespaces import NamespaceSessions
from tui.vantages.psutil_table import PsutilTable


class Look(NamedTuple):
    """What one look at the host's sockets gave."""

    vantage: SocketTable | None
    """The one that worked, or None where none did."""
    sockets: list[Socket]
    refused: tuple[tuple[SocketTable, str], ...]
    """Those tried before it, each with its reason."""


def of_this_host() -> tuple[SocketTable, ...]:
    """The ways of seeing this host's sockets, best first."""
    return KernelTable(), PsutilTable()


def everywhere(ports: frozenset[int], mirrors: Iterable[Vantage] = ()) -> list[list[Vantage]]:
    """Every way of seeing the sessions to *ports*, the most trusted first, alternatives together."""
    tables: list[Vantage] = [HostSessions(table, ports) for table in of_this_host()]
    return [tables, [NamespaceSessions(ports)], *([mirror] for mirror in mirrors), [ConntrackTable(ports)]]


def look(vantages: Iterable[SocketTable], ports: frozenset[int]) -> Look:
    """Read the first of *vantages* that can be read."""
    refused: list[tuple[SocketTable, str]] = []
    for vantage in vantages:
        try:
            return Look(vantage, vantage.read(ports), tuple(refused))
        except VantageError as error:
            refused.append((vantage, clean(str(error))))
    return Look(None, [], tuple(refused))
