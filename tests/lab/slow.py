"""A wire that takes its time, for devices that do."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from tests.lab.net import Namespace

NAME: Final = "slow"
_TUNSETIFF: Final = 0x400454CA  # include/uapi/linux/if_tun.h
_TUN_NO_INFO: Final = 0x1001
_PACKET: Final = 2048


def _end(namespace: Namespace) -> int:
    def opened() -> int:
        file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(file, _TUNSETIFF, struct.pack("16sH22x", NAME.encode(), _TUN_NO_INFO))
        return file

    file = namespace.do(opened)
    namespace.run("ip", "link", "set", NAME, "up")
    return file


def _carry(one: int, other: int, delay_s: float, ended: threading.Event) -> None:
    """Hand every packet of one end to the other, *delay_s* late."""
    under_way: deque[tuple[float, int, bytes]] = deque()
    while not ended.is_set():
        wait_s = max(0.0, under_way[0][0] - time.monotonic()) if under_way else 0.1
        for file in select.select([one, other], [], [], wait_s)[0]:
            to = other if file == one else one
            under_way.append((time.monotonic() + delay_s, to, os.read(file, _PACKET)))
        while under_way and under_way[0][0] <= time.monotonic():
            _, to, packet = under_way.popleft()
            os.write(to, packet)


@contextmanager
def slow_wire(one: Namespace, other: Namespace, delay_s: float) -> Iterator[None]:
    """Join two namespaces by a wire (named `slow` in both) on which a packet takes *delay_s* seconds."""
    with ExitStack() as stack:
        files = []
        for namespace in (one, other):
            files.append(_end(namespace))
            stack.callback(os.close, files[-1])
        ended = threading.Event()
        carrier = threading.Thread(target=_carry, args=(*files, delay_s, ended))
        carrier.start()
        stack.callback(carrier.join)
        stack.callback(ended.set)
        yield
