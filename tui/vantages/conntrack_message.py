"""The messages of the connection tracking table: the request for all of it, and what the kernel answers.

Layouts: `struct nlmsghdr` and `struct nlattr` (linux/netlink.h), `struct nfgenmsg`
(linux/netfilter/nfnetlink.h), the CTA_ attributes (linux/netfilter/nfnetlink_conntrack.h), states and flags
(linux/netfilter/nf_conntrack_tcp.h).
"""

from __future__ import annotations

import errno
import os
import re
import socket
import struct
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from tui import limits
from tui.records import SessionKey, Target
from tui.vantages import VantageError

_GET: Final = 0x101  # NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET
_ENTRY: Final = 0x100  # the same subsystem's IPCTNL_MSG_CT_NEW
_ERROR: Final = 2  # NLMSG_ERROR
_DONE: Final = 3  # NLMSG_DONE
_REQUEST_DUMP: Final = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_SEQUENCE: Final = 1

_HEADER: Final = struct.Struct("=IHHII")
_FAMILY: Final = struct.Struct("=BBH")
_ATTR: Final = struct.Struct("=HH")
_PORT: Final = struct.Struct("!H")
_SECONDS: Final = 4  # bytes
_STATUS: Final = struct.Struct("=i")
_ATTR_TYPE: Final = 0x3FFF  # NLA_TYPE_MASK

_ORIGINAL, _REPLY, _PROTOCOL_INFO, _TIMEOUT, _ID = 1, 2, 4, 7, 12
_IP, _PROTOCOL = 1, 2  # of a tuple
_NUMBER, _SOURCE_PORT, _DESTINATION_PORT = 1, 2, 3  # of its protocol
_TCP, _STATE, _FLAGS_ORIGINAL = 1, 1, 4  # of the protocol's own figures
_SOURCE_AND_DESTINATION: Final = ((1, 2, socket.AF_INET, 4), (3, 4, socket.AF_INET6, 16))
_CLOSED_FIRST: Final = 0x04  # IP_CT_TCP_FLAG_CLOSE_INIT

_AT_THE_CLIENT: Final = {
    1: ("SYN_SENT", "SYN_SENT"), 2: ("SYN_SENT", "SYN_SENT"), 3: ("ESTABLISHED", "ESTABLISHED"),
    4: ("FIN_WAIT1", "CLOSE_WAIT"), 5: ("FIN_WAIT2", "CLOSE_WAIT"), 6: ("CLOSING", "LAST_ACK"),
    9: ("SYN_SENT", "SYN_SENT"),
}  # fmt: skip
"""TCP state at the client's end: where the client closed first, and where it did not. Others are over."""

_STATES_KEPT: Final = 256
_Data: TypeAlias = bytes | bytearray


class Entry(NamedTuple):
    """One TCP connection as the table has it; those that are over are none."""

    key: SessionKey
    number: int
    """Tells it from any other of the same addresses and ports."""
    state: str
    """At the client's end."""
    left_s: float
    """Seconds until the kernel forgets it unless a packet comes."""
    dialled: Target | None
    """What the client dialled, where that is translated here."""
    aliases: tuple[SessionKey, ...] = ()
    """The same connection as it is seen on either side of a translation."""


def request() -> bytes:
    """The message that asks for every tracked connection."""
    length = _HEADER.size + _FAMILY.size
    return _HEADER.pack(length, _GET, _REQUEST_DUMP, _SEQUENCE, 0) + _FAMILY.pack(socket.AF_UNSPEC, 0, 0)


def refusal(number: int) -> VantageError:
    """The error for errno *number*, with what to do."""
    if number in {errno.EPERM, errno.EACCES}:
        return VantageError("reading the tracked connections needs root, or the capability cap_net_admin")
    if number in {errno.EINVAL, errno.ENOENT, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT}:
        return VantageError("this kernel tracks no connections (modprobe nf_conntrack_netlink loads that)")
    return VantageError(f"the kernel refused: {os.strerror(number)}")


class Answer:
    """The kernel's answer to one request, gathered from its datagrams."""

    def __init__(self, ports: frozenset[int]) -> None:
        self._ports = ports
        codes = b"|".join(re.escape(_PORT.pack(port)) for port in sorted(ports))
        kinds = (_ATTR.pack(_ATTR.size + _PORT.size, kind) for kind in (_SOURCE_PORT, _DESTINATION_PORT))
        attributes = b"|".join(map(re.escape, kinds))
        # Most entries of a busy router are of no interest: one search tells, without taking them apart.
        self._of_interest = re.compile(b"(?:%b)(?:%b)" % (attributes, codes), re.DOTALL)
        self.found: dict[tuple[SessionKey, int], Entry] = {}
        """By addresses and number: an interrupted answer names some twice."""
        self.left_out = 0
        """Entries that seem of interest beyond those kept."""
        self.entries_seen = 0
        """Of every port and protocol."""
        self.done = False

    def feed(self, data: _Data, size: int) -> None:
        """Take in the first *size* bytes of *data*, one datagram.

        Raises:
            VantageError: the kernel refused, or the datagram is malformed or cut short.
        """
        at = 0
        while at < size and not self.done:
            if size - at < _HEADER.size:
                raise VantageError("the kernel's answer is cut short")
            length, kind, _, sequence, _ = _HEADER.unpack_from(data, at)
            end = at + length
            if length < _HEADER.size or end > size:
                raise VantageError("the kernel's answer is cut short")
            if sequence == _SEQUENCE and kind == _ENTRY:
                self.entries_seen += 1
                if self._of_interest.search(data, at, end):
                    self._take(bytes(data[at + _HEADER.size + _FAMILY.size : end]))
            elif sequence == _SEQUENCE and kind in {_DONE, _ERROR}:
                self._end(data, kind, at + _HEADER.size, end)
            at = end + 3 & ~3

    def _take(self, description: bytes) -> None:
        if len(self.found) >= limits.SESSIONS:
            # A flood must not cost the time to take it apart.
            self.left_out += 1
            return
        found = entry(description)
        if found is not None and found.key.port in self._ports:
            self.found[found.key, found.number] = found

    def _end(self, data: _Data, kind: int, at: int, end: int) -> None:
        if end - at < _STATUS.size:
            raise VantageError("the kernel's answer has a short status")
        (status,) = _STATUS.unpack_from(data, at)
        if status:
            raise refusal(-status if status < 0 else errno.EPROTO)
        self.done = kind == _DONE


def _attributes(data: bytes) -> dict[int, bytes]:
    """The attributes that follow each other in *data*, by kind."""
    found = {}
    at = 0
    while at + _ATTR.size <= len(data):
        length, kind = _ATTR.unpack_from(data, at)
        if length < _ATTR.size or at + length > len(data):
            raise VantageError("the kernel's answer has a broken attribute")
        found[kind & _ATTR_TYPE] = data[at + _ATTR.size : at + length]
        at += length + 3 & ~3
    return found


def entry(data: bytes) -> Entry | None:
    """The TCP connection that the attributes *data* describe; None where it is another thing, or over.

    Raises:
        VantageError: they are malformed or cut short.
    """
    parts = _attributes(data)
    original, reply = _ends(parts.get(_ORIGINAL, b"")), _ends(parts.get(_REPLY, b""))
    state = _state(parts.get(_PROTOCOL_INFO, b""))
    if original is None or reply is None or not state:
        return None
    # What the client wrote, and where the answers come from: both true whatever is translated in between.
    device = Target(reply[0], reply[1])
    dialled = Target(original[2], original[3])
    key = SessionKey(original[0], original[1], device.address, device.port, "")
    sides = (SessionKey(*original, ""), SessionKey(reply[2], reply[3], reply[0], reply[1], ""))
    return Entry(
        key,
        int.from_bytes(parts.get(_ID, b""), "big"),
        state,
        float(int.from_bytes(parts.get(_TIMEOUT, b"")[:_SECONDS], "big")),
        dialled if dialled != device else None,
        tuple(side for side in sides if side != key),
    )


@lru_cache(maxsize=limits.ENDS_KEPT)
def _ends(data: bytes) -> tuple[str, int, str, int] | None:
    """Source and destination of one direction; None where it is not TCP.

    Cached, because a connection is met again in every reading.
    """
    parts = _attributes(data)
    ports, addresses = _attributes(parts.get(_PROTOCOL, b"")), _attributes(parts.get(_IP, b""))
    if ports.get(_NUMBER) != bytes((socket.IPPROTO_TCP,)):
        return None
    both = [ports.get(kind, b"") for kind in (_SOURCE_PORT, _DESTINATION_PORT)]
    for source, destination, family, size in _SOURCE_AND_DESTINATION:
        ends = [addresses.get(kind, b"") for kind in (source, destination)]
        if {*map(len, ends)} == {size} and {*map(len, both)} == {_PORT.size}:
            texts = [socket.inet_ntop(family, end) for end in ends]
            numbers = [int.from_bytes(port, "big") for port in both]
            return texts[0], numbers[0], texts[1], numbers[1]
    raise VantageError("the kernel's answer has a connection without ends")


@lru_cache(maxsize=_STATES_KEPT)
def _state(data: bytes) -> str:
    """TCP state at the client's end; empty where the connection is over, or none is told."""
    figures = _attributes(_attributes(data).get(_TCP, b""))
    state = int.from_bytes(figures.get(_STATE, b""), "big")
    flags = figures.get(_FLAGS_ORIGINAL, b"")
    by_client = bool(flags) and bool(flags[0] & _CLOSED_FIRST)
    return _AT_THE_CLIENT.get(state, ("", ""))[0 if by_client else 1]
