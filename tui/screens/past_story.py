"""A device's past in words and as plots: how its outcome changed, and how long its answers took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tui.device_events import PastStep, Spread, Turn
from tui.panes import words
from tui.panes.page import Para, heading
from tui.panes.plot import MISSED, Bar, Plot
from tui.panes.view import View
from tui.screens.lines import MARGIN, fact, took
from tui.state.model import Device
from tui.state.past import STEP_S

_BARS: Final = 60
_ROWS: Final = 4
_EACH: Final = (1, 2, 5, 10, 15, 30, 60, 120, 240)
"""Minutes that one bar may stand for."""


class _Kind(NamedTuple):
    """One of the times that are plotted, as one minute has it."""

    spread: Spread
    """Least, mean and most."""
    come: int
    """Answers."""
    missing: int
    """Questions to which none came."""


def about_past(view: View, device: Device) -> list[Para]:
    """How it turned, and its response times; nothing of an address that never was reached nor expected."""
    past = view.snapshot.pasts.get(device.target)
    if past is None:
        return []
    steps = past.steps
    paras = [*heading("History"), *_turns(past.turns, steps, view.now)]
    connects = [
        (step.minute, _Kind(step.connect, step.connected, step.asked - step.connected)) for step in steps
    ]
    answers = [(step.minute, _Kind(step.answer, step.answered, step.asked - step.answered)) for step in steps]
    paras += heading("Response time")
    both = any(kind.come for _, kind in answers)
    paras += _plotted("TCP connect", connects, view.now, timed=not both)
    if both:
        paras += [Para(), *_plotted("Modbus answer", answers, view.now, timed=True)]
    return paras


def _turns(turns: Sequence[Turn], steps: Sequence[PastStep], now: float) -> list[Para]:
    if not turns:
        since = f" since {_when(steps[0].minute * STEP_S, now)}" if steps else ""
        return [Para(f"No change of state seen{since}.", "quiet")]
    return [
        fact(
            _when(turn.at, now),
            f"{words.STATES[turn.before]} → {words.STATES[turn.after]}   after {_lasted(turn.lasted)}",
        )
        for turn in reversed(turns)
    ]


def _when(wall: float, now: float) -> str:
    """Time of day, with the date where it was another day's."""
    today = words.day(now)
    said = words.moment(wall, today)
    return said if words.day(wall) == today else f"{said.strip()} {words.minute(wall)}"


def _lasted(seconds: float) -> str:
    age = words.age(seconds)
    return "a moment" if age == "now" else age


def _plotted(name: str, kinds: Sequence[tuple[int, _Kind]], now: float, *, timed: bool) -> list[Para]:
    """One plot, with its figures above it."""
    come = [kind for _, kind in kinds if kind.come and kind.spread.most is not None]
    asked = sum(kind.come + kind.missing for _, kind in kinds)
    missing = sum(kind.missing for _, kind in kinds)
    lost = f"{missing:,} of {asked:,} unanswered ({MISSED})" if missing else ""
    if not come:
        return [fact(name, lost or "not known: it has not been asked yet")]
    least = min(kind.spread.least or 0.0 for kind in come)
    mean = sum((kind.spread.mean or 0.0) * kind.come for kind in come) / sum(kind.come for kind in come)
    most = max(kind.spread.most or 0.0 for kind in come)
    figures = took(most) if least == most else f"{took(least)} to {took(most)}, mean {took(mean)}"
    plot = _plot(kinds, int(now // STEP_S), timed=timed)
    return [fact(name, "; ".join(filter(None, (figures, lost)))), Para(picture=plot)]


def _plot(kinds: Sequence[tuple[int, _Kind]], newest: int, *, timed: bool) -> Plot:
    """The longest answer of each step, up to the minute *newest*; so many minutes a step that all fit."""
    span = newest - kinds[0][0]
    each = next((each for each in _EACH if span // each < _BARS - 1), _EACH[-1])
    last = newest // each
    longest: dict[int, float] = {}
    missed: set[int] = set()
    for minute, kind in kinds:
        if kind.come and kind.spread.most is not None:
            longest[minute // each] = max(longest.get(minute // each, 0.0), kind.spread.most)
        if kind.missing:
            missed.add(minute // each)
    bars = tuple(Bar(longest.get(n), n in missed) for n in range(last - _BARS + 1, last + 1))
    places = (last - _BARS + 1, last - _BARS // 2, last)
    first, middle, end = (_time(place * each, newest, each) for place in places)
    return Plot(bars, _ROWS, _scale, (first, middle, end) if timed else ("", "", ""), MARGIN)


def _time(minute: int, newest: int, each: int) -> str:
    """When a step began: the hour, or the day where the plot is longer than one."""
    wall = minute * STEP_S
    if each * _BARS * STEP_S < words.DAY:
        return words.minute(wall)
    return words.moment(wall, words.day(newest * STEP_S))[:6].strip().removesuffix(":")


def _scale(ms: float) -> str:
    return "0" if not ms else f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"  # noqa: PLR2004 - the steps are the text
