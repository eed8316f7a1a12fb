"""Keys that arrive together, as over a lagging line or from the clipboard, mean what they mean one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.screen.driver import drive
from tests.screen.plant import plant, probed
from tests.screen.tty import monitor
from tests.waiting import eventually
from tui.screens.detail import Detail


@pytest.mark.parametrize("typed", ["x", "q", "t", "az", "qx"])
async def test_what_follows_the_slash_is_text(typed: str) -> None:
    """Commands typed in one burst after / go into the filter and do nothing."""
    async with drive(plant()) as d:
        await d.burst("slash", *typed)
        assert d.feed.calls == [("start",)]
        assert d.app.is_running
        assert d.grid("devices").content.needle == typed


async def test_after_enter_keys_are_commands_again() -> None:
    """/ pump enter j in one burst filters, keeps the filter, and moves."""
    async with drive([probed(f"10.20.0.{n}") for n in range(9, 14)]) as d:
        await d.burst("slash", *"20.0.1", "enter", "j", "t")
        grid = d.grid("devices")
        assert grid.content.needle == "20.0.1"
        assert [call[1] for call in d.calls("ask")] == [grid.cursor.keys[1]]


async def test_the_filter_is_that_of_the_pane_just_turned_to() -> None:
    """2 / in one burst filters the sessions."""
    async with drive(plant()) as d:
        await d.burst("2", "slash", *"scada")
        assert d.grid("sessions").content.needle == "scada"
        assert d.grid("devices").content.needle == ""


@pytest.mark.parametrize("typed", ["x", "q", "t"])
async def test_what_follows_the_colon_is_text(typed: str) -> None:
    """Commands typed in one burst after : search the palette and do nothing."""
    async with drive(plant()) as d:
        await d.burst("colon", typed)
        await d.until(lambda: f":{typed}" in d.text(), "the palette")
        assert d.feed.calls == [("start",)]
        assert d.app.is_running


async def test_a_command_is_found_and_done_in_one_burst() -> None:
    """: stop enter in one burst stops the probing once."""
    async with drive(plant()) as d:
        await d.burst("colon", *"stop", "enter")
        await d.until(lambda: d.calls("allow_probing"), "the command")
        assert d.calls("allow_probing") == [("allow_probing", False)]
        assert d.app.screen is d.app.screen_stack[0]


async def test_q_right_after_enter_closes_the_page_that_enter_opens() -> None:
    """Enter and q in one burst open and close the detail; the monitor goes on."""
    async with drive(plant()) as d:
        await d.burst("enter", "q")
        assert d.app.is_running
        assert d.app.screen is d.app.screen_stack[0]
        await d.burst("enter", "x")
        assert isinstance(d.app.screen, Detail)


async def test_a_paste_goes_into_the_filter_and_nowhere_else() -> None:
    """Pasted text is typed while a filter is, its line ends too; on the panes it does nothing."""
    async with drive(plant()) as d:
        d.app.post_message(events.Paste("x\nq\n"))
        await d.pilot.pause()
        assert d.feed.calls == [("start",)]
        await d.press("slash")
        d.app.post_message(events.Paste("boiler\x1b[31m-2\n"))
        await d.pilot.pause()
        assert "boiler" in d.grid("devices").content.needle
        assert d.grid("devices").content.needle.isprintable()
        assert d.feed.calls == [("start",)]


async def test_the_typed_line_can_be_mended() -> None:
    """Backspace, ctrl+w and ctrl+u take back a letter, a word and all."""
    async with drive(plant()) as d:
        content = d.grid("devices").content
        for keys, left in (
            (["slash", *"ab", "space", *"cd", "backspace"], "ab c"),
            (["ctrl+w"], "ab"),
            (["ctrl+u"], ""),
        ):
            await d.press(*keys)
            assert content.needle == left


@pytest.mark.parametrize("keys", ["/x", "/q", ":q", "/\x1b[200~xq\x1b[201~"])
def test_one_read_from_a_terminal_never_runs_what_is_typed(keys: str, tmp_path: Path) -> None:
    """In a real terminal everything after / or : in one read is text; ctrl+c still ends it."""
    told = tmp_path / "calls"
    with monitor(str(told)) as tty:
        before = len(tty.seen)
        tty.press(keys)
        typed = keys[-1].encode() if keys[-1] != "~" else b"xq"
        eventually(lambda: typed in bytes(tty.seen[before:]), "what was typed")
        tty.settle()
        tty.press("\x03")
        assert tty.ends_within(5) == 0
    assert told.read_text() == "['start', 'stop']"
