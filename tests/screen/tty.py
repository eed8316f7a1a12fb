"""A real terminal with a program on it, whose every byte is counted."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
SCREEN = ("-m", "tests.screen.on_a_terminal")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a good terminal offers; nothing of the surroundings that would change colours."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "TEXTUAL"))}
    env.pop("NO_COLOR", None)
    env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    env |= more or {}
    return env


class Tty:
    """A program that leads the session of a pseudo-terminal of its own, as under sshd."""

    def __init__(
        self, *arguments: str, columns: int = 120, lines: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        self.near, far = pty.openpty()
        self.resize(columns, lines)
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *arguments], stdin=far, stdout=far, stderr=far, cwd=ROOT,
            env=environment(env), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads in the child
        )  # fmt: skip
        os.close(far)
        self.seen = bytearray()
        self.times: list[tuple[float, int]] = []
        self.reading = threading.Event()
        self.reading.set()
        self._open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while self._open:
            self.reading.wait()
            # Never inside read() for long: a descriptor in use there could not hang up.
            if not select.select([self.near], [], [], 0.02)[0]:
                continue
            try:
                data = os.read(self.near, 65536)
            except OSError:
                return
            self.seen += data
            self.times.append((time.perf_counter(), len(self.seen)))

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.near, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self.near, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def shows(self, text: str) -> None:
        """Wait until the program has sent this text."""
        eventually(lambda: text.encode() in bytes(self.seen), f"{text!r} on the terminal")

    def first(self, text: str) -> float:
        """Seconds until the program had sent this text."""
        self.shows(text)
        at = bytes(self.seen).index(text.encode()) + len(text.encode())
        return next(when for when, size in self.times if size >= at) - self.began

    def colours(self) -> set[int]:
        """Every colour code sent: 30-37, 40-47, 90-107, and 38 and 48 for those of larger palettes."""
        sent = re.findall(r"\x1b\[([0-9;]*)m", self.seen.decode(errors="replace"))
        codes = {int(code) for codes in sent for code in codes.split(";") if code}
        return {code for code in codes if code in {*range(30, 39), *range(40, 49), *range(90, 108)}}

    def settle(self, quiet_s: float = 1.2) -> int:
        """Wait until nothing has been sent for a while; the bytes sent so far."""
        eventually(lambda: time.perf_counter() - self.times[-1][0] > quiet_s, "the terminal is quiet")
        return len(self.seen)

    def cost(self, act: Callable[[], None], quiet_s: float = 1.2) -> int:
        """Bytes sent because of *act*."""
        before = len(self.seen)
        act()
        eventually(lambda: len(self.seen) > before, "something is drawn")
        return self.settle(quiet_s) - before

    def hang_up(self) -> None:
        """The line drops."""
        if self._open:
            self._open = False
            self.reading.set()
            self._reader.join()
            os.close(self.near)

    def ends_within(self, seconds: float) -> int:
        """The exit code; fails when the program takes longer."""
        return self.process.wait(timeout=seconds)

    def cpu_s(self) -> float:
        """Processor time the program has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()


@contextmanager
def monitor(*arguments: str, columns: int = 120, lines: int = 40) -> Iterator[Tty]:
    """The screen on the made-up plant, drawn and quiet."""
    with Tty(*SCREEN, *arguments, columns=columns, lines=lines) as tty:
        tty.shows("boiler-2")
        tty.settle()
        yield tty
