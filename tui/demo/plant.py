"""The plant behind `port502 demo`: starts it, says where it is, and ends every part of it."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from tui.demo.part import STOP_S, DemoError, Part
from tui.demo.table import CLIENTS, FIRST, GROUPS, HOSTS, LAST, PORTS
from tui.records import KnownDevice

__all__ = ["DemoError", "Plan", "running"]

START_S: Final = 15.0  # for every part to say that it is ready; half a second on an idle machine


class Plan(NamedTuple):
    """What the monitor is told of the plant."""

    networks: tuple[str, ...]
    port: int
    known: tuple[KnownDevice, ...]


@contextmanager
def running(port: int | None = None) -> Iterator[Plan]:
    """The plant, ready: every server listens and the full devices are full. No process outlives the block.

    Raises:
        DemoError: its addresses or its port are not to be had, or a part did not start.
    """
    port = _usable_port(PORTS if port is None else (port,))
    deadline = time.monotonic() + START_S
    servers: list[Part] = []
    clients: list[Part] = []
    try:
        # All at once: a client imports what it needs while the servers do, and waits for the word to go.
        servers.extend(Part("servers", group, port) for group in GROUPS)
        clients.extend(Part("clients", name, port) for name in CLIENTS)
        for server in servers:
            server.wait_ready(deadline)
        for client in clients:
            client.go()
        for client in clients:
            client.wait_ready(deadline)
        yield Plan((f"{FIRST}-{LAST.rpartition('.')[2]}",), port, _known(port))
    finally:
        _end(clients + servers)


def _known(port: int) -> tuple[KnownDevice, ...]:
    return tuple(
        KnownDevice(
            address=host.address,
            port=port,
            name=host.name,
            product=host.product,
            limit=host.slots if host.documented else None,
            limit_source="demo plant" if host.slots and host.documented else "",
        )
        for host in HOSTS
    )


def _usable_port(candidates: tuple[int, ...]) -> int:
    """The first port that is free on every address of the plant."""
    refused = ""
    for port in candidates:
        if not 0 < port < 1 << 16:
            raise DemoError(f"{port} is not a TCP port: those are 1 to 65535")
        refused = _refused(port)
        if not refused:
            return port
    raise DemoError(refused)


def _refused(port: int) -> str:
    """Why the plant cannot listen on a port; empty where it can."""
    for host in HOSTS:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind((host.address, port))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    raise DemoError(
                        f"the demo needs {FIRST} to {LAST}, and this system has no {host.address}: "
                        "Linux has all of 127.0.0.0/8, others only what is configured"
                    ) from error
                return f"the demo cannot listen on {host.address} port {port}: {error.strerror}"
    return ""


def _end(parts: list[Part]) -> None:
    for part in parts:
        part.ask_to_end()
    deadline = time.monotonic() + STOP_S
    for part in parts:
        part.end(deadline)
