"""Modbus traffic made by hand, of which every figure is known, and capture files of it."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.unit import wire_frames as make

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
CLIENT, DEVICE = "10.0.0.1", "10.0.0.9"
START = 1_700_000_000.0
MASK = 0xFFFFFFFF


class Packet(NamedTuple):
    """One packet on the wire, and when."""

    at: float
    data: bytes


def adu(transaction: int, pdu: bytes, unit: int = 1) -> bytes:
    return struct.pack("!HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def segment(  # noqa: PLR0917 - as on the wire
    source: tuple[str, int],
    destination: tuple[str, int],
    flags: int,
    sequence: int,
    ack: int,
    data: bytes = b"",
    options: bytes = b"",
) -> bytes:
    """An IPv4 or IPv6 packet."""
    offset = (20 + len(options)) // 4 << 4
    ports = source[1], destination[1]
    head = struct.pack("!HHIIBBHHH", *ports, sequence & MASK, ack & MASK, offset, flags, 5840, 0, 0)
    return make.ip(head + options + data, make.TCP, source[0], destination[0])


class Line:
    """One connection, played packet by packet into *packets*."""

    def __init__(
        self,
        packets: list[Packet],
        *,
        client: str = CLIENT,
        client_port: int = 40_000,
        device: str = DEVICE,
        port: int = 502,
        at: float = START,
        sequence: int = MASK - 20,
        tags: Sequence[int] = (),
    ) -> None:
        self.packets, self.at, self._tags = packets, at, tags
        self.ends = {True: (client, client_port), False: (device, port)}
        self.next = {True: sequence, False: 7_000}
        self._transactions = itertools.count(1)

    def send(self, data: bytes = b"", flags: int = ACK, *, client: bool = True, ack: bool = True) -> bytes:
        """One segment, in order; its frame."""
        sequence = self.next[client]
        self.next[client] = sequence + len(data) + bool(flags & (SYN | FIN)) & MASK
        return self.put(sequence, data, flags, client=client, ack=ack)

    def put(
        self, sequence: int, data: bytes = b"", flags: int = ACK, *, client: bool = True, ack: bool = True
    ) -> bytes:
        """One segment with whatever number; it moves nothing on."""
        flags |= PSH if data else 0
        number = self.next[not client] if ack else 0
        packet = segment(self.ends[client], self.ends[not client], flags, sequence, number, data)
        frame = make.ethernet(packet, tags=self._tags)
        self.packets.append(Packet(self.at, frame))
        return frame

    def wait(self, seconds: float) -> None:
        self.at += seconds

    def open(self) -> None:
        """The handshake, in 3 ms."""
        self.send(flags=SYN, ack=False)
        self.wait(0.002)
        self.send(flags=SYN | ACK, client=False)
        self.wait(0.001)
        self.send()

    def ask(self, function: int = 3, unit: int = 1) -> int:
        """A request; its transaction id."""
        transaction = next(self._transactions)
        self.send(adu(transaction, bytes([function, 0, 0, 0, 1]), unit))
        return transaction

    def answer(self, transaction: int, function: int = 3, unit: int = 1) -> None:
        self.send(adu(transaction, bytes([function, 2, 0, 5]), unit), client=False)

    def poll(self, function: int = 3, unit: int = 1, *, took: float = 0.01, code: int = 0) -> None:
        """A request, its answer or exception, and the client's ACK."""
        transaction = self.ask(function, unit)
        self.wait(took)
        if code:
            self.send(adu(transaction, bytes([function | 0x80, code]), unit), client=False)
        else:
            self.answer(transaction, function, unit)
        self.send()

    def close(self, *, client: bool = True) -> None:
        """FIN from one end, then from the other."""
        self.send(flags=FIN | ACK, client=client)
        self.send(flags=FIN | ACK, client=not client)
        self.send(client=client)


def merged(*lines: Line) -> list[Packet]:
    """All packets in the order of time."""
    several = {id(line.packets): line.packets for line in lines}.values()
    return sorted(itertools.chain(*several), key=lambda packet: packet.at)


def pcap(packets: Iterable[Packet], *, order: str = "<", nano: bool = False, link: int = 1) -> bytes:
    """A capture file of the old kind."""
    magic, unit = (0xA1B23C4D, 1e9) if nano else (0xA1B2C3D4, 1e6)
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262_144, link)]
    for at, data in packets:
        fraction = round((at - int(at)) * unit)
        parts += [struct.pack(order + "IIII", int(at), fraction, len(data), len(data)), data]
    return b"".join(parts)


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<") -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str = "<", *, link: int = 1, options: bytes = b"", snap: int = 0) -> bytes:
    return block(order, 1, struct.pack(order + "HHI", link, 0, snap) + options)


def enhanced(packet: Packet, order: str = "<", *, number: int = 0, per_second: float = 1e6) -> bytes:
    ticks = round(packet.at * per_second)
    head = struct.pack(order + "IIIII", number, ticks >> 32, ticks & MASK, len(packet.data), len(packet.data))
    return block(order, 6, head + packet.data)


def pcapng(packets: Iterable[Packet], order: str = "<") -> bytes:
    """A capture file of the new kind, with one section and one interface."""
    return section(order) + interface(order) + b"".join(enhanced(packet, order) for packet in packets)
