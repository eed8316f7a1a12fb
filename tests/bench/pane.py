"""From a key to the screen with ten thousand sessions in the pane: `python -m tests.bench.pane`."""

from __future__ import annotations

import random
import re
import statistics
import time
from collections import defaultdict
from typing import Final

from tests.bench.pane_plant import CHANGES, SESSIONS
from tests.bench.table import Row, show
from tests.screen.tty import Tty
from tests.waiting import eventually
from tui import limits

PROGRAM = ("-m", "tests.bench.pane_plant")
CYCLES = 15
"""Times through the keys below, with 15 presses each that count."""
TARGET_MS: Final = 50.0
_KEYS: Final = (
    ("a line", "jjkj"),
    ("a page", ("\x1b[6~", "\x1b[6~", "\x1b[5~")),
    ("to an end", "GgG"),
    ("sort", "s"),
    ("filter", "/3.1"),
)
_ESC_S: Final = 0.4
_PLACED: Final = re.compile(rb"\x1b\[(\d+);\d+H")
_QUIET_S: Final = limits.AGES_S + 1


def _drawn(tty: Tty, size: int) -> float | None:
    """When something below the status line was first sent, after the first *size* bytes."""
    for at, end in list(tty.times):
        if end > size and any(int(line) > 1 for line in _PLACED.findall(bytes(tty.seen[size:end]))):
            return at
    return None


def _press(tty: Tty, key: str, pause_s: float) -> float:
    """Milliseconds until the screen showed this key."""
    # Not in step with the screen's own turns, nor with those of the sessions.
    time.sleep(pause_s)
    size, began = len(tty.seen), time.perf_counter()
    tty.press(key)
    eventually(lambda: _drawn(tty, size), f"an effect of {key!r}")
    at = _drawn(tty, size)
    assert at is not None
    return (at - began) * 1e3


def _presses(devices: int) -> dict[str, list[float]]:
    """Milliseconds of each press, by what was pressed."""
    pauses = random.Random(502)  # noqa: S311 - the same ones each time
    taken: dict[str, list[float]] = defaultdict(list)
    with Tty(*PROGRAM, str(devices)) as tty:
        tty.shows(f"{SESSIONS}")
        tty.press("2")
        # What changes out of sight draws nothing: from here on whatever is drawn is drawn for a key.
        tty.settle(_QUIET_S)
        for _ in range(CYCLES):
            for what, keys in _KEYS:
                taken[what] += [_press(tty, key, pauses.uniform(0.05, 0.25)) for key in keys]
            # A lone escape is waited for in case more follows: that is no time of ours.
            tty.press("\x1b")
            time.sleep(_ESC_S)
        tty.press("q")
        tty.ends_within(10)
    return taken


def _row(what: str, ms: list[float]) -> Row:
    ms = sorted(ms)
    high = ms[min(len(ms) - 1, len(ms) * 95 // 100)]
    target = f"p95 under {TARGET_MS:.0f} ms"
    said = f"p50 {statistics.median(ms):.1f} ms, p95 {high:.1f} ms, most {ms[-1]:.1f} ms ({len(ms)})"
    return Row(what, said, "", None, target)


def run() -> list[Row]:
    """Measure."""
    rows = []
    for devices in (254, 1):
        taken = _presses(devices)
        crowd = f"{SESSIONS} sessions, {devices} device{'s' if devices > 1 else ''}, {CHANGES} changes/s"
        rows.append(_row(f"key to screen, {crowd}", [each for ms in taken.values() for each in ms]))
        rows += [_row(f"  {what}", ms) for what, ms in taken.items()]
    return rows


if __name__ == "__main__":
    show(run())
