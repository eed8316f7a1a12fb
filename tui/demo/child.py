"""What every child process of the plant shares: its name, its lifeline and its word that it is ready."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path


def begin(name: str) -> threading.Event:
    """Tie this process to its parent; the event is set by the parent's word to go.

    The lifeline is standard input: its end is the parent's end, however that came.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is for the parent's screen
    with contextlib.suppress(FileNotFoundError):  # only Linux lets a process name itself here
        Path("/proc/self/comm").write_text(name, encoding="ascii")
    go = threading.Event()
    threading.Thread(target=_lifeline, args=(go,), daemon=True).start()
    return go


def _lifeline(go: threading.Event) -> None:
    while os.read(0, 64):
        go.set()
    os._exit(0)  # at once: a thread may be waiting in a socket call, and nothing is left to save


def ready() -> None:
    """Tell the parent, then fall silent: from here on the terminal belongs to its screen."""
    os.write(1, b"ready\n")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
