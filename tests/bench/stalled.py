"""A terminal that nobody reads for a while, as when a link stalls: engine and screen go on."""

from __future__ import annotations

import itertools
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tests.bench.rivals import PLANT
from tests.bench.table import Row, aimed, show
from tests.bench.wire_plant import COUNTING
from tests.screen.cells import Cells
from tests.screen.tty import Tty
from tests.waiting import eventually
from tui.events import Probed, decode

STALLED_TURNS: Final = 30
_REDRAWS: Final = 25
"""Whole screens that are asked for: more than the terminal, and Textual's queue before it, can take."""
_CTRL_L: Final = "\x0c"
_SHOWN: Final = re.compile(rf"{re.escape(COUNTING)} +answers +(\d+)")
_SOON_S: Final = 2.0


class Stalled(NamedTuple):
    """What came of it."""

    slowest_s: float
    """Longest time between two recorded turns of the plant while nobody read."""
    caught_up_s: float
    """From reading again until the screen showed the last turn of that time, or a later one."""
    behind: int
    """Bytes that came before it did."""


class _Screen:
    """What the terminal shows by now."""

    def __init__(self, tty: Tty) -> None:
        self._tty = tty
        self._cells = Cells(120, 40)
        self._fed = 0

    def turn(self) -> int:
        """The newest turn of the plant on it; -1 before the first."""
        sent = bytes(self._tty.seen[self._fed :])
        # A code may have come in part only.
        whole = max(sent.rfind(b"\x1b"), 0)
        self._cells.feed(sent[:whole].decode())
        self._fed += whole
        shown = _SHOWN.search(self._cells.text())
        return int(shown[1]) if shown else -1


def stalled(turns: int, every_s: float) -> Stalled:
    """Leave the terminal unread while the plant takes so many turns, and then read again."""
    with tempfile.TemporaryDirectory() as directory:
        journal = Path(directory)
        with Tty(*PLANT, "--journal", str(journal), "--every", str(every_s)) as tty:
            screen = _Screen(tty)
            eventually(lambda: screen.turn() > 0, "a turn on the screen")
            tty.reading.clear()
            for _ in range(_REDRAWS):
                tty.press(_CTRL_L)
                time.sleep(0.03)
            first = _newest(journal)
            while (last := _newest(journal)) < first + turns:
                time.sleep(every_s / 4)
            before, began = len(tty.seen), time.perf_counter()
            tty.reading.set()
            eventually(lambda: screen.turn() >= last, "the present on the screen")
            took, behind = time.perf_counter() - began, len(tty.seen) - before
        at = [event.at for event in _turns(journal) if event.ms is not None and first <= event.ms <= last]
    return Stalled(max(b - a for a, b in itertools.pairwise(at)), took, behind)


def _turns(journal: Path) -> Iterator[Probed]:
    """The plant's turns as recorded."""
    for path in sorted(journal.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                event = decode(line)
            except msgspec.DecodeError:
                continue  # being written just now
            if isinstance(event, Probed) and event.address == COUNTING and event.answer_ms == 2.0:
                yield event


def _newest(journal: Path) -> int:
    return max((round(event.ms or 0.0) for event in _turns(journal)), default=0)


def run() -> list[Row]:
    """Measure."""
    found = stalled(STALLED_TURNS, 1.0)
    what = f"terminal not read for {STALLED_TURNS} s"
    return [
        Row(
            f"{what}: longest time between two recorded turns, of 1 s", f"{found.slowest_s:.2f} s", "", None,
            aimed("under 1.5 s", found.slowest_s < 1.5),
        ),
        Row(
            f"{what}: then the screen is in the present after", f"{found.caught_up_s:.2f} s",
            f"{found.behind} (bytes)", None, aimed(f"under {_SOON_S:g} s", found.caught_up_s < _SOON_S),
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    show(run())
