"""Does an address answer an echo request, with what TTL, and if not, who says so?"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import secrets
import socket
import struct
import sys
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.clean import clean
from tui.probes import icmp
from tui.probes.icmp import Unreachable
from tui.probes.ping import PingError, Pong, ping, program
from tui.probes.tcp import bind_to, own_address

Way: TypeAlias = Literal["ping-socket", "raw", "ping-program", "none"]

_AGAIN_S: Final = 0.5  # after so long without a reply the next request goes out
_TRIES_MOST: Final = 5
_WAIT_MOST_S: Final = 5.0
_MESSAGE: Final = struct.Struct("!BBHHH")  # type, code, checksum, identifier, number: RFC 792, RFC 4443 4.1
_TOKEN: Final = 16  # bytes that only the answer to our own request brings back
_REQUEST, _REPLY = 8, 0  # RFC 792
_REQUEST6, _REPLY6 = 128, 129  # RFC 4443 4.1, 4.2
_PACKET: Final = 1024
_ANY_PORT: Final = 9
_IP_RECVTTL: Final = 12  # include/uapi/linux/in.h
_ICMP_FILTER: Final = 1  # include/uapi/linux/icmp.h, level SOL_RAW
_SOL_RAW: Final = 255
_ICMP6_FILTER: Final = 1  # include/uapi/linux/icmpv6.h, level IPPROTO_ICMPV6
_NOT_FOR_US: Final = frozenset({errno.EACCES, errno.EPERM, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT})
"""Errors by which a kernel keeps a kind of socket from a user."""
_PERMIT: Final = (
    'no right to send echo requests: set sysctl net.ipv4.ping_group_range="0 2147483647", '
    "grant cap_net_raw, or install a ping program that may"
)
_MAY_NOT: Final = "not permitted"


class Echo(NamedTuple):
    """Whether an address answers an echo request, and how that is known."""

    answers: bool
    ms: float | None = None
    ttl: int | None = None
    """With which the reply arrived; `hops.hops` makes a distance of it."""
    sender: str | None = None
    """Of the reply or of the ICMP error."""
    unreachable: Unreachable | None = None
    """The ICMP error that came instead of a reply."""
    way: Way = "none"
    missing: str = ""
    """Why nothing could be sent, and what would permit it; then silence means nothing."""
    detail: str = ""
    """As shown to people."""


async def echo(address: str, *, wait_s: float = 1.0, tries: int = 2, device: str | None = None) -> Echo:
    """Ask a numeric *address* for an echo, by whichever way this user may: at the most *tries* times.

    A second request goes out after 0.5 s of silence; the last is waited for *wait_s* seconds. *device* is the
    interface to leave by. A reply to any of them counts, an ICMP error ends it.
    """
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return Echo(False, missing=f"not an address: {clean(address, 60)}")
    wait_s = min(max(wait_s, 0.0), _WAIT_MOST_S)
    tries = min(max(tries, 1), _TRIES_MOST)
    try:
        way, sock = _opened(address, device)
    except OSError as error:
        return Echo(False, missing=_words(error))
    if sock is None:
        return await _by_program(address, wait_s, tries, device)
    with sock:
        try:
            return await _Asked(sock, way).ask(wait_s, tries)
        except OSError as error:
            return Echo(False, way=way, missing=_words(error))


def _opened(address: str, device: str | None) -> tuple[Way, socket.socket | None]:
    """A socket towards *address*, or None where this user may have none."""
    v6 = ":" in address
    kinds: tuple[tuple[Way, int], ...] = (("ping-socket", socket.SOCK_DGRAM), ("raw", socket.SOCK_RAW))
    for way, kind in kinds if sys.platform == "linux" else ():
        try:
            sock = socket.socket(
                socket.AF_INET6 if v6 else socket.AF_INET,
                kind,
                socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP,
            )
        except OSError as error:
            if error.errno in _NOT_FOR_US:
                continue
            raise
        try:
            _prepare(sock, device)
            sock.connect((address, 0))
        except BaseException:
            sock.close()
            raise
        return way, sock
    return "ping-program", None


def _prepare(sock: socket.socket, device: str | None) -> None:
    v6 = sock.family == socket.AF_INET6
    sock.setblocking(False)
    icmp.listen(sock)
    if v6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
    if sock.type == socket.SOCK_RAW and v6:
        # Bits that are set keep a type out: 256 of them.
        wanted = bytearray(b"\xff" * 32)
        struct.pack_into("=I", wanted, _REPLY6 // 32 * 4, 0xFFFFFFFF & ~(1 << _REPLY6 % 32))
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(wanted))
    elif sock.type == socket.SOCK_RAW:
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF & ~(1 << _REPLY)))
    if device is not None:
        bind_to(sock, device)


class _Asked:
    """Requests sent on one socket, and what comes back for them."""

    def __init__(self, sock: socket.socket, way: Way) -> None:
        self._sock = sock
        self._way = way
        self._v6 = sock.family == socket.AF_INET6
        self._loop = asyncio.get_running_loop()
        self._identifier = 1 + secrets.randbelow(0xFFFF)
        self._token = secrets.token_bytes(_TOKEN)
        self._sent: dict[int, float] = {}

    async def ask(self, wait_s: float, tries: int) -> Echo:
        """Send, wait, and send again while there is silence.

        Raises:
            OSError: this host did not send.
        """
        for number in range(1, tries + 1):
            self._send(number)
            wait = wait_s if number == tries else min(wait_s, _AGAIN_S)
            if pong := await self._hear(self._loop.time() + wait):
                return _told(pong, self._way, own_address(self._sock))
        return Echo(False, way=self._way, detail="no reply to echo")

    def _send(self, number: int) -> None:
        kind = _REQUEST6 if self._v6 else _REQUEST
        message = _MESSAGE.pack(kind, 0, 0, self._identifier, number) + self._token
        if not self._v6:  # the kernel does it for version 6
            message = _MESSAGE.pack(kind, 0, _checksum(message), self._identifier, number) + self._token
        self._sent[number] = self._loop.time()
        try:
            self._sock.send(message)
        except OSError:
            # A raw socket may be told of errors that somebody else's requests met.
            if icmp.quoted(self._sock) is None:
                raise
            self._sock.send(message)

    async def _hear(self, until: float) -> Pong | None:
        while await self._readable(until):
            if pong := self._error() or self._reply():
                return pong
        return None

    async def _readable(self, until: float) -> bool:
        """Wait for the socket to have a message or an error; False when it is too late."""
        woken = asyncio.Event()
        self._loop.add_reader(self._sock, woken.set)
        try:
            async with asyncio.timeout_at(until):
                await woken.wait()
        except TimeoutError:
            return False
        finally:
            self._loop.remove_reader(self._sock)
        return True

    def _error(self) -> Pong | None:
        """An ICMP error about one of our requests."""
        found = icmp.quoted(self._sock)
        if found is None:
            return None
        unreachable, quote = found
        number = self._number(quote, _REQUEST6 if self._v6 else _REQUEST)
        if number is None:
            return None
        return Pong(unreachable.sender, self._since(number), unreachable=unreachable)

    def _reply(self) -> Pong | None:
        """The reply to one of our requests."""
        try:
            data, ancillary, _, sender = self._sock.recvmsg(_PACKET, 256)
        except OSError:
            return None  # nothing, or the word for an error that has been read already
        if self._way == "raw" and not self._v6:
            data = data[(data[0] & 0xF) * 4 :] if data else b""
        number = self._number(data, _REPLY6 if self._v6 else _REPLY)
        if number is None or data[_MESSAGE.size :] != self._token:
            return None
        return Pong(str(sender[0]).partition("%")[0], self._since(number), _ttl(ancillary))

    def _number(self, message: bytes, kind: int) -> int | None:
        """Which of our requests *message* is about."""
        if len(message) < _MESSAGE.size:
            return None
        its_kind, _, _, identifier, number = _MESSAGE.unpack_from(message)
        if its_kind != kind or number not in self._sent:
            return None
        # The kernel gives a ping socket an identifier of its own, and only what bears it.
        return number if self._way == "ping-socket" or identifier == self._identifier else None

    def _since(self, number: int) -> float:
        return self._loop.time() - self._sent[number]


def _ttl(ancillary: list[tuple[int, int, bytes]]) -> int | None:
    for level, kind, data in ancillary:
        if (level, kind) in {
            (socket.IPPROTO_IP, socket.IP_TTL),
            (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT),
        }:
            return int.from_bytes(data[:4], sys.byteorder)
    return None


async def _by_program(address: str, wait_s: float, tries: int, device: str | None) -> Echo:
    if program() is None:
        return Echo(False, missing=_PERMIT)
    try:
        for number in range(1, tries + 1):
            wait = wait_s if number == tries else min(wait_s, _AGAIN_S)
            if pong := await ping(address, wait, device):
                return _told(pong, "ping-program", _source(address))
    except PingError as error:
        words = str(error)
        missing = f"{words}; {_PERMIT}" if _MAY_NOT in words else words
        return Echo(False, way="ping-program", missing=missing)
    return Echo(False, way="ping-program", detail="no reply to echo")


def _source(address: str) -> str | None:
    """The address of this host that packets to *address* leave from; nothing is sent."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((address, _ANY_PORT))
        except OSError:
            return None
        return own_address(sock)


def _told(pong: Pong, way: Way, own: str | None) -> Echo:
    ms = round(pong.seconds * 1000, 2)
    if pong.unreachable is None:
        return Echo(True, ms, pong.ttl, pong.sender, None, way, detail=f"answers in {ms:g} ms")
    # The kernel sends itself this ICMP when ARP fails.
    here = pong.sender == own
    detail = "no answer to ARP" if here else pong.unreachable.words
    return Echo(False, ms, None, pong.sender, pong.unreachable, way, detail=detail)


def _words(error: OSError) -> str:
    if error.errno in {errno.EPERM, errno.EACCES}:
        return f"this host forbids it: {os.strerror(error.errno)}"
    if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return "this host has no route"
    return f"not sent: {clean(error.strerror or str(error), 80)}"


def _checksum(message: bytes) -> int:
    """Of the internet (RFC 1071), over a message of even length."""
    total: int = sum(struct.unpack(f"!{len(message) // 2}H", message))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF & ~(total + (total >> 16))
