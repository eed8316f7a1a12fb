"""Other ways to show as much on the same terminal: ours without the differ, ours in tmux, htop and btop."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psutil

from tests.bench.load import Load, load
from tests.screen.tty import Tty

PLANT: Final = ("-m", "tests.bench.wire_plant")
_OURS: Final = b"10.20.0."
_MOVES: Final = "jk"
_ARROWS: Final = {"htop": ("\x1bOB", "\x1bOA"), "btop": ("\x1b[B", "\x1b[A")}
"""Down and up: one puts the terminal's keypad into another mode."""


def ours(differ: str) -> Load:
    """The monitor on the terminal; *differ* is "0" or "1"."""
    with Tty(*PLANT, env={"PORT502_DIFFER": differ}) as tty:
        return load(tty, _OURS, _MOVES)


def inside_tmux() -> Load | None:
    """The monitor without its differ in tmux, which draws on our terminal; one that takes full colour."""
    if shutil.which("tmux") is None:
        return None
    with tempfile.TemporaryDirectory() as home:
        settings = Path(home, "tmux.conf")
        settings.write_text(
            "set -g status off\nset -ga terminal-overrides ',*:Tc'\nset -g escape-time 0\n"
            "set -g default-terminal tmux-256color\n"
        )
        server = ("tmux", "-L", f"port502-bench-{os.getpid()}", "-f", str(settings))
        program = f"PORT502_DIFFER=0 python {' '.join(PLANT)}"

        def behind() -> list[psutil.Process]:
            asked = [*server, "display-message", "-p", "#{pid}"]
            pid = int(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
            return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]

        try:
            with Tty("-c", _becoming([*server, "new-session", program]), env={"TMUX": ""}) as tty:
                return load(tty, _OURS, _MOVES, behind)
        finally:
            subprocess.run([*server, "kill-server"], check=False, capture_output=True)


def htop(*options: str) -> Load | None:
    """Htop; None where it is not installed."""
    return _monitor(["htop", *options], b"PID")


def btop(update_ms: int) -> Load | None:
    """Btop, refreshed as often; None where it is not installed."""
    return _monitor(["btop", "--utf-force"], b"cpu", f"update_ms = {update_ms}\n")


def _monitor(command: Sequence[str], drawn: bytes, btop_settings: str = "") -> Load | None:
    if shutil.which(command[0]) is None:
        return None
    with tempfile.TemporaryDirectory() as home:
        # As on the first day, whoever's machine it is.
        settings = Path(home, ".config", "btop", "btop.conf")
        settings.parent.mkdir(parents=True)
        settings.write_text(btop_settings)
        env = {"HOME": home, "XDG_CONFIG_HOME": str(Path(home, ".config"))}
        with Tty("-c", _becoming(command), env=env) as tty:
            return load(tty, drawn, _ARROWS[command[0]])


def _becoming(command: Sequence[str]) -> str:
    """A program that turns into *command*: a terminal of ours runs Python."""
    return f"import os; os.execvp({command[0]!r}, {list(command)!r})"
