"""Two hosts on one wire, what is done on it, and what a capture there hears."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

from tests.lab.net import Namespace, wire
from tests.unit.wire_frames import OURS, OURS_V6, THEIRS, THEIRS_V6
from tui.wire import filters
from tui.wire.capture import Capture
from tui.wire.frames import Frame, Tcp

Pair: TypeAlias = tuple[Namespace, Namespace]


@contextmanager
def one_wire() -> Iterator[Pair]:
    """We at 10.1.0.1 and they at 10.1.0.2 on one wire, named `eth0` at both ends."""
    with ExitStack() as stack:
        one, other = Namespace(stack), Namespace(stack)
        wire(one, f"{OURS}/24", other, f"{THEIRS}/24")
        for host, address in ((one, OURS_V6), (other, THEIRS_V6)):
            host.run("ip", "address", "add", f"{address}/64", "dev", "eth0", "nodad")
        yield one, other


def listening(
    host: Namespace, *addresses: str, interface: str | None = None, program: bytes | None = None
) -> Capture:
    program = filters.about(addresses) if program is None else program
    return host.do(lambda: Capture.start(program, interface=interface))


def connect(host: Namespace, address: str, port: int = 502, ttl: int = 64) -> None:
    """Try, however it ends."""

    def tried() -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as sock:
            sock.settimeout(2)
            if ttl != 64:
                sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
            sock.connect_ex((address, port))

    host.do(tried)


def throw(host: Namespace, *frames: bytes) -> None:
    """Put built frames on the wire."""

    def thrown() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind(("eth0", 0))
            for frame in frames:
                sock.send(frame)

    host.do(thrown)


def segments(frames: list[Frame]) -> list[Tcp]:
    return [frame.content for frame in frames if isinstance(frame.content, Tcp)]


def is_(kind: type) -> Callable[[Frame], bool]:
    return lambda frame: isinstance(frame.content, kind)


def mac_of(host: Namespace) -> str:
    def read() -> str:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind(("eth0", 0))
            return str(sock.getsockname()[4].hex(":"))

    return host.do(read)
