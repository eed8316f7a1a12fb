"""How long one look at the sessions takes beside the usual tools: `python -m tests.bench.sessions`."""

from __future__ import annotations

import resource
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil

from tests.bench.table import Row, median_ms, show
from tui.vantages.inet_diag import InetDiag
from tui.vantages.kernel import KernelTable
from tui.vantages.merge import merge

SOCKETS = 8_000
WATCHED = 2_000
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@contextmanager
def crowd(watched: int, others: int) -> Iterator[tuple[int, int]]:
    """Connections on loopback, *watched* of the ends on one port: that port and how many ends there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    room = min(1.0, (hard - 200) / (watched + others))
    try:
        with ExitStack() as stack:
            ports = []
            for ends in (watched, others):
                server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
                ports.append(server.getsockname()[1])
                for _ in range(int(ends * room) // 2):
                    client = stack.enter_context(socket.socket())
                    # Thousands of TIME_WAIT sockets would weigh on whatever is measured next.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    client.connect(server.getsockname())
                    stack.enter_context(server.accept()[0])
            yield ports[0], int(watched * room) // 2 * 2 + int(others * room) // 2 * 2
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _ss(*arguments: str) -> None:
    subprocess.run(["ss", "-tni", *arguments], stdout=subprocess.PIPE, check=True)


def run() -> list[Row]:
    """Time our view and the others' in the same crowd of sockets."""
    with crowd(WATCHED, SOCKETS - WATCHED) as (port, ends):
        ports = frozenset({port})
        diag, kernel = InetDiag(), KernelTable()
        seen = len(kernel.read(ports))
        raw = median_ms(lambda: diag.read(ports))
        ours = median_ms(lambda: kernel.read(ports))
        whole = median_ms(lambda: merge(kernel.read(ports), ports, vantage=kernel.name, at=0.0))
        where = f"{seen} of {ends} sockets watched"
        others = [("psutil.net_connections", median_ms(lambda: psutil.net_connections("tcp"), 7), ">= 10x")]
        if shutil.which("ss"):
            narrow = f"( sport = :{port} or dport = :{port} )"
            others += [
                ("ss -tni", median_ms(_ss), "> 1x"),
                ("ss -tni, watched port only", median_ms(lambda: _ss(narrow)), ""),
            ]
    return [
        Row(f"read, {where}", f"{ours:.1f} ms", f"{name} {ms:.1f} ms", ms / ours, target)
        for name, ms, target in others
    ] + [
        Row("of which the kernel's answer, taken apart", f"{raw:.1f} ms", "", None, ""),
        Row("read and merged to sessions", f"{whole:.1f} ms", "", None, ""),
    ]


if __name__ == "__main__":
    show(run())
