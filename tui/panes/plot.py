"""Figures over time as a small plot of block characters, with a scale beside it and the time below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from tui.panes.cells import Line, Piece, Tone, measure, piece

_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS: Final = 8
_STEPS: Final = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
MISSED: Final = "x"
"""Stands on the axis where something was missing."""
_NARROW: Final = 3


class Bar(NamedTuple):
    """One step of time."""

    value: float | None = None
    missed: bool = False


class Plot(NamedTuple):
    """The figures *bars*, the newest last; of what does not fit the oldest are left out."""

    bars: tuple[Bar, ...]
    rows: int
    scale: Callable[[float], str]
    """A figure as it is written at the scale."""
    times: tuple[str, str, str] = ("", "", "")
    """The first, the middle and the last time, below it; none where it has no line for them."""
    margin: int = 17
    """Cells in which the scale stands."""

    def lines(self, width: int) -> list[Line]:
        """Lines exactly *width* wide; none where there is no room for a single bar."""
        margin = min(self.margin, max(2, width // _NARROW))
        room = width - margin - 2
        if room <= 0:
            return []
        bars = self.bars[len(self.bars) - room :] if room < len(self.bars) else self.bars
        top = nice(max((bar.value for bar in bars if bar.value is not None), default=0.0))
        heights = [_height(bar, top, self.rows) for bar in bars]
        lines = []
        for row in range(self.rows):
            floor = (self.rows - row - 1) * _EIGHTHS
            text = "".join(_BLOCKS[max(0, min(height - floor, _EIGHTHS))] for height in heights)
            said = {0: self.scale(top), self.rows // 2: self.scale(top / 2)}.get(row, "")
            lines.append(_line(said, margin, [Piece(f"│{text}", len(text) + 1, "plain")], width))
        lines.append(_line(self.scale(0.0), margin, _axis(bars), width))
        if any(self.times) and len(bars) == len(self.bars):
            lines.append(_line("", margin, [_times(self.times, len(bars) + 1)], width))
        return lines


def nice(value: float) -> float:
    """The least round figure that is not below *value*."""
    if value <= 0:
        return 1.0
    power = 0.01
    while power * 10 <= value:
        power *= 10
    return next((step * power for step in _STEPS if step * power >= value * 0.9999), power * 10)


def _height(bar: Bar, top: float, rows: int) -> int:
    """In eighths of a line; whatever there is can be seen."""
    return 0 if bar.value is None else max(1, round(bar.value / top * rows * _EIGHTHS))


def _axis(bars: Sequence[Bar]) -> list[Piece]:
    pieces = [Piece("└", 1, "frame")]
    for missed, run in groupby(bars, key=lambda bar: bar.missed):
        many = len([*run])
        tone: Tone = "warn" if missed else "frame"
        pieces.append(Piece((MISSED if missed else "─") * many, many, tone))
    return pieces


def _times(times: tuple[str, str, str], width: int) -> Piece:
    first, middle, last = times
    text = f"{first:<{width}}"
    at = width // 2 - len(middle) // 2
    text = f"{text[:at]}{middle}{text[at + len(middle) :]}"
    return piece(f"{text[: width - len(last)]}{last}", width, "quiet")


def _line(label: str, margin: int, pieces: Sequence[Piece], width: int) -> Line:
    used = margin + sum(part.width for part in pieces)
    lead = piece(f"{label:>{margin - 1}} " if measure(label) < margin else "", margin, "quiet")
    rest = (Piece(" " * (width - used), width - used, "plain"),) if used < width else ()
    return Line((lead, *pieces, *rest))
