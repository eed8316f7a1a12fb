"""Listening on this host's own interfaces by a packet socket: on Linux, and with privilege only."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from itertools import islice
from types import TracebackType
from typing import Final, Self

from tui.wire.frames import Frame, parse
from tui.wire.packet_socket import AUXDATA, SO_TIMESTAMPNS, SOL_PACKET, CaptureError, hearing, refusal

__all__ = ["Capture", "CaptureError"]

SNAP_BYTES: Final = 256  # of each frame: its headers, and what an ICMP error quotes
KEPT_FRAMES: Final = 16_384  # parsed and still to be had; the oldest go
READ_FRAMES: Final = 2_048  # taken from the kernel in one go

# include/uapi/linux/if_packet.h, linux/if_arp.h
_STATISTICS: Final = 6
_OUTGOING: Final = 4
_WITH_HEADER: Final = frozenset({1, 772})  # ARPHRD_ETHER, ARPHRD_LOOPBACK
_VLAN_VALID: Final = 1 << 4
_VLAN_MASK: Final = 0xFFF

_AUXILIARY: Final = struct.Struct("=I12xHH")  # struct tpacket_auxdata: status, VLAN tag, its EtherType
_STAMP: Final = struct.Struct("@ll")  # struct timespec
_COUNTS: Final = struct.Struct("=II")  # struct tpacket_stats
_ANCILLARY_BYTES: Final = 128


class Capture:
    """Frames that pass an interface, or all of them, from `start` until `close`.

    Every frame read is kept a while, so that several may look at the same stream: take a `mark`, do
    something, and ask `since` that mark. `frames` is for the one who wants each frame once. Not for
    more than one thread.
    """

    def __init__(self, sock: socket.socket, snap: int) -> None:
        self._sock = sock
        self._snap = snap
        self._seen: deque[Frame] = deque(maxlen=KEPT_FRAMES)
        self._count = 0
        self._told = 0
        self._lost = 0
        self._trouble = ""
        self._waiting: set[asyncio.Future[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def start(
        cls,
        program: bytes,
        *,
        interface: str | None = None,
        snap: int = SNAP_BYTES,
        promiscuous: bool = False,
    ) -> Self:
        """Listen on *interface* of the calling thread's namespace, or on all, to what *program* passes.

        *snap* bytes are kept of each frame. *promiscuous* takes in what is addressed to others too.

        Raises:
            CaptureError: not Linux, no privilege, or no such interface.
            ValueError: promiscuous on all interfaces.
        """
        if promiscuous and interface is None:
            raise ValueError("one interface must be named to listen to what is addressed to others")
        return cls(hearing(program, interface, promiscuous=promiscuous), snap)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def mark(self) -> int:
        """The present moment, for `since` and `watch`: what passed before is behind it."""
        self._drain()
        return self._count

    def since(self, mark: int) -> list[Frame]:
        """The frames that passed since *mark*, in order: the last `KEPT_FRAMES` of them. Never blocks."""
        self._drain()
        return self._from(mark)

    def frames(self) -> list[Frame]:
        """The frames this has not returned before, in order; never blocks.

        At a busy time no more than `READ_FRAMES` new ones are read in one call.
        """
        self._read()
        self._lost += max(0, self._count - len(self._seen) - self._told)
        new = self._from(self._told)
        self._told = self._count
        return new

    async def watch(
        self, wanted: Callable[[Frame], bool], wait_s: float, *, since: int | None = None
    ) -> Frame | None:
        """The first frame after *since* (or after this call) that is *wanted*; None after *wait_s* seconds.

        Takes no frame away from anybody. None at once where the capture is or gets closed.
        """
        mark = self.mark() if since is None else since
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_s
        while True:
            for frame in self.since(mark):
                if wanted(frame):
                    return frame
            mark = self._count
            left = deadline - loop.time()
            if left <= 0 or self._sock.fileno() < 0:
                return None
            await self._arrival(left)

    @property
    def lost(self) -> int:
        """Frames so far that passed the filter and were not read in time, by us or by `frames`."""
        if self._sock.fileno() >= 0:
            _, drops = _COUNTS.unpack(self._sock.getsockopt(SOL_PACKET, _STATISTICS, _COUNTS.size))
            self._lost += drops
        return self._lost

    @property
    def trouble(self) -> str:
        """Why nothing is heard just now, as far as the kernel tells; empty when all is well."""
        return self._trouble

    def close(self) -> None:
        """Stop listening. What was read can still be had; whoever watches gets None."""
        if self._loop is not None and self._waiting:
            self._loop.remove_reader(self._sock)
        self._sock.close()
        self._wake()

    def _from(self, mark: int) -> list[Frame]:
        skip = max(0, mark - (self._count - len(self._seen)))
        return list(islice(self._seen, skip, None))

    def _drain(self) -> None:
        """Take in all that waits; bounded, should frames come faster than they are read."""
        for _ in range(KEPT_FRAMES // READ_FRAMES):
            if self._read() < READ_FRAMES:
                return

    def _read(self) -> int:
        """Take in what waits, and say how many frames that were."""
        if self._sock.fileno() < 0:
            return 0
        for number in range(READ_FRAMES):
            try:
                data, extras, _, where = self._sock.recvmsg(self._snap, _ANCILLARY_BYTES)
            except BlockingIOError:
                return number
            except OSError as error:
                # Told once; the socket hears again when the interface is up again.
                self._trouble = str(refusal(error, None))
                return number
            self._trouble = ""
            self._take(data, extras, where)
        return READ_FRAMES

    def _take(
        self, data: bytes, extras: list[tuple[int, int, bytes]], where: tuple[str, int, int, int, bytes]
    ) -> None:
        at, vlan = 0.0, None
        for level, kind, extra in extras:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _STAMP.unpack(extra)
                at = seconds + nanoseconds / 1e9
            elif level == SOL_PACKET and kind == AUXDATA:
                status, control, _ = _AUXILIARY.unpack(extra)
                vlan = control & _VLAN_MASK if status & _VLAN_VALID else None
        interface, protocol, direction, link, _ = where
        frame = parse(
            data,
            at=at or time.time(),
            interface=interface,
            outgoing=direction == _OUTGOING,
            vlan=vlan,
            protocol=None if link in _WITH_HEADER else protocol,
        )
        if frame is not None:
            self._seen.append(frame)
            self._count += 1

    async def _arrival(self, wait_s: float) -> None:
        """Wait until something can be read, at most *wait_s* seconds."""
        self._loop = asyncio.get_running_loop()
        arrived: asyncio.Future[None] = self._loop.create_future()
        self._waiting.add(arrived)
        self._loop.add_reader(self._sock, self._wake)
        try:
            await asyncio.wait([arrived], timeout=wait_s)
        finally:
            self._waiting.discard(arrived)
            if not self._waiting and self._sock.fileno() >= 0:
                self._loop.remove_reader(self._sock)

    def _wake(self) -> None:
        for arrived in self._waiting:
            if not arrived.done():
                arrived.set_result(None)
