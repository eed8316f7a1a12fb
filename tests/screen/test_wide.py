"""Layouts of very wide screens, and of hardly any."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import plant
from tui.screens.panes import ENDLESS, VAST


@pytest.mark.parametrize("size", [(VAST, 40), (300, 80), (400, 50)])
async def test_three_panes_stand_side_by_side_where_there_is_room(size: tuple[int, int]) -> None:
    """Each pane has a column of the whole height, and the diagnosis room for its advice."""
    async with drive(plant(), size=size) as d:
        regions = [d.grid(name).region for name in ("devices", "sessions", "diagnosis")]
        assert [region.x for region in regions] == sorted({region.x for region in regions})
        assert len({(region.y, region.height) for region in regions}) == 1
        assert sum(region.width for region in regions) == size[0]
        assert regions[0].height >= size[1] - 4
        assert "First: end the idle" in d.text(d.grid("diagnosis"))
        assert "since" in d.text(d.grid("diagnosis"))
        assert "user" in d.text(d.grid("sessions")) or size[0] < ENDLESS


async def test_below_that_the_diagnosis_runs_under_the_others() -> None:
    """One column less wide, a sentence has the whole width."""
    async with drive(plant(), size=(VAST - 1, 40)) as d:
        assert d.grid("diagnosis").region.width == VAST - 1
        await d.pilot.resize_terminal(VAST, 40)
        await d.pilot.pause()
        assert d.grid("diagnosis").region.width < VAST // 2


@pytest.mark.parametrize("size", [(80, 24), (300, 80)])
async def test_the_map_stands_where_the_list_stood(size: tuple[int, int]) -> None:
    """Whatever the layout, the map takes the place of the list and nothing else moves sideways."""
    async with drive(plant(), size=size) as d:
        at = d.grid("devices").region
        diagnosis = d.grid("diagnosis").region
        await d.press("M")
        await d.until(lambda: d.grid("map").region.width == at.width, "the map")
        assert d.grid("map").region.x == at.x
        assert (d.grid("diagnosis").region.x, d.grid("diagnosis").region.width) == (
            diagnosis.x,
            diagnosis.width,
        )


async def test_every_page_and_layout_survives_ten_by_three() -> None:
    """The parts of a page, the wall, the map: nothing breaks where there is room for nothing."""
    async with drive(plant(), size=(10, 3)) as d:
        await d.press("enter", "tab", "tab", "shift+tab", "9", "5", "G", "escape")
        await d.press("M", "M", "w", "escape", "2", "j", "enter", "tab", "escape")
        await d.pilot.resize_terminal(400, 50)
        await d.pilot.pause()
        assert "▲ 2 in trouble" in d.text()
