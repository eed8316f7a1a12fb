"""Frames built by hand for the tests of what is made of them."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Sequence

OURS, THEIRS = "10.1.0.1", "10.1.0.2"
OURS_V6, THEIRS_V6 = "fd00::1", "fd00::2"
OUR_MAC, THEIR_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
OTHER_MAC = "02:00:00:00:00:99"
BROADCAST = "ff:ff:ff:ff:ff:ff"
ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def ethernet(
    content: bytes,
    kind: int | None = None,
    *,
    tags: Sequence[int] = (),
    tag_kind: int = 0x8100,
    source: str = THEIR_MAC,
    destination: str = OUR_MAC,
    pad: bool = True,
) -> bytes:
    """A frame; *kind* is found from the IP version where not given, *tags* go from the outside in."""
    kind = kind or (0x86DD if content[0] >> 4 == 6 else 0x0800)
    head = mac(destination) + mac(source) + b"".join(struct.pack("!HH", tag_kind, tag) for tag in tags)
    frame = head + struct.pack("!H", kind) + content
    return frame.ljust(60, b"\0") if pad else frame


def ip(
    content: bytes,
    protocol: int,
    source: str = THEIRS,
    destination: str = OURS,
    *,
    ttl: int = 64,
    fragment: int = 0,
    options: bytes = b"",
    total: int | None = None,
) -> bytes:
    """An IPv4 or IPv6 packet; *fragment* and *options* are IPv4's."""
    ends = [ipaddress.ip_address(end).packed for end in (source, destination)]
    if len(ends[0]) == 16:
        length = len(content) if total is None else total
        return struct.pack("!IHBB16s16s", 6 << 28, length, protocol, ttl, *ends) + content
    size = 20 + len(options)
    total = size + len(content) if total is None else total
    head = struct.pack("!BBHHHBBH4s4s", 4 << 4 | size // 4, 0, total, 7, fragment, ttl, protocol, 0, *ends)
    return _summed(head + options, 10) + content


def _summed(head: bytes, at: int) -> bytes:
    """*head* with its check sum put in: the kernel drops packets without before they get anywhere."""
    total = sum(struct.unpack(f"!{len(head) // 2}H", head))
    total = (total & 0xFFFF) + (total >> 16)
    return head[:at] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + head[at + 2 :]


def tcp(
    flags: int, data: bytes = b"", *, source: int = 502, destination: int = 40_000, options: bytes = b""
) -> bytes:
    offset = (20 + len(options)) // 4 << 4
    return struct.pack("!HHIIBBHHH", source, destination, 1, 2, offset, flags, 5840, 0, 0) + options + data


def udp(data: bytes = b"", *, source: int = 502, destination: int = 40_000) -> bytes:
    return struct.pack("!HHHH", source, destination, 8 + len(data), 0) + data


def icmp(kind: int, code: int, rest: bytes = bytes(4), quoted: bytes = b"") -> bytes:
    return bytes([kind, code, 0, 0]) + rest + quoted


def arp(
    operation: int, sender: str = THEIRS, target: str = OURS, *, sender_mac: str = THEIR_MAC, kind: int = 1
) -> bytes:
    ends = [socket.inet_aton(end) for end in (sender, target)]
    return struct.pack(
        "!HHBBH6s4s6s4s", kind, 0x0800, 6, 4, operation, mac(sender_mac), ends[0], mac(OUR_MAC), ends[1]
    )


def discovery(kind: int, about: str, *options: bytes) -> bytes:
    return icmp(kind, 0, quoted=ipaddress.ip_address(about).packed + b"".join(options))


def link_address(kind: int, address: str = THEIR_MAC) -> bytes:
    return bytes([kind, 1]) + mac(address)


def tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(value)) + value


def lldp(*tlvs: bytes, chassis: bytes = b"\x04" + mac(THEIR_MAC), port: bytes = b"\x05Gi1/0/7") -> bytes:
    return tlv(1, chassis) + tlv(2, port) + tlv(3, b"\0\x78") + b"".join(tlvs) + tlv(0, b"")
