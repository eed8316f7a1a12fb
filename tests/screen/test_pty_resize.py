"""A terminal whose size changes faster than anything can be drawn for it."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.screen.cells import Cells
from tests.screen.tty import SCREEN, Tty

_SIZES = 100
_FINAL = (120, 40)


@pytest.mark.timeout(60)
def test_after_a_storm_of_sizes_the_screen_is_as_if_freshly_drawn() -> None:
    """A hundred sizes down to 10x3, rows changing meanwhile: what is left is right, nothing has failed."""
    chosen = random.Random(6)  # noqa: S311 - the same storm each time
    storm = [(chosen.randint(10, 200), chosen.randint(3, 60)) for _ in range(_SIZES - 2)]
    with Tty(*SCREEN) as tty:
        tty.shows("boiler-2")
        tty.settle(0.4)
        resized: list[tuple[int, tuple[int, int]]] = []

        def resize(columns: int, lines: int) -> None:
            resized.append((len(tty.seen), (columns, lines)))
            tty.resize(columns, lines)

        for number, size in enumerate(storm):
            resize(*size)
            if number % 10 == 0:
                tty.signal(signal.SIGUSR2)
            time.sleep(chosen.choice((0.0, 0.002, 0.02)))
        # All of it is drawn, then lost to the terminal, and what little fits is drawn.
        tty.cost(lambda: resize(*_FINAL), 0.3)
        tty.cost(lambda: resize(10, 3), 0.3)
        tty.cost(lambda: resize(*_FINAL), 0.6)
        settled = len(tty.seen)
        tty.cost(lambda: tty.press("\x0c"), 0.5)
        fresh = bytes(tty.seen[settled:]).decode()
        stormed = bytes(tty.seen[:settled])
        tty.press("q")
        assert tty.ends_within(5) == 0
        assert b"Traceback" not in tty.seen
    assert _left(stormed, resized) == _drawn(fresh)


def _left(sent: bytes, resized: list[tuple[int, tuple[int, int]]]) -> list[list[tuple[str, object]]]:
    """What a terminal shows that took these bytes, and these sizes where they came between."""
    cells = Cells(*_FINAL)
    text, begin = sent.decode(), 0
    at = {len(sent[:place].decode(errors="ignore")): size for place, size in resized}
    for place, size in at.items():
        cells.feed(text[begin:place])
        cells.resize(*size)
        begin = place
    cells.feed(text[begin:])
    return [list(row) for row in cells.shown()]


def _drawn(frame: str) -> list[list[tuple[str, object]]]:
    """What this alone draws, on a terminal that showed nothing it could rely on."""
    cells = Cells(1, 1)
    cells.resize(*_FINAL)
    cells.feed(frame)
    return [list(row) for row in cells.shown()]
