"""Every size, from a wall of monitors down to a few cells, and storms of sizes."""

from __future__ import annotations

import random

import pytest

from tests.screen.driver import drive
from tests.screen.plant import NOW, plant, probed
from tui.panes.grid import Grid


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_trouble_is_seen_at_once(size: tuple[int, int]) -> None:
    """Device, who holds its slots and what is wrong are on the first screen at every usual size."""
    async with drive(plant(), size=size) as d:
        shown = d.text()
        for part in ("▲ 2 in trouble", "boiler-2", "4/4 full", "▲1", "Slots full", "First: end the idle"):
            assert part in shown


async def test_a_wide_screen_shows_more_columns() -> None:
    """Side by side and wide, users, round trips and what is stuck have columns."""
    async with drive(plant(), size=(200, 60)) as d:
        shown = d.text()
        for part in ("since", "rtt", "resent", "queues", "port", "3 backoffs"):
            assert part in shown
        await d.pilot.resize_terminal(400, 60)
        await d.pilot.pause()
        assert "user" in d.text(d.grid("sessions"))


async def test_twenty_by_five_shows_the_pane_in_use() -> None:
    """On a screen of a few lines only the pane in use is there, and tab reaches the others."""
    async with drive(plant(), size=(20, 5)) as d:
        assert [grid.id for grid in d.app.screen.query(Grid) if grid.display] == ["devices"]
        assert "10.20.0.12" in d.text()
        await d.press("tab")
        assert [grid.id for grid in d.app.screen.query(Grid) if grid.display] == ["sessions"]
        await d.press("3", "j", "enter")
        assert "10.20.0.12" in d.text()


async def test_a_storm_of_sizes_does_no_harm() -> None:
    """Any sequence of sizes down to 10x3, with events and keys in between, leaves a right screen."""
    chance = random.Random(502)  # noqa: S311 - a test that repeats
    async with drive(plant()) as d:
        for turn in range(40):
            await d.pilot.resize_terminal(chance.randint(10, 160), chance.randint(3, 50))
            await d.send(probed(f"10.20.0.{turn}", at=NOW))
            await d.press(chance.choice(["j", "G", "tab", "s", "v", "enter", "escape", "pagedown"]))
        await d.press("escape")
        await d.pilot.resize_terminal(120, 40)
        await d.pilot.pause()
        assert "▲ 2 in trouble" in d.text()
        for grid in d.app.screen.query(Grid):
            assert all(len(line) for line in d.text(grid).splitlines())


@pytest.mark.parametrize("size", [(10, 3), (1, 1), (300, 5), (15, 100)])
async def test_odd_sizes_are_survived(size: tuple[int, int]) -> None:
    """A sliver of a screen, a single cell: nothing breaks, every page opens."""
    async with drive(plant(), size=size) as d:
        await d.press(
            "j", "tab", "G", "enter", "G", "escape", "question_mark", "escape", "slash", "a", "escape"
        )
        assert d.app.is_running


async def test_empty_panes_say_why() -> None:
    """With nothing found yet each pane has a line that says so."""
    async with drive() as d:
        d.feed.send(*plant()[:1])
        d.app.frame()
        await d.pilot.pause()
        shown = d.text()
        assert "no sessions to port 502 on this host yet" in shown
        assert "nothing wrong found so far" in shown
