"""The programs of one host: `python -m tests.lab.holders.clients` starts and ends them as it is told.

Each line on standard input is one act, answered by `ready`: `opens NAME ADDRESS COUNT FROM`, `closes NAME`,
`killed NAME`, `dies`. A program is a process of its own that polls over as many connections as it has.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Final, NoReturn

_READ: Final = b"\0\1\0\0\0\6\1\3\0\0\0\1"
_TICK_S: Final = 0.05
_PAUSE_S: Final = 0.4
_ANSWER_S: Final = 3.0  # a connection without an answer for so long is closed
_SETTLED_S: Final = 0.2  # no longer is waited for what a device makes of a new connection


class _Line:
    """One connection of a program."""

    def __init__(self, address: str, own: int) -> None:
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.setblocking(False)
        if own:
            self.sock.bind(("", own))
        self.sock.connect_ex((address, 502))
        self.open = True
        self.served = self._connected = self._waits = False
        self._asked_at = 0.0

    def turn(self) -> None:
        """Take an answer, ask again when it is time, close when the device has, or says nothing."""
        try:
            if not self._connected:
                if not select.select([], [self.sock], [], 0)[1]:
                    return
                if self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    self._close()
                    return
                self._connected = True
            now = time.monotonic()
            if select.select([self.sock], [], [], 0)[0]:
                if not self.sock.recv(260):
                    self._close()
                    return
                self.served, self._waits = True, False
            if self._waits and now - self._asked_at > _ANSWER_S:
                self._close()
            elif not self._waits and now - self._asked_at > _PAUSE_S:
                self.sock.send(_READ)
                self._asked_at, self._waits = now, True
        except OSError:
            self._close()

    def _close(self) -> None:
        self.sock.close()
        self.open = False


def _program(address: str, count: int, own: int, told: int) -> NoReturn:
    """Poll over *count* connections, opened one after the other, until SIGTERM; then close each by FIN."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    lines: list[_Line] = []
    try:
        for number in range(count):
            lines.append(_Line(address, own + number if own else 0))
            deadline = time.monotonic() + _SETTLED_S
            while lines[-1].open and not lines[-1].served and time.monotonic() < deadline:
                lines[-1].turn()
                time.sleep(_TICK_S / 10)
        os.write(told, b"!")
        while True:
            for line in lines:
                if line.open:
                    line.turn()
            time.sleep(_TICK_S)
    finally:
        for line in lines:
            line.sock.close()
        os._exit(0)


def main() -> None:
    """Do as told until standard input ends; nothing that was started stays."""
    programs: dict[str, int] = {}
    print("ready", flush=True)  # noqa: T201 - whoever started this waits for it
    for order in sys.stdin:
        act, *words = order.split()
        if act == "opens":
            name, address, count, own = words
            settled, told = os.pipe()
            programs[name] = os.fork()
            if not programs[name]:
                _program(address, int(count), int(own), told)
            os.close(told)
            os.read(settled, 1)
            os.close(settled)
        else:
            number = signal.SIGTERM if act == "closes" else signal.SIGKILL
            for name in words or list(programs):
                _end(programs.pop(name), number)
        print("ready", flush=True)  # noqa: T201 - the same
    for process in programs.values():
        _end(process, signal.SIGKILL)


def _end(process: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
    os.waitpid(process, 0)


if __name__ == "__main__":
    main()
