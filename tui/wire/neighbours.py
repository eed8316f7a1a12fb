"""Who has this address: ARP, and IPv6 neighbour discovery told in the same terms.

Layouts: RFC 826 for ARP, RFC 4861 sections 4.3, 4.4 and 4.6 for neighbour discovery.
"""

from __future__ import annotations

import socket
import struct
from typing import Final, NamedTuple

SOLICITATION: Final = 135
ADVERTISEMENT: Final = 136

_ARP: Final = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET_IPV4: Final = (1, 0x0800, 6, 4)
_REQUEST: Final = 1
_REPLY: Final = 2
_FIXED: Final = 24  # ICMPv6 header, four bytes of flags, the target's address
_LINK_ADDRESS: Final = {SOLICITATION: 1, ADVERTISEMENT: 2}  # the option that carries the sender's
_UNIT: Final = 8  # options are counted in these
_MAC: Final = 6
_OPTIONS: Final = 16  # looked at, at the most


class Arp(NamedTuple):
    """A question who has *target*, or the answer that *sender* is at *sender_mac*.

    For IPv6 a neighbour solicitation or advertisement. A host that checks whether an address is free
    asks as sender 0.0.0.0 or `::`.
    """

    request: bool
    sender_mac: str
    sender: str
    target_mac: str
    """Of no meaning in a question; empty for IPv6."""
    target: str


def arp(data: bytes, start: int) -> Arp | None:
    """The ARP message at *start* of *data*; None for a broken one or another link's."""
    if len(data) < start + _ARP.size:
        return None
    *kind, operation, sender_mac, sender, target_mac, target = _ARP.unpack_from(data, start)
    if tuple(kind) != _ETHERNET_IPV4 or operation not in {_REQUEST, _REPLY}:
        return None
    return Arp(
        operation == _REQUEST,
        sender_mac.hex(":"),
        socket.inet_ntoa(sender),
        target_mac.hex(":"),
        socket.inet_ntoa(target),
    )


def discovery(data: bytes, start: int, end: int, source: str, destination: str) -> Arp | None:
    """The neighbour solicitation or advertisement in data[start:end]; None for a broken one.

    The sender's MAC is empty where the message does not carry it.
    """
    if end - start < _FIXED:
        return None
    kind = data[start]
    about = socket.inet_ntop(socket.AF_INET6, data[start + 8 : start + _FIXED])
    mac = _link_address(data, start + _FIXED, end, _LINK_ADDRESS[kind])
    if kind == SOLICITATION:
        return Arp(True, mac, source, "", about)
    return Arp(False, mac, about, "", destination)


def _link_address(data: bytes, at: int, end: int, wanted: int) -> str:
    for _ in range(_OPTIONS):
        if at + _UNIT > end or not data[at + 1]:
            break
        if data[at] == wanted:
            return data[at + 2 : at + 2 + _MAC].hex(":")
        at += data[at + 1] * _UNIT
    return ""
