"""Capture files read as they come: pcap and pcapng, plain or gzipped, in memory that never grows.

Layouts: draft-ietf-opsawg-pcap (pcap), draft-ietf-opsawg-pcapng (pcapng); numbers of link types as in
tcpdump.org/linktypes.html.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

from tui.clean import clean
from tui.wire.frames import IPV4, IPV6, Frame, parse
from tui.wire.packed import GZIP, Packed

PACKET_BYTES: Final = 256 << 10  # of one packet; libpcap's own bound, a longer one is a broken file
BLOCK_BYTES: Final = 16 << 20  # of one pcapng block, as Wireshark bounds it
_CHUNK_BYTES: Final = 1 << 20  # read from the file in one go
_INTERFACES: Final = 1024  # described in one pcapng section; more are not told apart
_NAME_LENGTH: Final = 15  # of an interface
_LATEST_S: Final = 2.0**33  # the year 2242: a later time stamp is broken, and no calendar could show it

ETHERNET: Final = 1
LINUX_COOKED: Final = 113
_LINUX_COOKED_2: Final = 276
_LOOPBACK: Final = frozenset({0, 108})
_RAW: Final = frozenset({12, 14, 101, 228, 229})

Record: TypeAlias = tuple[float, int, bytes, str]
"""Wall seconds, link type, the packet as far as it was captured, and the interface's name or empty."""

_CLASSIC: Final = {  # the first four bytes: byte order, and the seconds in one unit of the fraction
    bytes.fromhex("d4c3b2a1"): ("<", 1e-6),
    bytes.fromhex("a1b2c3d4"): (">", 1e-6),
    bytes.fromhex("4d3cb2a1"): ("<", 1e-9),
    bytes.fromhex("a1b23c4d"): (">", 1e-9),
}
_CLASSIC_HEADER: Final = 24
_LINK_MASK: Final = 0xFFFF  # above are flags about check sums

_SECTION_BYTES: Final = b"\x0a\x0d\x0d\x0a"
_ORDERS: Final = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _OLD, _SIMPLE, _ENHANCED = 1, 2, 3, 6
_BLOCK_LEAST: Final = 12
_IF_NAME, _IF_TSRESOL, _IF_TSOFFSET = 2, 9, 14

_COOKED: Final = struct.Struct("!HHH8sH")
_COOKED_2: Final = struct.Struct("!HHIHBB8s")
_SENT, _MAC = 4, 6  # PACKET_OUTGOING, bytes of an address
_FAMILIES: Final = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}  # of Linux and the BSDs
_VERSIONS: Final = {4: IPV4, 6: IPV6}


class CaptureFileError(Exception):
    """This is no capture file that can be read; the text says why."""


class _Interface(NamedTuple):
    """What a pcapng section says of one interface."""

    link: int
    snap: int
    name: str = ""
    scale: float = 1e-6
    offset: int = 0


class CaptureFile:
    """A capture file, read once from its beginning.

    A file that is cut off or broken further on gives what is before; `trouble` then says what is wrong.

    Raises:
        CaptureFileError: it cannot be opened, or is no capture file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.trouble = ""
        """Why reading ended before the file's end; empty where all was read."""
        self.unreadable = 0
        """Packets so far that could not be taken apart: of a link type unknown here, or malformed."""
        self._ended = False
        try:
            plain = open(path, "rb")  # noqa: SIM115, PTH123 - closed by close
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise CaptureFileError(f"cannot be opened: {why}") from error
        self._plain = plain
        self._packed: Packed | None = None
        try:
            if plain.peek(2)[:2] == GZIP:
                self._packed = Packed(plain)
        except OSError as error:
            self.close()
            raise CaptureFileError(f"cannot be read: {error.strerror}") from error
        self._head = self._whole(4)
        if self._head not in _CLASSIC and self._head != _SECTION_BYTES:
            self.close()
            raise CaptureFileError(self.trouble or "not a capture file (pcap or pcapng)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go."""
        self._plain.close()

    def records(self) -> Iterator[Record]:
        """The packets as they are in the file, in its order."""
        return self._classic() if self._head in _CLASSIC else self._blocks()

    def frames(self) -> Iterator[Frame]:
        """The packets taken apart; those that cannot be are counted in `unreadable`."""
        for record in self.records():
            found = frame(record)
            if found is None:
                self.unreadable += 1
            else:
                yield found

    def _whole(self, size: int) -> bytes:
        """*size* bytes; fewer only where the file ends."""
        data = self._read(size)
        while len(data) < size and (more := self._read(size - len(data))):
            data += more
        return data

    def _read(self, size: int) -> bytes:
        """Up to *size* bytes; none at the end, and where the file breaks off."""
        if self._ended:
            return b""
        try:
            return (self._packed or self._plain).read(size)
        except EOFError:
            self.trouble = "the compressed file is cut off"
        except (OSError, zlib.error) as error:
            why = error.strerror if isinstance(error, OSError) else f"the compressed file is broken: {error}"
            self.trouble = f"reading ended: {clean(why or 'an unknown reason')}"
        self._ended = True
        return b""

    def _cut(self, left: int) -> None:
        if left and not self.trouble:
            self.trouble = f"the file is cut off: its last {left} bytes are no whole packet"

    def _classic(self) -> Iterator[Record]:
        order, scale = _CLASSIC[self._head]
        head = self._head + self._whole(_CLASSIC_HEADER - len(self._head))
        if len(head) < _CLASSIC_HEADER:
            self._cut(len(head))
            return
        link = struct.unpack_from(order + "I", head, 20)[0] & _LINK_MASK
        unpack = struct.Struct(order + "IIII").unpack_from
        data, at = b"", 0
        while chunk := self._read(_CHUNK_BYTES):
            data, at = data[at:] + chunk, 0
            last = len(data) - 16
            while at <= last:
                seconds, fraction, captured, _ = unpack(data, at)
                stop = at + 16 + captured
                if stop > last + 16:
                    if captured > PACKET_BYTES:
                        self.trouble = f"the file is broken: a packet of {captured} bytes"
                        return
                    break
                yield seconds + fraction * scale, link, data[at + 16 : stop], ""
                at = stop
        self._cut(len(data) - at)

    def _blocks(self) -> Iterator[Record]:
        section = _Section()
        data, at = self._head, 0
        while chunk := self._read(_CHUNK_BYTES):
            data, at = data[at:] + chunk, 0
            while len(data) - at >= _BLOCK_LEAST:
                if data.startswith(_SECTION_BYTES, at):
                    order = _ORDERS.get(data[at + 8 : at + 12])
                    if order is None:
                        self.trouble = "the file is broken: a section of unknown byte order"
                        return
                    section = _Section(order)
                kind, length = section.block.unpack_from(data, at)
                if length < _BLOCK_LEAST or length & 3 or length > BLOCK_BYTES:
                    self.trouble = f"the file is broken: a block of {length} bytes"
                    return
                if at + length > len(data):
                    break
                if kind in {_ENHANCED, _SIMPLE, _OLD}:
                    record = section.packet(kind, data, at, at + length - 4)
                    if record is None:
                        self.unreadable += 1
                    else:
                        yield record
                elif kind == _INTERFACE:
                    section.describe(data[at + 8 : at + length - 4])
                at += length
        self._cut(len(data) - at)


class _Section:
    """One section of a pcapng file: its byte order and interfaces."""

    def __init__(self, order: str = "<") -> None:
        self.block = struct.Struct(order + "II")
        self._enhanced = struct.Struct(order + "IIIII")
        self._old = struct.Struct(order + "HHIIII")
        self._order = order
        self._interfaces: list[_Interface] = []
        self._latest = 0.0

    def describe(self, body: bytes) -> None:
        """Take in an interface description."""
        if len(self._interfaces) >= _INTERFACES:
            return
        if len(body) < self.block.size:
            # It still has a number; nothing of it can be read.
            self._interfaces.append(_Interface(-1, 0))
            return
        found = _Interface(*struct.unpack_from(self._order + "HxxI", body))
        at = 8
        while at + 4 <= len(body):
            code, length = struct.unpack_from(self._order + "HH", body, at)
            value = body[at + 4 : at + 4 + length]
            if not code or len(value) < length:
                break
            if code == _IF_NAME:
                found = found._replace(name=clean(value.rstrip(b"\0"), _NAME_LENGTH))
            elif code == _IF_TSRESOL and length == 1:
                power = value[0] & 0x7F
                found = found._replace(scale=0.5**power if value[0] & 0x80 else 10.0**-power)
            elif code == _IF_TSOFFSET and length == 8:  # noqa: PLR2004 - a 64-bit number
                found = found._replace(offset=struct.unpack(self._order + "q", value)[0])
            at += 4 + (length + 3 & ~3)
        self._interfaces.append(found)

    def packet(self, kind: int, data: bytes, at: int, end: int) -> Record | None:
        """The packet of the block at *at*; None where it is malformed or its interface unknown."""
        start = at + 8 + (4 if kind == _SIMPLE else 20)
        if start > end:
            return None
        number = high = low = 0
        if kind == _ENHANCED:
            number, high, low, captured, _ = self._enhanced.unpack_from(data, at + 8)
        elif kind == _OLD:
            number, _, high, low, captured, _ = self._old.unpack_from(data, at + 8)
        else:
            (captured,) = struct.unpack_from(self._order + "I", data, at + 8)
        if number >= len(self._interfaces):
            return None
        link, snap, name, scale, offset = self._interfaces[number]
        if kind == _SIMPLE:
            captured = min(captured, snap or captured)
        else:
            moment = (high << 32 | low) * scale + offset
            if not 0 <= moment < _LATEST_S:
                return None
            self._latest = moment
        if captured > end - start or captured > PACKET_BYTES:
            return None
        return self._latest, link, data[start : start + captured], name


def frame(record: Record) -> Frame | None:
    """The packet taken apart; None where its link type is unknown or its link header not all there."""
    at, link, data, name = record
    if link == ETHERNET:
        return parse(data, at=at, interface=name)
    if link in {LINUX_COOKED, _LINUX_COOKED_2}:
        return _cooked(at, link, data, name)
    protocol: int | None = None
    start = 0
    if link in _RAW and data:
        protocol = _VERSIONS.get(data[0] >> 4)
    elif link in _LOOPBACK and len(data) >= 4:  # noqa: PLR2004 - a 32-bit number, in the writer's byte order
        start = 4
        protocol = _FAMILIES.get(int.from_bytes(data[:4], "little" if data[0] else "big"))
    if protocol is None:
        return None
    return parse(data[start:], at=at, interface=name, protocol=protocol)


def _cooked(at: float, link: int, data: bytes, name: str) -> Frame | None:
    layout = _COOKED if link == LINUX_COOKED else _COOKED_2
    if len(data) < layout.size:
        return None
    if link == LINUX_COOKED:
        direction, _, length, address, protocol = layout.unpack_from(data)
    else:
        protocol, _, _, _, direction, length, address = layout.unpack_from(data)
    sent = direction == _SENT
    found = parse(data[layout.size :], at=at, interface=name, outgoing=sent, protocol=protocol)
    if found is None or length != _MAC:
        return found
    return found._replace(source_mac=address[:_MAC].hex(":"))
