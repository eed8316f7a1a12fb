"""A capture file's packets to the tracker: of most, only what it needs is looked at."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterable
from itertools import chain
from struct import Struct
from typing import Final

from tui.flows.links import Links
from tui.flows.tracker import Tracker
from tui.wire.frames import IPV4, TAGS, Tcp
from tui.wire.packets import RST, SYN
from tui.wire.pcap import ETHERNET, LINUX_COOKED, Record, frame

# From the EtherType on, for IPv4 without options: EtherType, version and header length, total length,
# fragment, protocol, both addresses and ports, sequence number, acknowledgement, offset, flags.
_PLAIN: Final = Struct("!HBxHxxHxBxx12sIIBB")
_ETHERTYPE: Final = {ETHERNET: 12, LINUX_COOKED: 14}  # where it is, by link type
_TAG_FIRST: Final = 0x81  # of the EtherType of a VLAN tag
_TAG: Final = 4
_BEFORE_TCP: Final = 22  # the EtherType and the IPv4 header
_LEAST: Final = _BEFORE_TCP + 20
_NO_OPTIONS: Final = 0x45
_IPV4_HEADER: Final = 20
_LATER_FRAGMENT: Final = 0x1FFF
_OFFSET_LEAST: Final = 0x50
_VLAN_MASK: Final = 0xFFF


class Progress:
    """How far a file has been followed."""

    def __init__(self) -> None:
        self.packets = 0
        self.unreadable = 0
        """Packets that could not be taken apart."""
        self.begin: float | None = None
        """Wall seconds of the first packet."""
        self.at: float = 0.0
        """Wall seconds of the latest packet, the one ahead included."""
        self.ahead: Record | None = None
        """The next packet, which was too late to be taken in."""


def follow(  # noqa: C901, PLR0912 - one loop, a million times a second's worth: every call counts
    records: Iterable[Record], tracker: Tracker, links: Links, progress: Progress, until: float = math.inf
) -> bool:
    """Take in packets up to wall time *until*, in the order of the file; whether there are more."""
    if progress.ahead is not None:
        records = chain([progress.ahead], records)
        progress.ahead = None
    unpack, segment = _PLAIN.unpack_from, tracker.segment
    halves, watched = tracker.table.halves, tracker.table.watched
    at = progress.at
    count = 0
    try:
        for record in records:
            at, link, data, _ = record
            if progress.begin is None:
                progress.begin = at
            if at > until:
                progress.ahead = record
                return True
            count += 1
            place = _ETHERTYPE.get(link, len(data))
            if len(data) >= place + _LEAST:
                if data[place] == _TAG_FIRST and len(data) >= place + _TAG + _LEAST:
                    place += _TAG
                kind, first, total, fragment, protocol, key, sequence, ack, offset, flags = unpack(
                    data, place
                )
                if kind == IPV4 and first == _NO_OPTIONS and total:
                    if (
                        protocol == socket.IPPROTO_TCP
                        and not fragment & _LATER_FRAGMENT
                        and (key in halves or key[10:] in watched or key[8:10] in watched)
                    ):
                        if flags & (SYN | RST) and link == ETHERNET:
                            _card(links, at, data, key)
                        size = (offset >> 4) * 4
                        length = total - _IPV4_HEADER - size
                        if length > 0 and offset >= _OFFSET_LEAST:
                            start = place + _BEFORE_TCP + size
                            segment(at, key, flags, sequence, ack, data[start : start + length], length)
                        elif not length and offset >= _OFFSET_LEAST:
                            segment(at, key, flags, sequence, ack, b"", 0)
                        else:
                            progress.unreadable += 1
                    continue
            _other(record, tracker, links, progress)
    finally:
        progress.at = max(progress.at, at)
        progress.packets += count
    return False


def _other(record: Record, tracker: Tracker, links: Links, progress: Progress) -> None:
    """Anything but TCP in plain IPv4."""
    found = frame(record)
    if found is None:
        progress.unreadable += 1
        return
    if type(found.content) is Tcp:
        if not {found.content.source_port, found.content.destination_port} & tracker.ports:
            return
        tracker.tcp(found.at, found.content)
    links.frame(found)


def _card(links: Links, at: float, data: bytes, key: bytes) -> None:
    """Note who speaks for the source of an Ethernet frame."""
    tagged = int.from_bytes(data[12:14], "big") in TAGS
    vlan = int.from_bytes(data[14:16], "big") & _VLAN_MASK if tagged else 0
    links.card(at, socket.inet_ntoa(key[:4]), vlan or None, "tcp", data[6:12].hex(":"))
