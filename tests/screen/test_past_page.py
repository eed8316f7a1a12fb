"""What a page tells of a device's past, how its parts are reached, and how pages use the width."""

from __future__ import annotations

import re

import pytest

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, plant, probed
from tui.event import Event
from tui.panes.page import Page

_HEADING = re.compile(r"^ (\d) (\S.*?) *$", re.MULTILINE)


def _story() -> list[Event]:
    """A device that answered for 40 minutes, was silent for three, and answers again."""
    told: list[Event] = []
    for ago in range(45, 0, -1):
        silent = ago in {3, 4, 5}
        told.append(
            probed("10.20.0.11", "timeout", at=NOW - 60 * ago, ms=1000.0)
            if silent
            else probed("10.20.0.11", at=NOW - 60 * ago, ms=2.0 + ago % 3, answer_ms=12.0)
        )
    first, *rest = plant()
    return [first, *told, *(event for event in rest if getattr(event, "address", "") != "10.20.0.11")]


async def _open(d: Drive, address: str = "10.20.0.11") -> Page:
    await d.press("slash", *address, "enter", "enter")
    await d.until(lambda: d.app.screen.query(Page), "the page")
    return d.app.screen.query_one(Page)


async def test_history_tells_each_turn_newest_first() -> None:
    """When, from what to what, and after how long."""
    async with drive(_story(), size=(80, 60)) as d:
        shown = d.text(await _open(d))
        turns = [line.split()[-5:] for line in shown.splitlines() if "→" in line]
        assert turns == [
            ["silent", "→", "answers", "after", "3m"],
            ["answers", "→", "silent", "after", "40m"],
        ]


async def test_response_times_are_plotted_and_silence_is_marked() -> None:
    """Connect and answer each have a plot with its scale; three silent minutes are three marks in each."""
    async with drive(_story(), size=(80, 70)) as d:
        shown = d.text(await _open(d))
        plots = shown.split("Response time")[-1]
        assert "TCP connect" in plots
        assert "Modbus answer" in plots
        assert plots.count("3 of 45 unanswered (x)") == 2
        axes = [line for line in plots.splitlines() if "└" in line]
        assert [axis.count("xxx") for axis in axes] == [1, 1]
        assert [axis.count("x") for axis in axes] == [3, 3]
        assert "4 ms │" in plots


async def test_the_plot_stands_still_within_a_minute() -> None:
    """The page is quiet: what is drawn of the past changes with the minute, not with each turn."""
    async with drive(_story(), size=(80, 60)) as d:
        page = await _open(d)
        before = d.text(page).split("History")[-1]
        d.feed.clock += 9
        await d.send(probed("10.20.0.90", "refused", at=NOW + 9))
        assert d.text(page).split("History")[-1] == before


async def test_a_stranger_has_no_past_on_its_page() -> None:
    """Where nothing is kept nothing is promised."""
    async with drive(plant(), size=(80, 60)) as d:
        assert "Response time" not in d.text(await _open(d, "10.20.0.90"))


async def test_every_part_of_a_page_is_two_keys_from_the_panes() -> None:
    """The page begins with a list of its parts; the number of each brings it into view."""
    async with drive(_story(), size=(80, 24)) as d:
        page = await _open(d)
        listed = dict(re.findall(r"(\d) (\S+(?: \S+)*)", d.text(page).splitlines()[1]))
        assert {"Ladder", "Device", "Sessions", "History", "Response time"} <= set(listed.values())
        await d.press("escape")
        for number, name in listed.items():
            await d.press("enter", number)
            page = d.app.screen.query_one(Page)
            assert (number, name) in _HEADING.findall(d.text(page)), name
            await d.press("escape")


async def test_tab_goes_through_the_parts_and_round() -> None:
    """Each part comes in turn, after the last the beginning; the other way round as well."""
    async with drive(_story(), size=(80, 24)) as d:
        page = await _open(d)
        top = d.text(page)
        parts = int(re.findall(r"(\d) ", top.splitlines()[1])[-1])
        await d.press("tab")
        assert d.text(page).splitlines()[1].startswith(" 1 ")
        await d.press("tab")
        assert d.text(page).splitlines()[1].startswith(" 2 ")
        await d.press("j", "shift+tab")
        assert d.text(page).splitlines()[1].startswith(" 2 ")
        await d.press("shift+tab")
        assert d.text(page).splitlines()[1].startswith(" 1 ")
        await d.press("shift+tab")
        assert d.text(page) == top
        await d.press("shift+tab")
        assert f" {parts} Response time" in d.text(page)
        await d.press("tab")
        assert d.text(page) == top


async def test_the_part_gone_to_stays_when_what_is_above_it_grows() -> None:
    """A reader who went to a part does not lose it to news above."""
    async with drive(_story(), size=(80, 16)) as d:
        page = await _open(d)
        await d.press("3")
        heading = d.text(page).splitlines()[1]
        await d.send(*(event for event in plant() if getattr(event, "address", "") == "10.20.0.11"))
        d.app.frame()
        await d.pilot.pause()
        assert d.text(page).splitlines()[1][3:] == heading[3:]


async def test_escape_leads_one_level_out_from_every_page() -> None:
    """Detail, session, help, values and themes: esc is back on the panes, and from help on the page below."""
    async with drive(_story()) as d:
        panes = d.app.screen
        for keys in (
            ["enter"],
            ["2", "j", "enter"],
            ["3", "enter"],
            ["question_mark"],
            ["colon"],
            ["T"],
            ["w"],
        ):
            await d.press(*keys)
            await d.until(lambda: d.app.screen is not panes, f"a screen of {keys}")
            await d.press("escape")
            await d.until(lambda: d.app.screen is panes, f"the panes after {keys}")
        await d.press("1", "enter")
        page = d.app.screen
        await d.press("question_mark")
        await d.until(lambda: d.app.screen is not page, "the help")
        await d.press("escape")
        await d.until(lambda: d.app.screen is page, "the page below the help")


@pytest.mark.parametrize(("width", "most"), [(60, 58), (80, 78), (300, 110)])
async def test_lines_leave_a_margin_and_are_no_wider_than_the_eye_can_follow(width: int, most: int) -> None:
    """No text touches the right edge, and on a very wide screen no sentence runs along all of it."""
    async with drive(_story(), size=(width, 120)) as d:
        page = await _open(d, "10.20.0.12")
        lines = [line.rstrip() for line in d.text(page).splitlines()[1:]]
        assert max(map(len, lines)) <= most + 1
        assert max(map(len, lines)) > most * 0.8
