"""Every key, pressed on a made-up plant."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import NOW, finding, plant, probed, session
from tui.events import Target
from tui.feed import Question
from tui.screens.detail import Detail
from tui.screens.help import Help

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


@pytest.mark.parametrize(("key", "name"), [("1", "devices"), ("2", "sessions"), ("3", "diagnosis")])
async def test_figures_turn_to_panes(key: str, name: str) -> None:
    """1, 2 and 3 give the focus to the three panes."""
    async with drive(plant()) as d:
        await d.press("2", key)
        assert d.app.focused is d.grid(name)


async def test_tab_goes_round_the_panes_and_back() -> None:
    """Tab reaches every pane and comes round; shift+tab goes the other way."""
    async with drive(plant()) as d:
        seen = []
        for _ in range(3):
            await d.press("tab")
            assert d.app.focused is not None
            seen.append(d.app.focused.id)
        assert seen == ["sessions", "diagnosis", "devices"]
        await d.press("shift+tab")
        assert d.app.focused is d.grid("diagnosis")


@pytest.mark.parametrize(("down", "up"), [("j", "k"), ("down", "up")])
async def test_lines_are_moved_through(down: str, up: str) -> None:
    """J and k, and the arrows, move the cursor by one line."""
    async with drive(plant()) as d:
        cursor = d.grid("devices").cursor
        await d.press(down, down, up)
        assert cursor.place == 1


@pytest.mark.parametrize(("last", "first"), [("G", "g"), ("end", "home")])
async def test_the_ends_are_one_key_away(last: str, first: str) -> None:
    """G and g, end and home, go to the last and the first line."""
    async with drive(plant()) as d:
        cursor = d.grid("devices").cursor
        await d.press(last)
        assert cursor.place == len(cursor.keys) - 1
        await d.press(first)
        assert cursor.place == 0


async def test_pages_are_turned() -> None:
    """Pgdn and pgup move by a page."""
    async with drive(plant(), size=(80, 24)) as d:
        cursor = d.grid("devices").cursor
        await d.press("pagedown")
        assert cursor.place == cursor.room - 1
        await d.press("pageup")
        assert cursor.place == 0


async def test_the_filter_narrows_as_it_is_typed_and_esc_clears_it() -> None:
    """/ filters any cell regardless of case; enter keeps it, esc takes it away."""
    async with drive(plant()) as d:
        grid = d.grid("devices")
        before = len(grid.cursor.keys)
        await d.press("slash", *"BOILER")
        assert list(grid.cursor.keys) == [BOILER]
        await d.press("enter")
        assert d.app.focused is grid
        assert "/boiler" in d.text(grid)
        await d.press("escape")
        assert len(grid.cursor.keys) == before


async def test_esc_while_typing_clears_and_closes_the_filter() -> None:
    """Esc in the filter line gives the keys back to the pane and shows every line."""
    async with drive(plant()) as d:
        await d.press("slash", *"zzz")
        assert "esc clears it" in d.text(d.grid("devices"))
        await d.press("escape")
        assert d.app.focused is d.grid("devices")
        assert len(d.grid("devices").cursor.keys) > 20


async def test_a_filter_belongs_to_its_pane() -> None:
    """Filtering the sessions leaves the devices as they are, and a device's line stays over its sessions."""
    async with drive(plant()) as d:
        await d.press("2", "slash", *"scada", "enter")
        assert len(d.grid("sessions").cursor.keys) == 2
        assert len(d.grid("devices").cursor.keys) > 20


async def test_sort_goes_through_the_orders() -> None:
    """S sorts by the next order and says so; after the last comes the first again."""
    async with drive(plant()) as d:
        grid = d.grid("devices")
        first = list(grid.cursor.keys)
        for order in grid.content.sorts[1:]:
            await d.press("s")
            assert f"by {order}" in d.text(grid)
        await d.press("s")
        assert list(grid.cursor.keys) == first


async def test_addresses_sort_as_numbers() -> None:
    """10.20.0.9 comes before 10.20.0.10, whatever the letters say."""
    async with drive([probed("10.20.0.10"), probed("10.20.0.9"), probed("10.20.0.100")]) as d:
        await d.press("s")
        assert [key[0] for key in d.grid("devices").cursor.keys if isinstance(key, Target)] == [
            "10.20.0.9", "10.20.0.10", "10.20.0.100",
        ]  # fmt: skip


async def test_enter_opens_the_detail_and_esc_closes_it() -> None:
    """The detail tells cause, evidence, alternatives and remedies of the selected device."""
    async with drive(plant()) as d:
        await d.press("enter")
        assert isinstance(d.app.screen, Detail)
        shown = d.text()
        for part in (
            "Slots full",
            "closed by reset",
            "000100000006010300000001",
            "mute, tls-only",
            "1. end the idle",
        ):
            assert part in shown
        await d.press("escape")
        assert d.app.screen is d.app.screen_stack[0]


async def test_the_detail_follows_the_present() -> None:
    """What changes while the detail is open is shown in it."""
    async with drive(plant()) as d:
        await d.press("enter")
        await d.send(probed("10.20.0.12", "refused", at=NOW))
        assert "refuses the connection" in d.text()


async def test_the_panes_catch_up_after_the_detail() -> None:
    """What changed while another screen was in view is in the panes when they are back."""
    async with drive(plant()) as d:
        await d.press("enter")
        await d.send(probed("10.20.0.61", "refused", at=NOW))
        await d.send(probed("10.20.0.62", "refused", at=NOW))
        await d.press("escape")
        lines = d.text(d.grid("devices")).splitlines()
        assert all("refused" in line for line in lines if ".61 " in line or ".62 " in line)


async def test_t_asks_the_selected_device_again() -> None:
    """T hands the selected device to the engine, from a pane and from the detail."""
    async with drive(plant()) as d:
        await d.press("t", "enter", "t")
        assert d.calls("ask") == [("ask", BOILER)] * 2


async def test_a_acknowledges_the_worst_finding_of_a_device() -> None:
    """A on a device acknowledges its finding; on one without trouble it says so."""
    async with drive(plant()) as d:
        await d.press("a")
        assert d.calls("acknowledge") == [("acknowledge", "10.20.0.12/502/slots-full")]
        await d.press("G", "a")
        assert len(d.calls("acknowledge")) == 1
        assert "nothing is wrong" in d.text()


async def test_z_shelves_the_selected_finding_for_an_hour() -> None:
    """Z in the diagnosis hands finding and time to the engine."""
    async with drive([finding("10.20.0.12")]) as d:
        await d.press("3", "z")
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


async def test_p_holds_the_screen_still() -> None:
    """While paused nothing moves and the status line says so; then everything missed is shown."""
    async with drive(plant()) as d:
        await d.press("p")
        await d.send(probed("10.20.0.12", "refused", at=NOW))
        assert "PAUSED" in d.text()
        assert "open" in d.text(d.grid("devices"))
        await d.press("p")
        assert "PAUSED" not in d.text()
        assert "open " not in d.text(d.grid("devices"))


async def test_v_shows_and_hides_silent_addresses() -> None:
    """Silent addresses nobody expected are counted, and shown on v."""
    async with drive(plant()) as d:
        grid = d.grid("devices")
        assert "140 silent, v shows them" in d.text(grid)
        before = len(grid.cursor.keys)
        await d.press("v")
        assert len(grid.cursor.keys) == before + 140
        await d.press("v")
        assert len(grid.cursor.keys) == before


async def test_an_expected_device_that_is_silent_is_always_shown() -> None:
    """A device that has answered before stays in view when it falls silent."""
    async with drive([probed("10.20.0.9"), probed("10.20.0.9", "timeout", at=NOW)]) as d:
        assert "silent" in d.text(d.grid("devices"))
        assert len(d.grid("devices").cursor.keys) == 1


async def test_capital_t_goes_through_the_themes() -> None:
    """T shows every theme the terminal can show, and comes round."""
    async with drive(plant()) as d:
        seen = [d.app.theme]
        for _ in range(5):
            await d.press("T")
            seen.append(d.app.theme)
        assert seen[0] == seen[-1] == "night"
        assert set(seen) == {"night", "console-grey", "high-contrast", "mono", "sixteen"}


async def test_help_begins_with_the_pane_in_use() -> None:
    """? tells the keys of the focused pane first, then all others; esc closes it."""
    async with drive(plant()) as d:
        await d.press("3", "question_mark")
        assert isinstance(d.app.screen, Help)
        assert "In the diagnosis pane" in d.text().splitlines()[1]
        await d.press("escape")
        assert d.app.focused is d.grid("diagnosis")


async def test_the_palette_finds_and_runs_a_command() -> None:
    """: offers what the table of actions holds, and enter does it."""
    async with drive(plant()) as d:
        await d.press("colon")
        await d.press(*"silent")
        await d.until(lambda: d.app.screen.query("CommandList").first().display, "the list is shown")
        await d.pilot.app.workers.wait_for_complete()
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


async def test_sessions_are_grouped_under_their_device() -> None:
    """Each device's line says how many slots are taken; its sessions follow."""
    async with drive(plant()) as d:
        lines = d.text(d.grid("sessions")).splitlines()
        at = next(n for n, line in enumerate(lines) if "boiler-2" in line)
        assert "4/4 full" in lines[at]
        assert "10.20.0.5" in lines[at + 1]


async def test_a_session_selected_stands_for_its_device() -> None:
    """T on a session asks the device it goes to."""
    async with drive([session("10.20.0.5", 40000, "10.20.0.12")]) as d:
        await d.press("2", "j", "t")
        assert d.calls("ask") == [("ask", BOILER)]
