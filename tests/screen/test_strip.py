"""The timeline: how many findings were open over the last hours, in one line."""

from __future__ import annotations

import time

from msgspec.structs import replace

from tests.screen.driver import drive
from tests.screen.plant import NOW, finding, plant
from tui.events import FindingChanged
from tui.panes.cells import ascii_only
from tui.panes.strip import Strip, compose
from tui.trouble_events import TroubleStep

_FIVE = 300.0
_NOW = NOW - NOW % 3600 + 7 * _FIVE


def _line(*steps: tuple[int, int | None, int], marked: float | None = None, width: int = 60) -> str:
    """Steps as (how many ago, open, opened)."""
    newest = int(_NOW // _FIVE)
    history = tuple(TroubleStep(newest - ago, most or 0, most, opened) for ago, most, opened in steps)
    return "".join(piece.text for piece in compose(history, _NOW, marked, width))


def test_height_is_how_many_were_open_and_a_mark_where_some_opened() -> None:
    """Quiet is dots, open findings are a bar until they clear, and what opened stands out by its sign."""
    line = _line((40, 0, 0), (6, 1, 1), (3, 4, 1), (1, 0, 0))
    assert line.rstrip().endswith("▲▃▃▲█·· now")
    hour = time.localtime(_NOW - 19 * _FIVE).tm_hour
    assert f"·{hour:02}h·" in line


def test_what_nobody_watched_is_blank() -> None:
    """A time in which the monitor did not run is not drawn as a quiet one."""
    line = _line((8, 1, 0), (6, None, 0), (2, 0, 0))
    assert "▃▃" in line
    assert line.rstrip().endswith("▃▃    ··· now")


def test_the_moment_shown_is_marked() -> None:
    """In the past a mark stands where the screen is; one older than the line is told at its left end."""
    assert "○···· now" in _line((40, 0, 0), marked=_NOW - 4 * _FIVE)
    assert _line((40, 0, 0), marked=_NOW - 90_000).startswith(" ← ")


def test_the_line_fits_any_width() -> None:
    """It is exactly as wide as there is room, down to nothing."""
    for width in (0, 1, 10, 20, 21, 80, 120, 200, 400):
        for marked in (None, _NOW - 600, _NOW - 90_000):
            assert len(_line((40, 0, 0), (3, 2, 1), marked=marked, width=width)) == width


def test_it_is_drawn_in_ascii_too() -> None:
    """Without Unicode heights and marks still differ."""
    drawn = ascii_only(_line((40, 0, 0), (6, 1, 1), (3, 4, 1), marked=_NOW))
    assert "!::!##o" in drawn
    assert "?" not in drawn


async def test_it_stands_below_the_panes_where_there_is_room() -> None:
    """At 40 lines it is there and counts what is open; at 24 the panes get its line."""
    async with drive(plant()) as d:
        strip = d.app.screen.query_one(Strip)
        assert "▲ now" in d.text(strip)
        assert strip.region.y == 38
    async with drive(plant(), size=(80, 24)) as d:
        assert not d.app.screen.query_one(Strip).display


async def test_it_costs_nothing_while_nothing_happens() -> None:
    """Within a step of five minutes, and with nothing new, not a cell of it is drawn anew."""
    async with drive(plant()) as d:
        strip = d.app.screen.query_one(Strip)
        drawn: list[object] = []
        strip.redraw = lambda: drawn.append(1)  # type: ignore[method-assign]
        for later in range(0, 240, 30):
            d.feed.clock = NOW - NOW % 300 + 300 + later
            d.app.frame()
        assert len(drawn) == 1
        told = finding("10.20.0.31", "not-listening", cleared_at=d.feed.clock)
        await d.send(
            replace(FindingChanged(at=told.at, change="cleared", finding=told.finding), at=d.feed.clock)
        )
        assert len(drawn) == 2
