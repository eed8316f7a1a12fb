"""The kernel's own table of TCP sockets, with its figures: the best view of this host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.vantages import Socket
from tui.vantages.diag_message import Entry
from tui.vantages.inet_diag import InetDiag
from tui.vantages.processes import Owner, Owners, user_name


class KernelTable:
    """Reads only the watched ports' sockets, with round trip, queues and retransmits."""

    name: Final = "kernel"
    sees: Final = "TCP sessions of this host's network namespace, with the kernel's figures"

    def __init__(self, owners: Owners | None = None) -> None:
        self._diag = InetDiag()
        self._owners = owners or Owners()

    def read(self, ports: frozenset[int]) -> list[Socket]:
        """The sockets with one of *ports* at either end, listening ones included.

        Raises:
            VantageError: not on Linux, or the kernel refused.
        """
        entries = self._diag.read(ports)
        owners = self._owners.of(entry.inode for entry in entries if entry.inode)
        return [_socket(entry, owners) for entry in entries]


def _socket(entry: Entry, owners: Mapping[int, Owner]) -> Socket:
    owner = owners.get(entry.inode)
    if owner is None:
        # Who opened a socket is known even where the process is hidden; without inode nobody has it.
        owner = Owner(user=user_name(entry.uid) if entry.inode else "")
    return Socket(
        *entry.ends, entry.state, entry.inode, entry.uid, entry.cookie, *owner,
        entry.send_queue, entry.receive_queue, entry.retransmits, entry.backoff, entry.unacked,
        entry.rtt_us / 1000 if entry.rtt_us else None,
        None if entry.quiet_ms is None else entry.quiet_ms / 1000,
    )  # fmt: skip
