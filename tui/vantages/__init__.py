"""Ways of seeing TCP sessions without touching the devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec

from tui.records import End, Ending, Session, SessionKey
from tui.session_events import Heard

LISTEN: Final = "LISTEN"
"""State of a socket that waits for connections; its remote end is empty."""


class VantageError(Exception):
    """This vantage cannot be read now; the text says why, in words for the screen."""


class NothingThereError(VantageError):
    """It works, but there is nothing that it could see: no lack that somebody should mend."""


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


class SocketTable(Protocol):
    """One way of reading this host's sockets."""

    @property
    def name(self) -> str:
        """Short name, as in the journal."""
        ...

    @property
    def sees(self) -> str:
        """What it sees, in words."""
        ...

    def read(self, ports: frozenset[int]) -> list[Socket]:
        """The sockets with one of *ports* at either end, listening ones included.

        Raises:
            VantageError: it cannot be read.
        """
        ...


Cookies: TypeAlias = tuple[int, int]
"""Of the client's and of the device's socket; 0 where that is not here, or the vantage has none."""


class Seen(msgspec.Struct, frozen=True):
    """A session in one reading."""

    session: Session
    cookies: Cookies = (0, 0)
    aliases: tuple[SessionKey, ...] = ()
    """The same connection as it is named on the other sides of a translation of addresses."""


class Ended(NamedTuple):
    """How a session ended, where a vantage saw it."""

    at: float
    by: End
    ending: Ending


class Reading(NamedTuple):
    """What one vantage sees at one moment."""

    sessions: Mapping[SessionKey, Seen]
    ended: Mapping[SessionKey, Ended] = {}
    """Sessions that ended since the last reading, where it was seen how."""
    heard: tuple[Heard, ...] = ()
    """Devices whose figures moved since the last reading."""
    detail: str = ""
    """What is worth knowing though it works: what it could not see, or lost."""
    gap: bool = False
    """Something that passed since the last reading was missed."""


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
        """Whether whoever set it up vouches that no session of a device passes it by."""
        ...

    @property
    def needed(self) -> bool:
        """Whether somebody counts on it, so that it is trouble where nothing can be seen."""
        ...

    def read(self, at: float) -> Reading:
        """What it sees now, at wall time *at*. May block for a while; called by one thread at a time.

        Raises:
            VantageError: it cannot be read.
        """
        ...
