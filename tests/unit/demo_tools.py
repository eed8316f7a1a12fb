"""What the tests of the demo's plant share: waiting for a condition, asking, looking at processes."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import psutil

from tui.demo import frames
from tui.demo.table import HOSTS

PATIENCE_S = 15.0
ADDRESS = {host.name: host.address for host in HOSTS}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOSTS[0].address, 0))
        return int(sock.getsockname()[1])


def eventually(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


def said(sock: socket.socket, within: float = 3.0) -> bytes | None:
    """What comes next: bytes, empty at the end of the connection, None for silence."""
    sock.settimeout(within)
    try:
        return sock.recv(512)
    except TimeoutError:
        return None
    except ConnectionResetError:
        return b""


def ask(sock: socket.socket, unit: int = 1) -> bytes:
    """The PDU of the answer."""
    sock.sendall(frames.question(77, unit))
    answer = said(sock)
    assert answer is not None
    assert answer[:4] == b"\x00\x4d\x00\x00"
    assert answer[6] == unit
    return answer[7:]


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def listeners(port: int) -> set[str]:
    return {
        found.laddr.ip
        for found in psutil.net_connections("tcp4")
        if found.status == psutil.CONN_LISTEN and found.laddr and found.laddr.port == port
    }


def sessions(process: str, name: str, port: int) -> list[tuple[int, str]]:
    """Source port and state of the connections a program holds to a device."""
    (owner,) = (child for child in children() if child.name() == process and holds_port(child, port))
    return [
        (found.laddr.port, found.status)
        for found in owner.net_connections("tcp4")
        if found.raddr and tuple(found.raddr) == (ADDRESS[name], port)
    ]


def holds_port(process: psutil.Process, port: int) -> bool:
    return process.cmdline()[-1] == str(port)
