"""Small plots of figures over time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.panes.cells import Line, ascii_only, measure
from tui.panes.plot import Bar, Plot, nice


def _text(line: Line) -> str:
    return "".join(part.text for part in line.pieces)


def _plot(*bars: Bar, rows: int = 2) -> Plot:
    return Plot(bars, rows, lambda value: f"{value:g}", ("01:00", "01:30", "02:00"), margin=6)


def test_the_highest_fills_the_plot_and_the_smallest_can_be_seen() -> None:
    """A bar is as high as its share of the scale, and never nothing."""
    top, low, axis, _times = _plot(Bar(8.0), Bar(4.0), Bar(0.01), Bar()).lines(20)
    assert _text(top).rstrip() == "    8 │█"
    assert _text(low).rstrip() == "    4 │██▁"
    assert _text(axis).rstrip() == "    0 └────"


def test_what_went_unanswered_has_a_sign_and_not_colour_alone() -> None:
    """A step without an answer is an x on the axis, whether or not another question of it was answered."""
    *_, axis, _times = _plot(Bar(1.0), Bar(None, missed=True), Bar(2.0, missed=True), Bar()).lines(20)
    assert _text(axis).rstrip().endswith("└─xx─")


def test_a_terminal_without_unicode_shows_the_same_plot() -> None:
    """Bars, axis and marks all have a sign in ASCII, as many cells wide."""
    for line in _plot(Bar(8.0), Bar(3.0), Bar(None, missed=True)).lines(20):
        plain = ascii_only(_text(line))
        assert plain.isascii()
        assert "?" not in plain
        assert len(plain) == 20


def test_round_figures_stand_at_the_scale() -> None:
    """The scale ends at the next round figure above."""
    figures = [nice(value) for value in (0.0, 0.3, 1.0, 7.0, 246.0, 3001.0)]
    assert figures == pytest.approx([1.0, 0.3, 1.0, 8.0, 250.0, 4000.0])


_BARS = st.lists(st.builds(Bar, st.none() | st.floats(0, 1e5), st.booleans()), max_size=70)


@given(_BARS, st.integers(1, 130), st.integers(1, 6))
def test_every_line_is_exactly_as_wide_as_asked(bars: list[Bar], width: int, rows: int) -> None:
    """Down to a single cell no line is wider or narrower than the page."""
    for line in _plot(*bars, rows=rows).lines(width):
        assert sum(part.width for part in line.pieces) == width
        assert measure(_text(line)) == width
