"""What really goes over the wire: TCP segments with the kernel's own times."""

from __future__ import annotations

import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from tests.lab.net import Namespace

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
_ETH_P_IP: Final = 0x0800
_ETH_P_ALL: Final = 0x0003
_OUTGOING: Final = 4  # include/uapi/linux/if_packet.h PACKET_OUTGOING
_SO_TIMESTAMPNS: Final = 35  # include/uapi/asm-generic/socket.h
_SO_RCVBUFFORCE: Final = 33
_ROOM: Final = 64 << 20


class Segment(NamedTuple):
    """One TCP segment; *device* and *port* are the far end, *own* is our port."""

    at: float
    sent: bool
    device: str
    port: int
    own: int
    flags: int

    @property
    def accepts(self) -> bool:
        """Whether it is a device's SYN-ACK."""
        return not self.sent and self.flags & (SYN | ACK) == SYN | ACK

    @property
    def opens(self) -> bool:
        """It is one of our SYNs."""
        return self.sent and bool(self.flags & SYN)


class Capture:
    """A packet socket that collects in the kernel until it is read."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def segments(self) -> list[Segment]:
        """Everything since the capture began, in order."""
        return list(self._read())

    def _read(self) -> Iterator[Segment]:
        while True:
            try:
                data, extras, _, where = self._sock.recvmsg(128, 64)
            except BlockingIOError:
                return
            if where[1] != _ETH_P_IP or data[9] != socket.IPPROTO_TCP:
                continue
            ((_, _, stamp),) = extras
            seconds, nanoseconds = struct.unpack("ll", stamp)
            tcp = (data[0] & 0xF) * 4
            sent = where[2] == _OUTGOING
            device = data[16:20] if sent else data[12:16]
            ports = struct.unpack_from("!HH", data, tcp)
            own, port = ports if sent else ports[::-1]
            at = seconds + nanoseconds / 1e9
            yield Segment(at, sent, socket.inet_ntoa(device), port, own, data[tcp + 13])


@contextmanager
def capturing(namespace: Namespace, interface: str) -> Iterator[Capture]:
    """Collect what passes *interface* of *namespace*."""

    def opened() -> socket.socket:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind((interface, _ETH_P_ALL))
        return sock

    with namespace.do(opened) as sock:
        yield Capture(sock)


def syns(segments: list[Segment]) -> Counter[str]:
    """SYNs sent to each device."""
    return Counter(segment.device for segment in segments if segment.opens)


def most_at_once(segments: list[Segment]) -> dict[str, int]:
    """For each device, the most connections that stood at one moment, from SYN-ACK to the last FIN or RST."""
    standing: dict[str, dict[int, int]] = {}
    most: dict[str, int] = {}
    for segment in segments:
        ends = standing.setdefault(segment.device, {})
        if segment.accepts:
            ends.setdefault(segment.own, 2)
        elif segment.flags & RST:
            ends.pop(segment.own, None)
        elif segment.flags & FIN and segment.own in ends:
            ends[segment.own] -= 1
            if not ends[segment.own]:
                del ends[segment.own]
        most[segment.device] = max(most.get(segment.device, 0), len(ends))
    return most


def busiest_second(segments: list[Segment]) -> int:
    """The most new connections that any one second saw; a SYN sent again by the kernel is no new one."""
    begun: dict[tuple[str, int, int], float] = {}
    for segment in segments:
        if segment.opens:
            begun.setdefault((segment.device, segment.port, segment.own), segment.at)
    times = sorted(begun.values())
    most, first = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
