"""The socket table through psutil: on systems other than Linux, and where the kernel refuses netlink."""

from __future__ import annotations

from typing import Final, TypeAlias

import psutil

from tui.vantages import Socket, VantageError
from tui.vantages.processes import Owner, describe

_Place: TypeAlias = tuple[str, int]
"""Address and port."""

_MAPPED: Final = "::ffff:"
_NOBODY: Final = Owner()
_UNWANTED: Final = frozenset({psutil.CONN_TIME_WAIT, psutil.CONN_CLOSE, psutil.CONN_NONE})


class PsutilTable:
    """Reads every socket of the host and keeps the watched ports'; states and processes, no figures."""

    name: Final = "psutil"
    sees: Final = "TCP sessions of this host, without round trip, queues and retransmits"

    def __init__(self) -> None:
        self._owners: dict[int, Owner] = {}

    def read(self, ports: frozenset[int]) -> list[Socket]:
        """The sockets with one of *ports* at either end, listening ones included.

        Raises:
            VantageError: the system refused.
        """
        try:
            table = psutil.net_connections("tcp")
        except psutil.AccessDenied as error:
            raise VantageError("this system shows its socket table to administrators only") from error
        except (psutil.Error, OSError, NotImplementedError) as error:
            raise VantageError(f"psutil cannot read the socket table: {type(error).__name__}") from error
        ends = [
            (_place(row.laddr), _place(row.raddr), row.status, row.pid or 0)
            for row in table
            if row.status not in _UNWANTED
        ]
        watched = [end for end in ends if end[0][1] in ports or end[1][1] in ports]
        pids = {pid for *_, pid in watched if pid}
        self._owners = {pid: self._owners.get(pid) or describe(pid) for pid in pids}
        return [_socket(*end, self._owners.get(end[3], _NOBODY)) for end in watched]


def _socket(local: _Place, remote: _Place, state: str, pid: int, owner: Owner) -> Socket:
    return Socket(*local, *remote, state, pid=pid or None, process=owner.process, user=owner.user)


def _place(end: _Place | tuple[()]) -> _Place:
    """Address and port, as IPv4 where it is only mapped into IPv6; empty where there is no end."""
    if not end:
        return "", 0
    address, port = end
    return (address.removeprefix(_MAPPED) if "." in address else address), port
