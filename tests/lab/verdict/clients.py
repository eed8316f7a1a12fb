"""Clients of the lab: `python -m tests.lab.verdict.clients MANNER ADDRESS:PORT [count=N] [from=PORT]`."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Final

_READ: Final = b"\0\1\0\0\0\6\1\3\0\0\0\1"
_ANSWER_S: Final = 5.0
_PAUSE_S: Final = 0.1
_TCP_REPAIR: Final = 19  # include/uapi/linux/tcp.h
_BACKOFF: Final = 4  # offset of tcpi_backoff in struct tcp_info
_DOUBLED: Final = 3


def say_ready() -> None:
    """Tell whoever started this that the state it wanted is there."""
    print("ready", flush=True)  # noqa: T201 - this is how it is told


def opened(target: tuple[str, int], count: int, own: int, *, asks: bool = True) -> list[socket.socket]:
    """Open connections; on each, one request and its answer, unless nothing is to be asked."""
    socks = []
    for number in range(count):
        sock = socket.create_connection(target, _ANSWER_S, ("", own + number if own else 0))
        socks.append(sock)
        if asks:
            sock.sendall(_READ)
            if not sock.recv(260):
                raise ConnectionError("closed instead of an answer")
    return socks


def holds(target: tuple[str, int], count: int, own: int) -> list[socket.socket]:
    """Connections that were served, and rest now."""
    return opened(target, count, own)


def waits(target: tuple[str, int], count: int, own: int) -> list[socket.socket]:
    """Connections on which nothing was asked."""
    return opened(target, count, own, asks=False)


def leaks(target: tuple[str, int], count: int, own: int) -> list[socket.socket]:
    """Connections that the device has closed and this program has not: CLOSE_WAIT."""
    socks = opened(target, count, own)
    for sock in socks:
        sock.settimeout(4 * _ANSWER_S)
        while sock.recv(260):
            pass
    return socks


def vanishes(target: tuple[str, int], count: int, own: int) -> list[socket.socket]:
    """Connections of which this host forgets everything, as by a power cut: neither FIN nor RST."""
    for sock in opened(target, count, own):
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
        sock.close()
    return []


def visits(target: tuple[str, int], count: int, own: int) -> list[socket.socket]:
    """Connections that were served and closed in order, by this end: TIME_WAIT."""
    for sock in opened(target, count, own):
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(260):
            pass
        sock.close()
    return []


def unacknowledged(target: tuple[str, int], count: int, own: int) -> list[socket.socket]:
    """Connections that stand; at `go` each asks, and retries until its timer has doubled three times."""
    socks = opened(target, count, own)
    say_ready()
    sys.stdin.readline()
    for sock in socks:
        sock.sendall(_READ)
    while min(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[_BACKOFF] for sock in socks) < _DOUBLED:
        time.sleep(_PAUSE_S)
    return socks


MANNERS: Final[dict[str, Callable[[tuple[str, int], int, int], list[socket.socket]]]] = {
    act.__name__: act for act in (holds, waits, leaks, vanishes, visits, unacknowledged)
}


def main(manner: str, target: str, *options: str) -> None:
    """Reach the state, say so, and keep it until ended."""
    host, _, port = target.rpartition(":")
    given = {"count": 1, "from": 0} | {name: int(value) for name, value in (o.split("=") for o in options)}
    socks = MANNERS[manner]((host, int(port)), given["count"], given["from"])
    say_ready()
    sys.stdin.read()
    for sock in socks:
        sock.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
