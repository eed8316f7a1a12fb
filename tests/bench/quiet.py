"""Bytes of a quiet screen: every session is heard anew each second, and nothing that is shown changes.

What was sent is shown to a terminal of our own, frame by frame. A frame whose changed cells all lie on the
digits of the clock, at the right end of the first line, is the clock's; every other byte is not.
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.bench.rivals import PLANT
from tests.bench.table import Row, aimed, show
from tests.screen.cells import Cells
from tests.screen.tty import Tty

MEASURED_S: Final = 60.0
_APART_S: Final = 0.05
"""Bytes that come closer together are of one frame."""
_CLOCK: Final = re.compile(r"\d\d:\d\d(:\d\d)?(?=\s*$)")


class Sent(NamedTuple):
    """Bytes of a quiet screen."""

    clock: int
    other: int
    where: tuple[str, ...]
    """The lines in which something else changed, as they read then."""


def measure(seconds: float = MEASURED_S) -> Sent:
    """Watch a quiet screen for so long."""
    with Tty(*PLANT, "--quiet") as tty:
        tty.shows("10.20.0.")
        # Ages take their steps: "just now" is over by then.
        time.sleep(8.0)
        tty.settle(0.5)
        before = len(tty.seen)
        time.sleep(seconds)
        sizes = [(when, size) for when, size in tty.times if size >= before]
        seen = bytes(tty.seen)
    cells = Cells(120, 40)
    cells.feed(seen[:before].decode())
    clock = other = 0
    where: list[str] = []
    for begin, end in itertools.pairwise([before, *_ends(sizes, before)]):
        lines = _changed(cells, seen[begin:end].decode())
        if lines == ["clock"]:
            clock += end - begin
        else:
            other += end - begin
            where += lines
    return Sent(clock, other, tuple(dict.fromkeys(where)))


def _ends(sizes: list[tuple[float, int]], before: int) -> Iterator[int]:
    """Where each frame ends."""
    for (when, size), following in itertools.zip_longest(sizes, sizes[1:]):
        if size > before and (following is None or following[0] - when > _APART_S):
            yield size


def _changed(cells: Cells, frame: str) -> list[str]:
    """The lines that *frame* changes as they read afterwards; the clock's digits count as "clock"."""
    was = cells.shown()
    cells.feed(frame)
    now, text = cells.shown(), cells.text().splitlines()
    digits = _CLOCK.search(text[0])
    clock = range(*digits.span()) if digits else range(0)
    lines = []
    for y, (old, new) in enumerate(zip(was, now, strict=True)):
        places = [x for x, (before, after) in enumerate(zip(old, new, strict=True)) if before != after]
        if places:
            lines.append("clock" if y == 0 and all(x in clock for x in places) else text[y].strip())
    return lines


def run() -> list[Row]:
    """Measure."""
    sent = measure()
    for line in sent.where:
        print(f"not quiet: {line}")
    what = f"bytes of a quiet screen in {MEASURED_S:.0f} s but for the clock"
    target = aimed("0", sent.other == 0)
    return [Row(what, str(sent.other), f"{sent.clock} (the clock)", None, target)]


if __name__ == "__main__":
    show(run())
