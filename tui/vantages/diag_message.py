"""The messages of NETLINK_SOCK_DIAG: the request for TCP sockets, and what the kernel answers.

Layouts: `struct nlmsghdr` and `struct nlattr` (linux/netlink.h), `struct inet_diag_req_v2` and
`struct inet_diag_msg` (linux/inet_diag.h), `struct tcp_info` (linux/tcp.h); states as in net/tcp_states.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import msgspec

from tui import limits
from tui.vantages import LISTEN, VantageError

STATES: Final = {
    1: "ESTABLISHED", 2: "SYN_SENT", 3: "SYN_RECV", 4: "FIN_WAIT1", 5: "FIN_WAIT2", 6: "TIME_WAIT",
    7: "CLOSE", 8: "CLOSE_WAIT", 9: "LAST_ACK", 10: LISTEN, 11: "CLOSING",
}  # fmt: skip
ASKED: Final = sum(1 << number for number, name in STATES.items() if name not in {"TIME_WAIT", "CLOSE"})
ENDED: Final = sum(1 << number for number, name in STATES.items() if name in {"TIME_WAIT", "FIN_WAIT2"})
_HANDSHAKE: Final = frozenset({2, 3})

BY_FAMILY: Final = 20  # SOCK_DIAG_BY_FAMILY
ERROR: Final = 2  # NLMSG_ERROR
DONE: Final = 3  # NLMSG_DONE
REQUEST_DUMP: Final = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
INTERRUPTED: Final = 0x10  # NLM_F_DUMP_INTR
BYTECODE: Final = 1  # INET_DIAG_REQ_BYTECODE
INFO: Final = 2  # INET_DIAG_INFO, the attribute with struct tcp_info
_ATTR_TYPE: Final = 0x3FFF  # NLA_TYPE_MASK

# family, state, retransmits of a handshake, both ends, cookie, receive and send queue, uid, inode
_SOCKET_FIELDS: Final = "BBxB36s4xQ4xIIII"
# backoff, unacked, ms since data arrived, round trip in µs, total retransmits
_INFO_FIELDS: Final = "4xB19xI24xI12xI28xI"

HEADER: Final = struct.Struct("=IHHI4x")
REQUEST: Final = struct.Struct("=BBBxI48x")
ATTR: Final = struct.Struct("=HH")
SOCKET: Final = struct.Struct("=" + _SOCKET_FIELDS)
_ENDS: Final = struct.Struct("!HH16s16s")
_INFO_SIZE: Final = struct.calcsize("=" + _INFO_FIELDS)
_STATUS: Final = struct.Struct("=i")

_MAPPED: Final = bytes(10) + b"\xff\xff"
_LAYOUTS: Final = 32

Ends: TypeAlias = tuple[str, int, str, int]
"""Local address and port, remote address and port."""


class DiagError(VantageError):
    """The kernel refused, or its answer is not what the headers promise; `errno` where it gave one."""

    def __init__(self, text: str, number: int | None = None) -> None:
        super().__init__(text)
        self.errno = number


def refusal(number: int) -> DiagError:
    """The error for a refusal by the kernel, errno *number*."""
    if number == errno.ENOENT:
        return DiagError("the kernel has no TCP socket diagnosis (tcp_diag)", number)
    return DiagError(f"the kernel refused: {os.strerror(number)}", number)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One socket as the kernel describes it."""

    ends: Ends
    state: str
    cookie: int
    receive_queue: int
    send_queue: int
    uid: int
    inode: int
    retransmits: int
    backoff: int = 0
    unacked: int = 0
    rtt_us: int = 0
    quiet_ms: int | None = None
    """Milliseconds since data arrived; None before the connection stands."""


class _Layout(NamedTuple):
    """Messages of one length: how to take one apart in a single step."""

    fields: struct.Struct
    info: int
    """What the header of the tcp_info attribute must read for the layout to fit."""


def request(family: int, program: bytes, states: int = ASKED) -> bytes:
    """The message that asks for all TCP sockets of *family* in *states* which *program* accepts."""
    length = HEADER.size + REQUEST.size + ATTR.size + len(program)
    return (
        HEADER.pack(length, BY_FAMILY, REQUEST_DUMP, family)
        + REQUEST.pack(family, socket.IPPROTO_TCP, 1 << INFO - 1, states)
        + ATTR.pack(ATTR.size + len(program), BYTECODE)
        + program
    )


def _address(family: int, raw: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[:4])
    if raw.startswith(_MAPPED):
        return socket.inet_ntop(socket.AF_INET, raw[12:])
    return socket.inet_ntop(socket.AF_INET6, raw)


@lru_cache(maxsize=limits.ENDS_KEPT)
def _ends(family: int, raw: bytes) -> Ends:
    """Both ends as text; cached because a connection is met again in every reading."""
    local_port, remote_port, local, remote = _ENDS.unpack(raw)
    if not remote_port:
        return _address(family, local), local_port, "", 0
    return _address(family, local), local_port, _address(family, remote), remote_port


class Reader:
    """Takes the kernel's datagrams apart; one serves many dumps, so that what it learns pays."""

    def __init__(self) -> None:
        self._layouts: dict[int, _Layout] = {}

    def entry(self, data: bytes | bytearray, at: int, end: int) -> Entry:
        """The socket described in data[at:end].

        Raises:
            DiagError: the description is malformed or cut short.
        """
        # All full sockets of one dump carry the same attributes; walking them anew takes half the time.
        layout = self._layouts.get(end - at) or self._learn(data, at, end)
        if layout is not None:
            (
                family, state, _, ends, cookie, unread, unsent, uid, inode,
                info, backoff, unacked, quiet, rtt, again,
            ) = layout.fields.unpack_from(data, at)  # fmt: skip
            if info == layout.info:
                return Entry(
                    _ends(family, ends), STATES.get(state, "UNKNOWN"), cookie, unread, unsent, uid, inode,
                    again, backoff, unacked, rtt, None if state in _HANDSHAKE else quiet,
                )  # fmt: skip
            del self._layouts[end - at]
            return self.entry(data, at, end)
        # A handshake that is no full socket yet, or what remains of a closed one.
        family, state, again, ends, cookie, unread, unsent, uid, inode = SOCKET.unpack_from(data, at)
        return Entry(
            _ends(family, ends), STATES.get(state, "UNKNOWN"), cookie, unread, unsent, uid, inode, again
        )

    def _learn(self, data: bytes | bytearray, at: int, end: int) -> _Layout | None:
        """Walk the attributes for tcp_info; None where there is none."""
        if end - at < SOCKET.size:
            raise DiagError("the kernel's answer has a short socket")
        here = at + SOCKET.size
        while here + ATTR.size <= end:
            length, kind = ATTR.unpack_from(data, here)
            if length < ATTR.size or here + length > end:
                raise DiagError("the kernel's answer has a broken attribute")
            if kind & _ATTR_TYPE == INFO:
                if length < ATTR.size + _INFO_SIZE:
                    raise DiagError("the kernel's answer has a short tcp_info")
                fields = f"={_SOCKET_FIELDS}{here - at - SOCKET.size}xI{_INFO_FIELDS}"
                (info,) = struct.unpack_from("=I", data, here)
                layout = _Layout(struct.Struct(fields), info)
                if len(self._layouts) < _LAYOUTS:
                    self._layouts[end - at] = layout
                return layout
            here += length + 3 & ~3
        return None


class Dump:
    """The answer to the request for one family, gathered from its datagrams."""

    def __init__(self, family: int, reader: Reader) -> None:
        self.family = family
        """Also the sequence number of the request, by which its answer is known."""
        self._reader = reader
        self.entries: list[Entry] = []
        self.done = False
        self.interrupted = False
        """The table changed while it was read: entries may be missing or double."""

    def feed(self, data: bytes | bytearray, size: int) -> None:
        """Take in the first *size* bytes of *data*, one datagram.

        Raises:
            DiagError: the kernel refused, or the datagram is malformed or cut short.
        """
        read, found = self._reader.entry, self.entries.append
        at = 0
        while at < size and not self.done:
            if size - at < HEADER.size:
                raise DiagError("the kernel's answer is cut short")
            length, kind, flags, sequence = HEADER.unpack_from(data, at)
            end = at + length
            if length < HEADER.size or end > size:
                raise DiagError("the kernel's answer is cut short")
            if sequence == self.family:
                if flags & INTERRUPTED:
                    self.interrupted = True
                if kind == BY_FAMILY:
                    found(read(data, at + HEADER.size, end))
                elif kind in {DONE, ERROR}:
                    self._status(data, kind, at + HEADER.size, end)
            at = end + 3 & ~3

    def _status(self, data: bytes | bytearray, kind: int, at: int, end: int) -> None:
        if end - at < _STATUS.size:
            raise DiagError("the kernel's answer has a short status")
        (status,) = _STATUS.unpack_from(data, at)
        if status:
            raise refusal(-status if status < 0 else errno.EPROTO)
        self.done = kind == DONE
