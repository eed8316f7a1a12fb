"""A day of the load on the wire, compressed into minutes: does the memory the monitor takes grow.

The real engine, recorder and screen, on a terminal that is read; somebody presses keys all the while. If the
minutes are over before the day is, the table says how much of it there was.
"""

from __future__ import annotations

import argparse
import itertools
import json
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tests.bench.day_plant import FAULT, HELD
from tests.bench.table import Row, aimed, aligned, show
from tests.screen.tty import Tty
from tests.waiting import eventually

HOURS: Final = 24
MINUTES: Final = 10.0
_GROWTH_MIB: Final = 5.0
_KEYS: Final = (*"jj\r", "\x1b", "2", *"j\r", "\x1b", "3", *"jja\r", "\x1b", *"s1?", "\x1b", *"MM1g")
"""Panes and pages opened and closed, findings acknowledged, orders changed."""
_PRESS_S: Final = 0.4
_LEAST: Final = 3
"""Hours without which there is nothing to compare."""
_LAST: Final = 2_000
"""Characters of a fault that say what it is."""


def run(hours: int = HOURS, minutes: float = MINUTES, *, trace: bool = False) -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        told = _through(Path(home), hours, minutes, trace=trace)
        took = time.perf_counter() - began
        if trace:
            print(Path(home, HELD).with_suffix(".txt").read_text())
    head = list(told[0])
    aligned([head, *([f"{line[name]:,}" for name in head] for line in told)])
    print()
    late = told[-1]["kib"] / 1024
    after = [(told[hour]["kib"] / 1024, name) for hour, name in enumerate(("first", "second"))]
    grown = late - after[0][0]
    target = aimed(f"grows under {_GROWTH_MIB:g} MiB; by {grown:.1f}", grown < _GROWTH_MIB)
    return [
        Row(
            f"{len(told)} of {hours} h of the load, {told[-1]['events']:,} events",
            f"{took:.0f} s",
            "",
            None,
            "",
        ),
        *(
            Row(f"resident memory at the end, after the {name} hour", f"{late:.1f} MiB", f"{early:.1f} MiB",
                None, target if name == "first" else f"by {late - early:.1f}")
            for early, name in after
        ),
    ]  # fmt: skip


def _through(home: Path, hours: int, minutes: float, *, trace: bool) -> list[dict[str, Any]]:
    """What the monitor held after each hour of the day."""
    held = home / HELD
    arguments = ("-m", "tests.bench.day_plant", str(home), "--hours", str(hours))
    env = {"HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    with Tty(*arguments, *(["--trace"] if trace else []), env=env) as tty:
        eventually(lambda: b"10.20.0." in bytes(tty.seen), "the plant on the terminal")
        ends = time.perf_counter() + minutes * 60
        for key in itertools.cycle(_KEYS):
            told = held.read_text().splitlines() if held.exists() else []
            if len(told) >= hours or (len(told) >= _LEAST and time.perf_counter() > ends):
                return [json.loads(line) for line in told]
            assert tty.process.poll() is None, _why(tty, home / FAULT)
            tty.press(key)
            # What was read is of no use here, and a day of it would fill the memory of this side.
            tty.seen.clear()
            tty.times.clear()
            time.sleep(_PRESS_S)
    raise AssertionError("there is always a next key")


def _why(tty: Tty, fault: Path) -> str:
    """Why it ended before its time."""
    told = fault.read_text()[-_LAST:] if fault.exists() else tty.seen[-_LAST:].decode(errors="replace")
    return f"ended with {tty.process.poll()}: {told}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=int, default=HOURS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--trace", action="store_true")
    given = parser.parse_args()
    show(run(given.hours, given.minutes, trace=given.trace))
