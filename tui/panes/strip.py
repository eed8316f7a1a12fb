"""The timeline: one line of how many findings were open over the last hours, and where some opened."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from textual.geometry import Size

from tui.panes import words
from tui.panes.cells import Cell, Line, Piece, Tone, flow, measure
from tui.panes.drawn import Drawn
from tui.state.trouble import STEP_S, History, Step, by_step
from tui.trouble_events import STEPS

_BARS: Final = "▁▂▃▄▅▆▇█"
_HIGH: Final = 4
"""Findings open at once that a bar is at least measured by: one alone is a low one."""
_OPENED: Final = "▲"
_NONE: Final = "·"
_HERE: Final = "○"
_NAMED_FROM: Final = 100
"""Cells from which the line says what it shows."""


def cells(steps: Sequence[Step], first: int) -> list[tuple[str, Tone]]:
    """One sign a step, from the step with number *first* on; blank where nobody watched."""
    top = max([_HIGH, *(step.most or 0 for step in steps)])
    shown: list[tuple[str, Tone]] = []
    for step in steps:
        if step.opened:
            shown.append((_OPENED, "bad"))
        elif step.most is None:
            shown.append((" ", "quiet"))
        else:
            bar = _BARS[-(-step.most * (len(_BARS) - 1) // top)] if step.most else _NONE
            shown.append((bar, "warn" if step.most else "quiet"))
    _name_hours(shown, first)
    return shown


def _name_hours(shown: list[tuple[str, Tone]], first: int) -> None:
    """Where nothing was open at the full hour, say which it is."""
    for place in range(1, len(shown) - 3):
        at = time.localtime((first + place) * STEP_S)
        if at.tm_min == 0 and all(sign in {_NONE, " "} for sign, _ in shown[place : place + 4]):
            shown[place : place + 3] = [(sign, "quiet") for sign in f"{at.tm_hour:02}h"]


def compose(history: History, now: float, marked: float | None, width: int) -> tuple[Piece, ...]:
    """The line up to wall time *now*, with the *marked* moment in it."""
    lead = "open findings" if width >= _NAMED_FROM else ""
    room = min(STEPS, width - measure(lead) - len("  00:00  now ") - (2 if lead else 0))
    if room <= 0:
        return (Piece(" " * width, width, "plain"),)
    first = int(now // STEP_S) - room + 1
    shown = cells(by_step(history, now, room), first)
    begin = Cell(words.minute(first * STEP_S), "quiet")
    if marked is not None:
        place = int(marked // STEP_S) - first
        if place < 0:
            begin = Cell(f"← {words.minute(marked)}", "loud")
            shown = shown[2:]
        elif place < len(shown):
            shown[place] = (_HERE, "loud")
    pieces = (Piece(sign, 1, tone) for sign, tone in shown)
    head = flow([Cell(lead, "quiet"), begin], measure(lead) + measure(begin.text) + (2 if lead else 0))
    blank = Piece(" ", 1, "plain")
    line = (blank, *head, blank, *pieces, blank, Piece("now", 3, "quiet"))
    rest = width - sum(piece.width for piece in line)
    return (*line, Piece(" " * rest, rest, "plain")) if rest > 0 else line


class Strip(Drawn):
    """The timeline."""

    def __init__(self) -> None:
        super().__init__(id="strip")
        self._shown: tuple[History, int, float | None] | None = None

    def take(self, history: History, now: float, marked: float | None = None) -> None:
        """Show the last hours up to wall time *now*; what is shown already costs nothing."""
        step = int(now // STEP_S)
        before = self._shown
        if before is None or before[0] is not history or before[1:] != (step, marked):
            self._shown = history, step, marked
            self.redraw()

    def paint(self, size: Size) -> Sequence[Line]:
        """One line."""
        if self._shown is None:
            return ()
        history, step, marked = self._shown
        return (Line(compose(history, step * STEP_S, marked, size.width)),)
