"""The client's whole wire: what passes any of its interfaces."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.lab.capture import Capture
from tests.lab.net import Namespace

_ETH_P_ALL: Final = 0x0003
_SO_TIMESTAMPNS: Final = 35  # include/uapi/asm-generic/socket.h
_ROOM: Final = 8 << 20
_SO_RCVBUFFORCE: Final = 33


@contextmanager
def listening(namespace: Namespace) -> Iterator[Capture]:
    """Collect what passes every interface of *namespace*; loopback shows each frame twice."""

    def opened() -> socket.socket:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        return sock

    with namespace.do(opened) as sock:
        yield Capture(sock)
