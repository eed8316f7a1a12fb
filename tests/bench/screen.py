"""The screen: time to the first frame, and bytes when idle, for a changed row and for a key."""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import tempfile
import time

from tests.bench.table import Row, show
from tests.screen.tty import ROOT, Tty, environment, monitor

RUNS = 9
_PROGRAM = ("-m", "tui", "watch", "127.51.9.1", "--port", "9", "--no-journal")
IDLE_S = 10.0
TABLE = ("-m", "tests.bench.screen_table")


def first_frame() -> Row:
    """From the start of the process until all three panes are on the terminal, beside a bare import."""
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as cache:
        # Compiled once for both, as an installed program is.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": cache}
        for _ in range(RUNS + 1):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", "import textual.app"],
                check=True,
                cwd=ROOT,
                env=environment(compiled),
            )
            bare.append(time.perf_counter() - began)
            with Tty(*_PROGRAM, env=compiled) as tty:
                ours.append(tty.first("3 Diagnosis"))
                tty.press("q")
                tty.ends_within(5)
    del bare[0], ours[0]
    import_ms, frame_ms = statistics.median(bare) * 1e3, statistics.median(ours) * 1e3
    return Row(
        "first frame beside `import textual.app`", f"{frame_ms:.0f} ms", f"{import_ms:.0f} ms",
        import_ms / frame_ms, f"at most 1.5 x the import; is {frame_ms / import_ms:.2f} x",
    )  # fmt: skip


def idle() -> Row:
    """Bytes sent while nothing changes."""
    with monitor() as tty:
        before = len(tty.seen)
        time.sleep(IDLE_S)
        sent = len(tty.seen) - before
    return Row(f"bytes in {IDLE_S:.0f} s without a change, 120x40", str(sent), "", None, "0")


def _one_row(tty: Tty) -> float:
    return statistics.median(tty.cost(lambda: tty.signal(signal.SIGUSR1), 0.8) for _ in range(RUNS))


def changed_row() -> Row:
    """Bytes for one changed row, beside Textual's own table with the same rows."""
    with monitor() as tty:
        ours = _one_row(tty)
    with Tty(*TABLE) as tty:
        tty.shows("10.20.0.61")
        tty.settle()
        other = _one_row(tty)
    return Row(
        "bytes for one changed row, 120x40", f"{ours:.0f}", f"{other:.0f} (DataTable)", other / ours,
        "at most 400",
    )  # fmt: skip


def key() -> Row:
    """Bytes for moving the cursor by one line."""
    with monitor() as tty:
        sent = statistics.median(tty.cost(lambda: tty.press("j"), 0.5) for _ in range(RUNS))
    return Row("bytes for moving the cursor by a line", f"{sent:.0f}", "", None, "")


def run() -> list[Row]:
    """Measure."""
    return [first_frame(), idle(), changed_row(), key()]


if __name__ == "__main__":
    show(run())
