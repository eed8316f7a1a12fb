"""One TCP connection: how opening it ended, what may be sent on it, and how it is closed."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final, NamedTuple, TypeAlias

from tui import limits
from tui.probes import icmp
from tui.probes.allowed import require_reading, require_records
from tui.records import Closed, ProbeState, Target

_FIN_SEEN_BY_PEER: Final = frozenset({5, 6})  # FIN_WAIT2, TIME_WAIT: include/net/tcp_states.h
_TCP_CLOSE: Final = 7
_DRAUGHT: Final = 1 << 16  # bytes thrown away at a time
_LEFTOVERS: Final = 16  # reads at the most before a flooding peer gets its RST
LOCAL_SHORTAGE: Final = frozenset(
    {errno.ENOBUFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN}
)
"""Errors that speak of this host and not of the target."""
ACCEPTED_THEN_RESET: Final = "SYN-ACK, then RST"
"""Detail of a connect whose handshake was over when the reset came."""
_OWN_WORD: Final[dict[int, tuple[ProbeState, str]]] = {
    errno.EACCES: ("prohibited", "this host forbids it: "),
    errno.EPERM: ("prohibited", "this host forbids it: "),
    errno.EINVAL: ("net-unreachable", "this host has a blackhole route to it: "),
}
"""Errors by which this host itself says no."""


UNCLOSED: Final[frozenset[Closed]] = frozenset({"fin-acked", "unconfirmed"})
"""Ends of a connection of ours after which the device may still have it open."""
LET_GO: Final = "let go: its last connection was needed"
"""Why a question of ours has no answer where `LetGoError` ended it; as shown to people."""


class LetGoError(Exception):
    """Our connection was closed by us before its answer came: somebody else needs the device's last one."""

    def __init__(self, closed: Closed = "") -> None:
        super().__init__(LET_GO)
        self.closed = closed
        """How the device took it, where that is known already."""


Turn: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]
"""Waits for the right to one connection to an address and holds it, as `pace.Pace.connection` does."""


class Outcome(NamedTuple):
    """How opening a connection ended; *seconds* from SYN to the answer, or what was waited."""

    state: ProbeState
    seconds: float
    sender: str | None = None
    detail: str = ""
    shortage: bool = False
    """This host ran out of something; the target was not asked."""
    unreachable: icmp.Unreachable | None = None
    """The ICMP error that ended it, where one did."""


class Connection:
    """An open connection, for reading requests only. Close it; a context would hide how it closed."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._budget = limits.ANSWER_BYTES
        self._reading: asyncio.Task[bytes] | None = None
        self.stands = True
        """Whether our FIN is still to come."""
        self.gave_way = False
        """Whether it was let go."""

    @property
    def local_port(self) -> int:
        """Our port."""
        return int(self._sock.getsockname()[1])

    async def send(self, adu: bytes) -> None:
        """Send one Modbus TCP request; anything but a harmless read raises `NotReadingError`.

        Raises:
            LetGoError: it was let go.
        """
        require_reading(adu)
        if self.gave_way:
            raise LetGoError
        await self._loop.sock_sendall(self._sock, adu)

    async def send_sealed(self, records: bytes) -> None:
        """Send what a TLS session made of what `secure.SecureConnection.send` let pass; for it alone.

        Raises:
            LetGoError: it was let go.
            NotReadingError: these are no whole TLS records.
        """
        require_records(records)
        if self.gave_way:
            raise LetGoError
        await self._loop.sock_sendall(self._sock, records)

    async def receive(self) -> bytes:
        """Next bytes; empty at the peer's FIN or when this connection's reading budget is spent.

        Raises:
            LetGoError: it was let go, now or before.
        """
        if self.gave_way:
            raise LetGoError
        if self._budget <= 0:
            return b""
        try:
            data = self._sock.recv(self._budget)
        except (BlockingIOError, InterruptedError):
            data = await self._next()
        self._budget -= len(data)
        return data

    async def _next(self) -> bytes:
        """Wait for bytes, in a task of its own that `let_go` can end without harm to ours."""
        self._reading = asyncio.ensure_future(self._loop.sock_recv(self._sock, self._budget))
        try:
            return await self._reading
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.gave_way and not (task and task.cancelling()):
                raise LetGoError from None
            raise

    def allow(self, more: int) -> None:
        """Let so many bytes more be read."""
        self._budget += more

    def let_go(self) -> None:
        """Send FIN now: somebody else needs it. Whoever waits for an answer gets `LetGoError`, and closes."""
        if not self.stands:
            return
        self.stands, self.gave_way = False, True
        with suppress(OSError):  # the device may have ended it already
            self._sock.shutdown(socket.SHUT_WR)
        if self._reading is not None:
            self._reading.cancel()

    async def close(self) -> Closed:
        """End by FIN, read what is left so that no RST goes out, and say how the peer took it."""
        self.stands = False
        try:
            if not self.gave_way:
                self._sock.shutdown(socket.SHUT_WR)
            async with asyncio.timeout(limits.CLOSE_S):
                # A device that talks on is heard out a while: bytes unread at the end would send RST.
                left = limits.DRAIN_BYTES
                while left > 0 and (data := await self._loop.sock_recv(self._sock, min(left, _DRAUGHT))):
                    left -= len(data)
            return "fin"
        except TimeoutError:
            return "fin-acked" if _tcp_state(self._sock) in _FIN_SEEN_BY_PEER else "unconfirmed"
        except OSError:
            return "reset"
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Give the socket back at once; what has arrived is read, for close() with bytes unread sends RST."""
        self.stands = False
        with suppress(OSError):  # "nothing more to read" is how this ends
            for _ in range(_LEFTOVERS):
                if not self._sock.recv(limits.ANSWER_BYTES):
                    break
        self._sock.close()


def _tcp_state(sock: socket.socket) -> int:
    if sys.platform != "linux":
        return _TCP_CLOSE
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


async def connect(
    target: Target, wait_s: float, *, ttl: int | None = None, device: str | None = None
) -> tuple[Connection | None, Outcome]:
    """Open one connection within *wait_s* seconds: the connection, if there is one, and the outcome.

    *ttl* is the number of hops its packets may go, *device* the interface they must leave by.
    """
    try:
        sock = prepared(target.address, ttl=ttl, device=device)
    except OSError as error:
        return None, _failed(target, error, None, 0.0)
    return await dial(sock, target, wait_s)


def prepared(address: str, *, ttl: int | None = None, device: str | None = None) -> socket.socket:
    """A socket for `dial`, options as for `connect`.

    Raises:
        OSError: this host has no socket left, or does not know *device*.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        icmp.listen(sock)
        if ttl is not None and sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
        elif ttl is not None:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        if device is not None:
            bind_to(sock, device)
    except BaseException:
        sock.close()
        raise
    return sock


def bind_to(sock: socket.socket, device: str) -> None:
    """Let *sock* use one interface only; needs no privilege since Linux 5.7.

    Raises:
        OSError: no such interface, not allowed, or not Linux.
    """
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, "only Linux can choose the interface of a socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())


async def dial(sock: socket.socket, target: Target, wait_s: float) -> tuple[Connection | None, Outcome]:
    """As `connect`, on a socket of `prepared`, which is closed unless a connection is given back."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with asyncio.timeout(wait_s):
            await loop.sock_connect(sock, (target.address, target.port))
    except TimeoutError as error:
        waited = loop.time() - started
        # The kernel gives up with the same error word; only ours has no errno.
        sock.close()
        words = "no answer to SYN" if error.errno is None else "the kernel gave up"
        return None, Outcome("timeout", waited, None, words)
    except OSError as error:
        outcome = _failed(target, error, sock, loop.time() - started)
        sock.close()
        return None, outcome
    except BaseException:
        sock.close()
        raise
    return Connection(sock), Outcome("open", loop.time() - started, target.address)


def _failed(target: Target, error: OSError, sock: socket.socket | None, seconds: float) -> Outcome:
    """What a failed connect means: the error word, and the ICMP behind it where there was one."""
    heard = icmp.heard(sock) if sock is not None and error.errno != errno.ECONNRESET else None
    here = own_address(sock) if sock is not None and heard else None
    return _meaning(target, error, heard, here, seconds)._replace(unreachable=heard)


def _meaning(
    target: Target,
    error: OSError,
    heard: icmp.Unreachable | None,
    here: str | None,
    seconds: float,
) -> Outcome:
    cause = error.errno or 0
    words = heard.words if heard else ""
    sender = heard.sender if heard else None
    own = sender is not None and sender == here != target.address
    if cause in LOCAL_SHORTAGE:
        return Outcome("error", seconds, None, _local(error), shortage=True)
    if heard and own and (heard.prohibited or cause == errno.ECONNREFUSED):
        return Outcome("prohibited", seconds, None, f"this host forbids it: {words}")
    if cause in {errno.ECONNREFUSED, errno.ECONNRESET}:
        reset = "RST" if cause == errno.ECONNREFUSED else ACCEPTED_THEN_RESET
        return Outcome("refused", seconds, sender or target.address, words or reset)
    if heard and heard.prohibited:
        return Outcome("prohibited", seconds, sender, words)
    if heard and heard.expired:
        return Outcome("host-unreachable", seconds, sender, f"too many hops on the way: {words}")
    if cause == errno.EHOSTUNREACH:
        # The kernel sends itself this ICMP when ARP fails: the sender is our own address.
        if own:
            return Outcome("no-neighbour", seconds, None, "no answer to ARP")
        return Outcome("host-unreachable", seconds, sender, words or _local(error))
    if cause == errno.ENETUNREACH:
        return Outcome("net-unreachable", seconds, sender, words or "this host has no route")
    if cause == errno.ETIMEDOUT:
        return Outcome("timeout", seconds, None, "no answer to SYN")
    state, says = _OWN_WORD.get(cause, ("error", ""))
    return Outcome(state, seconds, None, says + _local(error))


def own_address(sock: socket.socket) -> str:
    """The address that a connected socket sends from."""
    return str(sock.getsockname()[0])


def _local(error: OSError) -> str:
    name = errno.errorcode.get(error.errno or 0, "")
    return f"{error.strerror or error} ({name})" if name else str(error)
