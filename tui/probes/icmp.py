"""Who sent the ICMP error that ended a connect, read from the socket itself: no privilege needed."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from typing import Final, NamedTuple

# include/uapi/linux/in.h, in6.h, errqueue.h
_IP_RECVERR: Final = 11
_IPV6_RECVERR: Final = 25
_EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")
_ORIGIN_ICMP: Final = 2
_ORIGIN_ICMP6: Final = 3
_FAMILY: Final = struct.Struct("=H")
_UNREACHABLE, _EXCEEDED = 3, 11  # RFC 792
_UNREACHABLE6, _EXCEEDED6 = 1, 3  # RFC 4443 3.1, 3.3
_QUOTED: Final = 64  # of the packet of ours that an error quotes: enough to know it by


class Unreachable(NamedTuple):
    """An ICMP error: its type and code, and the address that sent it."""

    type: int
    code: int
    sender: str
    v6: bool = False

    @property
    def prohibited(self) -> bool:
        """Somebody refused by rule: codes 9, 10, 13 of RFC 1812 5.2.7.1, or 1, 5, 6 of RFC 4443 3.1."""
        if self.v6:
            return self.type == _UNREACHABLE6 and self.code in {1, 5, 6}
        return self.type == _UNREACHABLE and self.code in {9, 10, 13}

    @property
    def expired(self) -> bool:
        """The packet's hops ran out at the sender: code 0 of time exceeded (RFC 792; RFC 4443 3.3)."""
        return self.type == (_EXCEEDED6 if self.v6 else _EXCEEDED) and self.code == 0

    @property
    def words(self) -> str:
        """As shown to people."""
        return f"ICMP{'v6' if self.v6 else ''} type {self.type} code {self.code} from {self.sender}"


def listen(sock: socket.socket) -> bool:
    """Ask the kernel to keep ICMP errors for *sock*; False where it cannot (Linux 5.8 and later can)."""
    if sys.platform != "linux":
        return False
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    return True


def heard(sock: socket.socket) -> Unreachable | None:
    """The ICMP error that *sock* received, or None."""
    found = quoted(sock)
    return found[0] if found else None


def quoted(sock: socket.socket) -> tuple[Unreachable, bytes] | None:
    """The ICMP error that *sock* received and what it quotes of the message it is about, or None."""
    if sys.platform != "linux":
        return None
    try:
        quote, ancillary, _, _ = sock.recvmsg(_QUOTED, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None  # an empty queue: the answer was no ICMP
    for level, kind, data in ancillary:
        if (level, kind) in {(socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)}:
            found = _parse(bytes(data))
            return (found, quote) if found else None
    return None


def _parse(data: bytes) -> Unreachable | None:
    if len(data) < _EXTENDED_ERROR.size + 8:
        return None
    _, origin, kind, code, _, _, _ = _EXTENDED_ERROR.unpack_from(data)
    offender = data[_EXTENDED_ERROR.size :]
    (family,) = _FAMILY.unpack_from(offender)
    if origin == _ORIGIN_ICMP and family == socket.AF_INET:
        return Unreachable(kind, code, str(ipaddress.IPv4Address(offender[4:8])))
    if origin == _ORIGIN_ICMP6 and family == socket.AF_INET6 and len(offender) >= 24:  # noqa: PLR2004 - sockaddr_in6
        return Unreachable(kind, code, str(ipaddress.IPv6Address(offender[8:24])), v6=True)
    return None
