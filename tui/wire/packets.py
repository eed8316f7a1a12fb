"""TCP and ICMP inside IPv4 and IPv6: what a packet says, as far as it was captured.

Layouts: RFC 791 and 792 (IPv4, ICMP), RFC 8200 and 4443 (IPv6, ICMPv6), RFC 9293 (TCP). Checksums are
not looked at: frames that leave this host are seen before the card fills them in.
"""

from __future__ import annotations

import socket
import struct
from typing import Final, NamedTuple

from tui.wire.neighbours import ADVERTISEMENT, SOLICITATION, Arp, discovery

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
ACK: Final = 0x10

UNREACHABLE: Final = 3
TIME_EXCEEDED: Final = 11
ECHO_REPLY: Final = 0
UNREACHABLE_V6: Final = 1
TIME_EXCEEDED_V6: Final = 3
ECHO_REPLY_V6: Final = 129

_IPV4: Final = struct.Struct("!BxHxxHBBxx4s4s")
_IPV6: Final = struct.Struct("!B3xHBB16s16s")
_TCP: Final = struct.Struct("!HHIIBBH")
_TCP_LEAST: Final = 20
_ICMP: Final = struct.Struct("!BBxxHH")
_PORTS: Final = struct.Struct("!HH")
_FRAGMENT_OFFSET: Final = 0x1FFF
_FRAGMENT_OFFSET_V6: Final = 0xFFF8
_TCP_OR_UDP: Final = frozenset({6, 17})
_ICMPV6: Final = 58
_ERRORS: Final = frozenset({3, 4, 5, 11, 12})  # they quote the packet they are about
_FIRST_INFORMATION_V6: Final = 128  # ICMPv6 errors are below
_ECHOES: Final = {False: frozenset({0, 8}), True: frozenset({128, 129})}
_DISCOVERY_HOPS: Final = 255  # RFC 4861 7.1: any less has come through a router and is forged
_FRAGMENT: Final = 44
_AUTHENTICATION: Final = 51
_EXTENSIONS: Final = frozenset({0, 43, 60, 135})  # hop-by-hop, routing, destination, mobility
_EXTENSIONS_MOST: Final = 8  # headers walked through, at the most


class Tcp(NamedTuple):
    """One TCP segment as it was on the wire."""

    source: str
    source_port: int
    destination: str
    destination_port: int
    ttl: int
    """IPv4 TTL or IPv6 hop limit on arrival."""
    flags: int
    sequence: int
    acknowledgement: int
    window: int
    """Not scaled."""
    data: bytes
    """Payload without the padding of short frames; cut where the capture was."""
    length: int
    """Bytes of payload on the wire."""

    @property
    def syn(self) -> bool:
        """It opens a connection, or accepts one."""
        return bool(self.flags & SYN)

    @property
    def rst(self) -> bool:
        """It refuses or breaks a connection."""
        return bool(self.flags & RST)

    @property
    def fin(self) -> bool:
        """Its sender has nothing more to say."""
        return bool(self.flags & FIN)

    @property
    def accepts(self) -> bool:
        """It is a SYN-ACK."""
        return self.flags & (SYN | ACK | RST) == SYN | ACK


class Quoted(NamedTuple):
    """The packet an ICMP error complains about. Ports are 0 unless it is TCP or UDP."""

    protocol: int
    source: str
    source_port: int
    destination: str
    destination_port: int


class Icmp(NamedTuple):
    """One ICMP or ICMPv6 message."""

    source: str
    destination: str
    ttl: int
    type: int
    code: int
    v6: bool
    quoted: Quoted | None
    """For errors, as far as it could be read."""
    identifier: int
    """For echo requests and replies, else 0."""
    sequence: int
    """For echo requests and replies, else 0."""


class _Header(NamedTuple):
    """What is needed of an IP header, whichever version."""

    protocol: int
    ttl: int
    source: str
    destination: str
    start: int
    """Where its payload begins in the data."""
    end: int
    """Where its payload ends on the wire; the data may end before."""


def ipv4(data: bytes, start: int) -> Tcp | Icmp | None:
    """What the IPv4 packet at *start* of *data* carries; None for anything else, and later fragments."""
    header = _header4(data, start)
    if header is None:
        return None
    if header.protocol == socket.IPPROTO_TCP:
        return _tcp(data, header)
    if header.protocol == socket.IPPROTO_ICMP:
        return _icmp(data, header, v6=False)
    return None


def ipv6(data: bytes, start: int) -> Tcp | Icmp | Arp | None:
    """What the IPv6 packet at *start* of *data* carries; None for anything else, and later fragments."""
    header = _header6(data, start)
    if header is None:
        return None
    if header.protocol == socket.IPPROTO_TCP:
        return _tcp(data, header)
    if header.protocol != _ICMPV6:
        return None
    found = _icmp(data, header, v6=True)
    if found and found.type in {SOLICITATION, ADVERTISEMENT} and found.ttl == _DISCOVERY_HOPS:
        end = min(len(data), header.end)
        return discovery(data, header.start, end, header.source, header.destination)
    return found


def _header4(data: bytes, start: int) -> _Header | None:
    if len(data) < start + _IPV4.size:
        return None
    first, total, fragment, ttl, protocol, source, destination = _IPV4.unpack_from(data, start)
    size = (first & 0xF) * 4
    total = total or len(data) - start  # zero: a card will cut it into segments, or has joined them
    if first >> 4 != 4 or not _IPV4.size <= size <= total or fragment & _FRAGMENT_OFFSET:  # noqa: PLR2004 - IPv4
        return None
    ends = socket.inet_ntoa(source), socket.inet_ntoa(destination)
    return _Header(protocol, ttl, *ends, start + size, start + total)


def _header6(data: bytes, start: int) -> _Header | None:
    if len(data) < start + _IPV6.size:
        return None
    first, length, protocol, ttl, source, destination = _IPV6.unpack_from(data, start)
    if first >> 4 != 6:  # noqa: PLR2004 - IPv6
        return None
    at = start + _IPV6.size
    end = at + length if length else len(data)
    for _ in range(_EXTENSIONS_MOST):
        if protocol not in _EXTENSIONS and protocol not in {_FRAGMENT, _AUTHENTICATION}:
            break
        if at + 8 > len(data):
            return None
        following, size = data[at], (data[at + 1] + 1) * 8
        if protocol == _FRAGMENT:
            size = 8
            if int.from_bytes(data[at + 2 : at + 4], "big") & _FRAGMENT_OFFSET_V6:
                return None
        elif protocol == _AUTHENTICATION:
            size = (data[at + 1] + 2) * 4
        protocol, at = following, at + size
    family = socket.AF_INET6
    ends = socket.inet_ntop(family, source), socket.inet_ntop(family, destination)
    return _Header(protocol, ttl, *ends, at, end)


def _tcp(data: bytes, header: _Header) -> Tcp | None:
    _, ttl, source, destination, start, end = header
    if start + _TCP_LEAST > min(end, len(data)):
        return None
    source_port, destination_port, sequence, acknowledgement, offset, flags, window = _TCP.unpack_from(
        data, start
    )
    payload = start + (offset >> 4) * 4
    if not start + _TCP_LEAST <= payload <= end:
        return None
    return Tcp(
        source, source_port, destination, destination_port, ttl, flags, sequence, acknowledgement, window,
        data[payload:end], end - payload,
    )  # fmt: skip


def _icmp(data: bytes, header: _Header, *, v6: bool) -> Icmp | None:
    _, ttl, source, destination, start, end = header
    if start + _ICMP.size > min(end, len(data)):
        return None
    kind, code, identifier, sequence = _ICMP.unpack_from(data, start)
    if kind not in _ECHOES[v6]:
        identifier = sequence = 0
    error = kind < _FIRST_INFORMATION_V6 if v6 else kind in _ERRORS
    quoted = _quoted(data[start + _ICMP.size : end], v6=v6) if error else None
    return Icmp(source, destination, ttl, kind, code, v6, quoted, identifier, sequence)


def _quoted(data: bytes, *, v6: bool) -> Quoted | None:
    header = _header6(data, 0) if v6 else _header4(data, 0)
    if header is None:
        return None
    ports = 0, 0
    if header.protocol in _TCP_OR_UDP and header.start + _PORTS.size <= len(data):
        ports = _PORTS.unpack_from(data, header.start)
    return Quoted(header.protocol, header.source, ports[0], header.destination, ports[1])
