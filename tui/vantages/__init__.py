"""Ways of seeing TCP sessions without touching the devices."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

LISTEN: Final = "LISTEN"
"""State of a socket that waits for connections; its remote end is empty."""


class VantageError(Exception):
    """This vantage cannot be read now; the text says why, in words for the screen."""


class Socket(msgspec.Struct, frozen=True, gc=False):
    """One local end of a TCP connection, or a listening socket. Addresses mapped from IPv4 are IPv4."""

    local: str
    local_port: int
    remote: str
    remote_port: int
    state: str
    """As the kernel's headers name it, without the prefix: `ESTABLISHED`, `SYN_SENT`, `FIN_WAIT2` ..."""
    inode: int = 0
    """0 while no process has the socket: not yet accepted, or closed by its process already."""
    uid: int = 0
    cookie: int = 0
    """Tells this socket from any other of the same addresses and ports; 0 where the vantage has none."""
    pid: int | None = None
    process: str = ""
    user: str = ""
    send_queue: int = 0
    """Bytes sent or waiting that the peer has not acknowledged."""
    receive_queue: int = 0
    """Bytes received that the process has not read."""
    retransmits: int = 0
    """Segments sent again, in all."""
    backoff: int = 0
    """Times the retransmit timer has doubled since the last acknowledgement."""
    unacked: int = 0
    """Segments on their way."""
    rtt_ms: float | None = None
    quiet_s: float | None = None
    """Since data last arrived, or since the handshake where none has."""


class Vantage(Protocol):
    """One way of seeing sessions."""

    @property
    def name(self) -> str:
        """Short name, as in the journal."""
        ...

    @property
    def sees(self) -> str:
        """What it sees, in words."""
        ...

    @property
    def exact(self) -> bool:
        """Whether it sees every session a device holds, rather than a part of them."""
        ...

    def read(self, ports: frozenset[int]) -> list[Socket]:
        """The sockets with one of *ports* at either end, listening ones included.

        Raises:
            VantageError: it cannot be read.
        """
        ...
