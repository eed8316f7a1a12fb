"""Programs for the kernel that pass only the frames asked for, so that no other is ever queued.

Classic BPF as in linux/filter.h. The kernel takes the outer VLAN tag off what it receives, but frames
on their way out may carry theirs inside, and links such as tunnels have no header at all: every program
first finds where the packet begins and keeps that in X. A frame too short for a look into it is refused.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Collection, Iterable
from typing import Final

from tui import limits
from tui.wire.frames import ARP, IPV4, IPV6, LLDP, TAGS

ADDRESSES: Final = 16
"""Most addresses one program may name: kernels bound its size (net.core.optmem_max, 20 kB for long)."""

INSTRUCTION: Final = struct.Struct("=HBBI")  # struct sock_filter

# Codes of linux/bpf_common.h. _X: so many bytes after X.
LOAD_WORD: Final = 0x20
LOAD_HALF: Final = 0x28
LOAD_WORD_X: Final = 0x40
LOAD_HALF_X: Final = 0x48
LOAD_BYTE_X: Final = 0x50
SET: Final = 0x00
SET_X: Final = 0x01
AND: Final = 0x54
SHIFT_LEFT: Final = 0x64
ADD_X: Final = 0x0C
COPY_TO_X: Final = 0x07
GO: Final = 0x05
IF_EQUAL: Final = 0x15
IF_BITS: Final = 0x45
RETURN: Final = 0x06

LINK_KIND: Final = 0xFFFFF000 + 28  # SKF_AD_OFF + SKF_AD_HATYPE
PROTOCOL: Final = 0xFFFFF000  # SKF_AD_OFF + SKF_AD_PROTOCOL, the EtherType as the kernel knows it
_WHOLE: Final = 0x40000  # bytes that pass of a frame: all
_ETHERNET: Final = (1, 772)  # ARPHRD_ETHER, ARPHRD_LOOPBACK
_TCP: Final = 6
_ICMP: Final = 1
_ICMPV6: Final = 58
_LATER_FRAGMENT: Final = 0x1FFF
_IPV6_HEADER: Final = 40


class _Program:
    """Instructions in order, and labels for places further on."""

    def __init__(self) -> None:
        self._steps: list[tuple[int, int, int, int]] = []
        self._jumps: dict[int, str] = {}
        self._labels: dict[str, int] = {}

    def add(self, code: int, value: int = 0, true: int = 0, false: int = 0) -> None:
        """One instruction; a test skips *true* or *false* instructions."""
        self._steps.append((code, true, false, value))

    def label(self, name: str) -> None:
        self._labels[name] = len(self._steps)

    def go(self, label: str) -> None:
        # A test alone can skip no more than 255 instructions.
        self._jumps[len(self._steps)] = label
        self.add(GO)

    def when(self, value: int, label: str) -> None:
        self.add(IF_EQUAL, value, false=1)
        self.go(label)

    def accept(self, values: Iterable[int]) -> None:
        """Pass the frame if A is one of *values*."""
        for value in values:
            self.add(IF_EQUAL, value, false=1)
            self.end(_WHOLE)

    def require(self, value: int) -> None:
        """Refuse the frame unless A is *value*."""
        self.add(IF_EQUAL, value, true=1)
        self.end(0)

    def end(self, size: int) -> None:
        self.add(RETURN, size)

    def assemble(self) -> bytes:
        for here, label in self._jumps.items():
            self._steps[here] = (GO, 0, 0, self._labels[label] - here - 1)
        return b"".join(INSTRUCTION.pack(*step) for step in self._steps)


def about(addresses: Collection[str]) -> bytes:
    """The program that passes what bears on *addresses*, in a VLAN or not.

    That is ARP which names one of them, IPv4 and IPv6 from or to one of them, and whoever it is from or
    to: ICMP, ICMPv6 with neighbour discovery, and LLDP.

    Raises:
        ValueError: not an address, or more than `ADDRESSES`.
    """
    if len(addresses) > ADDRESSES:
        raise ValueError(f"{len(addresses)} addresses: at most {ADDRESSES} can be listened for")
    parsed = {ipaddress.ip_address(address.partition("%")[0]) for address in addresses}
    short = sorted(int(address) for address in parsed if isinstance(address, ipaddress.IPv4Address))
    long = sorted(address.packed for address in parsed if isinstance(address, ipaddress.IPv6Address))
    program = _Program()
    _find_packet(program)
    program.end(_WHOLE)

    program.label("ARP")
    _accept_ends(program, short, (14, 24))
    program.label("IPv4")
    program.add(LOAD_BYTE_X, 9)
    program.accept([_ICMP])
    _accept_ends(program, short, (12, 16))
    program.label("IPv6")
    program.add(LOAD_BYTE_X, 6)
    program.accept([_ICMPV6])
    for place in (8, 24):
        for address in long:
            _accept_long(program, address, place)
    program.end(0)
    return program.assemble()


def ports(ports: Collection[int]) -> bytes:
    """The program that passes TCP with one of *ports* at either end, ARP and LLDP, in a VLAN or not.

    Later fragments, and TCP behind IPv6 extension headers, are not passed.

    Raises:
        ValueError: no port, one out of range, or more than the watched ports allowed.
    """
    wanted = sorted(set(ports))
    if not 1 <= len(wanted) <= limits.WATCHED_PORTS:
        raise ValueError(f"{len(wanted)} ports: between 1 and {limits.WATCHED_PORTS} can be watched")
    if not 0 < wanted[0] <= wanted[-1] <= 0xFFFF:  # noqa: PLR2004 - what 16 bits hold
        raise ValueError(f"not a port: {wanted[0] if wanted[0] < 1 else wanted[-1]}")
    program = _Program()
    _find_packet(program)
    program.label("ARP")
    program.end(_WHOLE)

    program.label("IPv4")
    program.add(LOAD_BYTE_X, 9)
    program.require(_TCP)
    program.add(LOAD_HALF_X, 6)
    program.add(IF_BITS, _LATER_FRAGMENT, false=1)
    program.end(0)
    program.add(LOAD_BYTE_X, 0)
    program.add(AND, 0xF)
    program.add(SHIFT_LEFT, 2)
    program.go("TCP")
    program.label("IPv6")
    program.add(LOAD_BYTE_X, 6)
    program.require(_TCP)
    program.add(SET, _IPV6_HEADER)
    program.label("TCP")
    program.add(ADD_X)
    program.add(COPY_TO_X)
    for place in (0, 2):
        program.add(LOAD_HALF_X, place)
        program.accept(wanted)
    program.end(0)
    return program.assemble()


def _find_packet(program: _Program) -> None:
    """Set X to where the packet begins and go to `ARP`, `IPv4` or `IPv6`; LLDP goes on behind."""
    program.add(LOAD_WORD, LINK_KIND)
    for kind in _ETHERNET:
        program.when(kind, "no tag")
    program.add(SET_X, 0)
    program.add(LOAD_HALF, PROTOCOL)
    program.go("packet")
    for at, name, further in ((12, "no tag", "one tag"), (16, "one tag", "two tags"), (20, "two tags", "")):
        program.label(name)
        program.add(SET_X, at + 2)
        program.add(LOAD_HALF, at)
        if further:
            for tag in sorted(TAGS):
                program.when(tag, further)
            program.go("packet")
    program.label("packet")
    program.when(ARP, "ARP")
    program.when(IPV4, "IPv4")
    program.when(IPV6, "IPv6")
    program.require(LLDP)


def _accept_ends(program: _Program, addresses: list[int], places: tuple[int, int]) -> None:
    """Pass the packet if an IPv4 address at one of *places* is one of *addresses*, else refuse it."""
    for place in places:
        program.add(LOAD_WORD_X, place)
        program.accept(addresses)
    program.end(0)


def _accept_long(program: _Program, address: bytes, place: int) -> None:
    """Pass the packet if the IPv6 address at *place* is *address*."""
    # From the end: addresses of one network differ there first.
    for left, offset in zip((7, 5, 3, 1), (12, 8, 4, 0), strict=True):
        program.add(LOAD_WORD_X, place + offset)
        program.add(IF_EQUAL, int.from_bytes(address[offset : offset + 4], "big"), false=left)
    program.end(_WHOLE)
