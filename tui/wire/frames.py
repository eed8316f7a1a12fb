"""Frames taken apart: any bytes go in, nothing is ever raised."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple, TypeAlias

from tui.wire.lldp import Lldp, lldp
from tui.wire.neighbours import Arp, arp
from tui.wire.packets import Icmp, Quoted, Tcp, ipv4, ipv6

__all__ = ["Arp", "Content", "Frame", "Icmp", "Lldp", "Quoted", "Tcp", "parse"]

Content: TypeAlias = Arp | Tcp | Icmp | Lldp

IPV4: Final = 0x0800
ARP: Final = 0x0806
IPV6: Final = 0x86DD
LLDP: Final = 0x88CC
TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
"""EtherTypes of VLAN tags: IEEE 802.1Q, its service tag, and the one common before that."""

_ETHERNET: Final = struct.Struct("!6s6sH")
_TAG: Final = struct.Struct("!HH")
_TAGS_MOST: Final = 4  # inside one frame
_VLAN_MASK: Final = 0xFFF


class Frame(NamedTuple):
    """One frame and when it passed. MACs read `aa:bb:cc:dd:ee:ff` and are empty on links without."""

    at: float
    """Wall seconds, the kernel's own."""
    interface: str
    """A frame for a VLAN, bridge or bond of this host passes, and shows on, each interface in turn."""
    outgoing: bool
    """It left this host. The loopback interface shows each frame twice, leaving and arriving."""
    source_mac: str
    destination_mac: str
    vlan: int | None
    """Outermost VLAN id; None for an untagged frame and for a mere priority tag."""
    content: Content | None
    """None for anything not known here, broken, or captured too short."""
    inner_vlan: int | None = None
    """The next VLAN id inside, where two tags are stacked."""


def parse(
    data: bytes,
    *,
    at: float = 0.0,
    interface: str = "",
    outgoing: bool = False,
    vlan: int | None = None,
    protocol: int | None = None,
) -> Frame | None:
    """The frame that *data* holds, whole or cut; None where not even its link header is there.

    *vlan* is the tag the kernel took off before. *protocol* is the EtherType of a packet from a link
    without a header of its own (a tunnel): *data* then begins with the packet.
    """
    source_mac = destination_mac = ""
    start = 0
    if protocol is None:
        if len(data) < _ETHERNET.size:
            return None
        destination, source, protocol = _ETHERNET.unpack_from(data)
        source_mac, destination_mac = source.hex(":"), destination.hex(":")
        start = _ETHERNET.size
    inner = None
    if protocol in TAGS:
        protocol, start, tags = _untag(data, protocol, start)
        vlan, inner, *_ = [number for number in (vlan, *tags) if number] + [None, None]
    content = _content(data, protocol, start)
    if type(content) is Arp and not content.sender_mac:
        content = content._replace(sender_mac=source_mac)
    return Frame(at, interface, outgoing, source_mac, destination_mac, vlan or None, content, inner)


def _untag(data: bytes, protocol: int, start: int) -> tuple[int, int, list[int]]:
    """The EtherType behind the tags, where its content begins, and the VLAN ids from the outside in."""
    numbers: list[int] = []
    while protocol in TAGS and len(numbers) < _TAGS_MOST and start + _TAG.size <= len(data):
        control, protocol = _TAG.unpack_from(data, start)
        numbers.append(control & _VLAN_MASK)
        start += _TAG.size
    return protocol, start, numbers


def _content(data: bytes, protocol: int, start: int) -> Content | None:
    if protocol == IPV4:
        return ipv4(data, start)
    if protocol == IPV6:
        return ipv6(data, start)
    if protocol == ARP:
        return arp(data, start)
    if protocol == LLDP:
        return lldp(data, start)
    return None
