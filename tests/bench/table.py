"""One way to print what was measured beside what others need for the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One comparison."""

    what: str
    ours: str
    other: str
    ratio: float | None
    """How many times ours goes into the other; None where there is nothing to compare."""
    target: str


def median_ms(act: Callable[[], object], times: int = 9) -> float:
    """Median wall time of *act* in milliseconds, after one run that does not count."""
    act()
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(taken)


def aimed(target: str, met: bool) -> str:
    """The target, and whether it is met."""
    return f"{target}: {'met' if met else 'NOT MET'}"


def show(rows: Sequence[Row]) -> None:
    """Print the rows as an aligned table."""
    head = ("what", "ours", "other", "ratio", "target")
    aligned([head, *((r.what, r.ours, r.other, _ratio(r.ratio), r.target) for r in rows)])


def aligned(lines: Sequence[Sequence[str]]) -> None:
    """Print lines of as many columns each, one below the other."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.1f}x"
