"""A sweep over unit ids in words: how far it is."""

from __future__ import annotations

from tui.device_events import UnitsSeen
from tui.panes import words


def progress(units: UnitsSeen, now: float) -> str:
    """How far a running sweep is at wall time *now*, and how long it will take; "" where none is running."""
    if not units.running:
        return ""
    if units.left_s is None:
        return f"{words.count(units.left, 'unit id')} to ask"
    asked = len(units.units)
    answer = sum(one.face == "answers" for one in units.units)
    left_s = max(0.0, units.left_s - (now - units.at))
    told = f"unit {asked} of {asked + units.left}, {answer} {'answers' if answer == 1 else 'answer'}"
    return f"{told}, {words.left(left_s)}"
