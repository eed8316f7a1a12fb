"""A packet socket that is filtered before it hears its first frame."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

from tui.clean import clean
from tui.wire.filters import INSTRUCTION

BUFFER_BYTES: Final = 8 << 20  # in the kernel, for what comes between two readings
GROUPS_JOINED: Final = 64  # interfaces asked to let LLDP in
_NAME_LENGTH: Final = 15  # of an interface

# include/uapi/asm-generic/socket.h, linux/if_packet.h, linux/if_ether.h
SOL_PACKET: Final = 263
SO_TIMESTAMPNS: Final = 35
AUXDATA: Final = 8
_SO_ATTACH_FILTER: Final = 26
_SO_RCVBUFFORCE: Final = 33
_ADD_MEMBERSHIP: Final = 1
_MULTICAST: Final = 0
_PROMISCUOUS: Final = 1
_ETH_P_ALL: Final = 3
_ALL: Final = 0  # in place of an interface's number

_ADDRESS: Final = struct.Struct("=HHi12x")  # struct sockaddr_ll
_MEMBERSHIP: Final = struct.Struct("=iHH8s")  # struct packet_mreq
_PROGRAM: Final = struct.Struct("@HP")  # struct sock_fprog
_LLDP_GROUP: Final = bytes.fromhex("0180c200000e")  # IEEE 802.1AB 7.1, the nearest bridge


class CaptureError(Exception):
    """Frames cannot be captured or sent here; one line says why, and what would help."""


def refusal(error: OSError, interface: str | None) -> CaptureError:
    """What a refusal by the kernel means."""
    if error.errno in {errno.EPERM, errno.EACCES}:
        python = Path(sys.executable).resolve()
        return CaptureError(f"needs CAP_NET_RAW: run as root, or setcap cap_net_raw+ep {python}")
    named = "the interface" if interface is None else clean(interface, _NAME_LENGTH)
    if error.errno in {errno.ENODEV, errno.ENXIO}:
        return CaptureError("the interface is gone" if interface is None else f"no interface {named}")
    if error.errno == errno.ENETDOWN:
        return CaptureError(f"{named} is down")
    if error.errno == errno.EAFNOSUPPORT:
        return CaptureError("this kernel has no packet sockets")
    return CaptureError(f"the kernel refused: {os.strerror(error.errno or errno.EIO)}")


def hearing(program: bytes, interface: str | None, *, promiscuous: bool) -> socket.socket:
    """A socket that hears what *program* passes on *interface*, or on all, with times and VLAN tags.

    Raises:
        CaptureError: not Linux, no privilege, or no such interface.
    """
    if sys.platform != "linux":
        raise CaptureError("frames can be captured on Linux only")
    number = _ALL if interface is None else _number(interface)
    sock = None
    try:
        # Protocol 0 hears nothing yet: the filter is there before the first frame.
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        _prepare(sock, program)
        if promiscuous:
            member = _MEMBERSHIP.pack(number, _PROMISCUOUS, 0, b"")
            sock.setsockopt(SOL_PACKET, _ADD_MEMBERSHIP, member)
        _let_lldp_in(sock, [number] if number else [each for each, _ in socket.if_nameindex()])
        _bind(sock, number)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise refusal(error, interface) from error
    return sock


def _number(interface: str) -> int:
    """The kernel's number of *interface*."""
    try:
        return socket.if_nametoindex(interface)
    except (OSError, ValueError) as error:  # the library's own, without an errno; a name with a null byte
        raise refusal(OSError(errno.ENODEV, ""), interface) from error


def _bind(sock: socket.socket, number: int) -> None:
    """Begin to hear on the interface, or on all, for which Python's own bind has no word."""
    address = _ADDRESS.pack(socket.AF_PACKET, socket.htons(_ETH_P_ALL), number)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.bind(sock.fileno(), address, len(address)):
        raise OSError(ctypes.get_errno(), "bind")


def _prepare(sock: socket.socket, program: bytes) -> None:
    """Attach the filter, and ask for times and VLAN tags with every frame."""
    code = ctypes.create_string_buffer(program, len(program))
    attached = _PROGRAM.pack(len(program) // INSTRUCTION.size, ctypes.addressof(code))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, attached)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.setsockopt(SOL_PACKET, AUXDATA, 1)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER_BYTES)
    except PermissionError:
        # Needs CAP_NET_ADMIN; without it net.core.rmem_max is the bound.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)


def _let_lldp_in(sock: socket.socket, interfaces: list[int]) -> None:
    """Have network cards pass the group address of LLDP, which they drop otherwise."""
    for number in interfaces[:GROUPS_JOINED]:
        member = _MEMBERSHIP.pack(number, _MULTICAST, len(_LLDP_GROUP), _LLDP_GROUP)
        try:
            sock.setsockopt(SOL_PACKET, _ADD_MEMBERSHIP, member)
        except OSError as error:
            # A link without MAC addresses has no groups; an interface may have gone meanwhile.
            if error.errno not in {errno.EINVAL, errno.ENODEV}:
                raise
