"""Real connections on loopback for the tests of how sessions are seen."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, TypeVar

T = TypeVar("T")


def until(ask: Callable[[], T | None], seconds: float = 10.0) -> T:
    """The first true answer of *ask*; fails after *seconds*."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.002)
    return answer


class Pair(NamedTuple):
    """A connection with both ends here."""

    server: socket.socket
    client: socket.socket
    device: socket.socket

    @property
    def port(self) -> int:
        return int(self.server.getsockname()[1])

    @property
    def ports(self) -> frozenset[int]:
        return frozenset({self.port})

    @property
    def client_port(self) -> int:
        return int(self.client.getsockname()[1])


@contextmanager
def listening(address: str = "127.0.0.5") -> Iterator[socket.socket]:
    """A server on a free port."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    both = address == "::"
    with socket.create_server((address, 0), family=family, dualstack_ipv6=both) as server:
        yield server


@contextmanager
def connected(address: str = "127.0.0.5", to: str | None = None) -> Iterator[Pair]:
    """A connection to a server on *address*, dialled as *to*."""
    with ExitStack() as stack:
        server = stack.enter_context(listening(address))
        client = stack.enter_context(socket.create_connection((to or address, server.getsockname()[1]), 5))
        device = stack.enter_context(server.accept()[0])
        yield Pair(server, client, device)
