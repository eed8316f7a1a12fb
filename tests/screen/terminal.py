"""A real terminal for tests: a tmux server of its own, driven by keys and read as text."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.waiting import eventually

_STILL = 12
"""As many looks in a row must be alike for a screen to be at rest."""
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Terminal:
    """One window that runs one program."""

    def __init__(self, socket: str, home: Path) -> None:
        self._tmux = ["tmux", "-L", socket]
        self._environment = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        for name in ("TMUX", "NO_COLOR", "COLORTERM", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            self._environment.pop(name, None)
        self._code = home / f"{socket}.code"
        self.pid = 0

    def _run(self, *arguments: str) -> str:
        return subprocess.run(
            [*self._tmux, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=20,
        ).stdout

    def start(self, command: Sequence[str], width: int, height: int) -> None:
        # tmux itself does not always know how a program ended; a shell does.
        line = f"{shlex.join(command)}; echo $? > {shlex.quote(str(self._code))}"
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), line)
        self._run("set-option", "-g", "remain-on-exit", "on")
        shell = psutil.Process(int(self._run("list-panes", "-F", "#{pane_pid}")))
        eventually(shell.children, "the program's start")
        self.pid = shell.children()[0].pid

    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def settled(self) -> str:
        """Text and colours once they have stood still for a while."""
        seen: list[str] = []

        def still() -> bool:
            seen.append(self._run("capture-pane", "-p", "-e", "-N"))
            return len(seen) > _STILL and len(set(seen[-_STILL:])) == 1

        eventually(still, "a screen at rest")
        return seen[-1]

    def keys(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def wait_for(self, *words: str) -> str:
        shown: list[str] = [""]

        def complete() -> bool:
            shown[0] = self.text()
            return all(word in shown[0] for word in words)

        try:
            eventually(complete)
        except AssertionError:
            pytest.fail(
                f"never on the screen: {[word for word in words if word not in shown[0]]}\n{shown[0]}"
            )
        return shown[0]

    def ended(self) -> float:
        """Seconds until the program has ended."""
        begin = time.monotonic()
        eventually(lambda: not _alive(self.pid), "the program's end")
        return time.monotonic() - begin

    def exit_code(self) -> int:
        eventually(self._code.exists, "the exit code")
        eventually(self._code.read_text, "the exit code")
        return int(self._code.read_text())

    def kill(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True, env=self._environment)


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def port502(home: Path, *arguments: str, width: int = 120, height: int = 40) -> Iterator[Terminal]:
    """port502 in a terminal; both are gone afterwards."""
    terminal = Terminal(f"port502-{os.getpid()}-{time.monotonic_ns()}", home)
    try:
        terminal.start([sys.executable, "-m", "tui", *arguments], width, height)
        yield terminal
    finally:
        terminal.kill()
