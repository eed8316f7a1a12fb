"""The keys that act: on a device, on all probing, and on the program itself."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import finding, plant, probed, session
from tui.feed import Question
from tui.records import Target

BOILER = Target("10.20.0.12", 502)


async def test_the_feed_starts_once_and_is_stopped_at_quit() -> None:
    """Q ends the program, and the engine is stopped before it is gone."""
    async with drive(plant()) as d:
        assert d.feed.calls == [("start",)]
        await d.press("q")
    assert d.feed.calls == [("start",), ("stop",)]
    assert d.app.return_code == 0


async def test_ctrl_c_quits_even_while_typing() -> None:
    """ctrl+c ends the program also while the filter has the keys."""
    async with drive(plant()) as d:
        await d.press("slash", "a", "ctrl+c")
        await d.until(lambda: not d.app.is_running, "the app has ended")
    assert ("stop",) in d.feed.calls


async def test_t_asks_the_selected_device_again() -> None:
    """T hands the selected device to the engine, from a pane and from the detail."""
    async with drive([probed("10.20.0.9")]) as d:
        chosen = d.grid("devices").target
        await d.press("t", "enter", "t")
        assert d.calls("ask") == [("ask", chosen)] * 2


async def test_a_acknowledges_the_worst_finding_of_a_device() -> None:
    """A on a device acknowledges its finding; on one without trouble it says so."""
    async with drive(plant()) as d:
        await d.press("a")
        assert d.calls("acknowledge") == [("acknowledge", "10.20.0.12/502/slots-full")]
        await d.press("G", "a")
        assert len(d.calls("acknowledge")) == 1
        assert "no finding about" in d.text()


async def test_z_shelves_the_selected_finding_for_an_hour() -> None:
    """Z in the diagnosis hands finding and time to the engine."""
    async with drive([finding("10.20.0.12")]) as d:
        await d.press("3", "z", "2")
        assert d.calls("shelve") == [("shelve", "10.20.0.12/502/slots-full", 3600.0)]


async def test_x_stops_all_probing_and_says_so_loudly() -> None:
    """X forbids probing, the status line shouts it, x again allows it."""
    async with drive(plant()) as d:
        await d.press("x")
        d.app.frame()
        await d.pilot.pause()
        assert "PROBING STOPPED" in d.text()
        await d.press("x")
        assert d.calls("allow_probing") == [("allow_probing", False), ("allow_probing", True)]


async def test_x_works_from_the_detail_and_the_help() -> None:
    """Whatever page is open, x stops the probing."""
    async with drive(plant()) as d:
        await d.press("enter", "x")
        await d.press("escape", "question_mark", "x")
        assert d.calls("allow_probing")[0] == ("allow_probing", False)
        assert len(d.calls("allow_probing")) == 2


async def test_x_twice_in_a_hurry_never_allows_by_mistake() -> None:
    """Before the stop is confirmed a second x asks for the stop again."""
    async with drive(plant()) as d:
        d.app.action_stop()
        d.app.action_stop()
        assert d.calls("allow_probing") == [("allow_probing", False)] * 2


async def test_c_begins_a_sweep_unless_probing_is_stopped() -> None:
    """C asks for a sweep; while probing is stopped it only says why not."""
    async with drive(plant()) as d:
        await d.press("c")
        await d.press("x")
        d.app.frame()
        await d.press("c")
        assert d.calls("sweep_now") == [("sweep_now",)]
        assert "probing is stopped" in d.text()


async def test_the_palette_finds_and_runs_a_command() -> None:
    """: offers what the table of actions holds, and enter does it."""
    async with drive(plant()) as d:
        await d.press("colon")
        await d.press(*"hidden on")
        await d.press("enter")
        await d.until(lambda: len(d.grid("devices").cursor.keys) > 100, "the silent ones are shown")


async def test_a_question_is_asked_before_anything_starts() -> None:
    """With a question nothing starts until y."""
    question = Question("A large network", ("65536 hosts, 65536 connections, about 22 minutes.",))
    async with drive(plant(), question=question) as d:
        await d.until(lambda: "65536 hosts" in d.text(), "the question is shown")
        await d.press("x", "j")
        assert d.feed.calls == []
        await d.press("y")
        assert d.feed.calls == [("start",)]


@pytest.mark.parametrize("key", ["n", "escape", "q", "ctrl+c"])
async def test_a_question_declined_ends_with_nothing_done(key: str) -> None:
    """n, esc, q and ctrl+c at the question end with exit code 0, the engine never started nor stopped."""
    async with drive(plant(), question=Question("A large network", ("many hosts",))) as d:
        await d.until(lambda: "many hosts" in d.text(), "the question is shown")
        await d.press(key)
        await d.until(lambda: not d.app.is_running, "the app has ended")
    assert d.feed.calls == []
    assert d.app.return_code == 0


async def test_a_session_selected_stands_for_its_device() -> None:
    """T on a session asks the device it goes to."""
    async with drive([session("10.20.0.5", 40000, "10.20.0.12")]) as d:
        await d.press("2", "j", "t")
        assert d.calls("ask") == [("ask", BOILER)]


async def test_a_notice_outlives_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page closed while something is said on it does no harm when the time of the notice is over."""
    monkeypatch.setattr("tui.app._SAID_S", 0.3)
    async with drive([probed("10.20.0.9")]) as d:
        await d.press("enter", "t", "escape")
        notice = d.app._unsay
        assert notice is not None
        await d.until(lambda: notice._task is None or notice._task.done(), "the end of the notice")
        await d.pilot.pause()
        assert d.app.is_running


async def test_the_last_turn_of_a_leaving_program_does_no_harm() -> None:
    """A turn of the screen that comes when every page is closed is no fault."""
    async with drive(plant()) as d:
        await d.press("q")
        await d.until(lambda: not d.app.is_running, "the app has ended")
    d.feed.send(probed("10.20.0.9"))
    d.app.frame()
    assert not d.app.fault.getvalue()
