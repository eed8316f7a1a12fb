"""The kernel's table of TCP sockets, asked through NETLINK_SOCK_DIAG and narrowed inside the kernel."""

from __future__ import annotations

import errno
import socket
import sys
import time
from typing import Final

from tui import limits
from tui.vantages.diag_message import ASKED, DiagError, Dump, Entry, Reader, refusal, request
from tui.vantages.port_filter import either_end

_SOCK_DIAG: Final = 4  # NETLINK_SOCK_DIAG in linux/netlink.h
_BUFFER: Final = 1 << 20


class InetDiag:
    """Reads the sockets of watched ports in *states*; safe for one thread at a time."""

    def __init__(self, states: int = ASKED) -> None:
        self._states = states
        self._buffer = bytearray(_BUFFER)
        self._reader = Reader()
        self._equality = True

    def read(self, ports: frozenset[int]) -> list[Entry]:
        """The TCP sockets, listening ones included, with one of *ports* at either end.

        Sees the network namespace of the calling thread.

        Raises:
            DiagError: not on Linux, refused, no answer in `limits.NETLINK_S`, or a broken answer.
            ValueError: more ports than may be watched.
        """
        if not ports:
            return []
        if self._equality:
            try:
                return self._settled(either_end(ports))
            except DiagError as error:
                if error.errno != errno.EINVAL:
                    raise
        entries = self._settled(either_end(ports, equality=False))
        self._equality = False
        return entries

    def _settled(self, program: bytes) -> list[Entry]:
        """The sockets *program* accepts; asked a second time where the first answer has holes."""
        try:
            entries, whole = self._ask(program)
            if whole:
                return entries
        except DiagError as error:
            if error.errno != errno.ENOBUFS:
                raise
        return self._ask(program)[0]

    def _ask(self, program: bytes) -> tuple[list[Entry], bool]:
        """The sockets, and whether the table stood still while they were read."""
        if sys.platform != "linux":
            raise DiagError("the kernel's socket table is read this way on Linux only")
        dumps = [Dump(family, self._reader) for family in (socket.AF_INET, socket.AF_INET6)]
        try:
            # A socket of its own for each reading: no answer to an abandoned request can follow.
            with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as link:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
                link.settimeout(limits.NETLINK_S)
                link.bind((0, 0))
                deadline = time.monotonic() + limits.NETLINK_S
                for dump in dumps:
                    link.send(request(dump.family, program, self._states))
                    self._fill(dump, link, deadline)
        except TimeoutError as error:
            raise DiagError(f"the kernel did not answer in {limits.NETLINK_S:g} s") from error
        except OSError as error:
            raise refusal(error.errno or errno.EIO) from error
        return [*dumps[0].entries, *dumps[1].entries], not any(dump.interrupted for dump in dumps)

    def _fill(self, dump: Dump, link: socket.socket, deadline: float) -> None:
        """Gather the answer until its end."""
        while not dump.done:
            if time.monotonic() > deadline:
                raise TimeoutError
            size, _, flags, sender = link.recvmsg_into([self._buffer])
            if flags & socket.MSG_TRUNC:
                raise DiagError("the kernel's answer is larger than the buffer")
            if sender[0] == 0:  # processes may write to a netlink socket too; the kernel is number 0
                dump.feed(self._buffer, size)
