"""Profiles read by several threads at once."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_PROGRAM: Final = """
import threading
from tui.profiles.lookup import profiles

together = threading.Barrier(6)
counts = []

def read():
    together.wait()
    counts.append(len(profiles()))

threads = [threading.Thread(target=read) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(set(counts)) == 1 and len(counts) == 6, counts
"""


def test_threads_that_need_profiles_at_once_all_get_them() -> None:
    """The first look-ups, all at one moment, neither crash the interpreter nor give half a catalogue."""
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
