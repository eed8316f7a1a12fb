"""The keys for moving and looking, pressed on a made-up plant."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import NOW, plant, probed
from tui.actions import rebind
from tui.records import Target
from tui.screens.detail import Detail
from tui.screens.help import Help

BOILER = Target("10.20.0.12", 502)


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
        assert [key for key in grid.cursor.keys if isinstance(key, Target)] == [BOILER]
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
            "an application that hangs (mute); TLS wanted (tls-only)",
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


async def test_help_begins_with_the_pane_in_use() -> None:
    """? tells the keys of the focused pane first, then all others; esc closes it."""
    async with drive(plant()) as d:
        await d.press("3", "question_mark")
        assert isinstance(d.app.screen, Help)
        assert "In the diagnosis pane" in d.text().splitlines()[1]
        await d.press("escape")
        assert d.app.focused is d.grid("diagnosis")


async def test_help_from_a_page_begins_with_its_keys() -> None:
    """? on the page of a device tells first what can be done there, then where the user came from."""
    async with drive(plant()) as d:
        await d.press("enter", "question_mark")
        lines = d.text().splitlines()
        assert "On the page you came from" in lines[1]
        assert any("find" in line or "Climb" in line for line in lines[2:5])
        await d.press("escape")
        assert isinstance(d.app.screen, Detail)


FIRST = "enter opens what is selected, t finds the cause, ? explains all"


async def test_a_first_start_says_what_to_do_until_it_is_done() -> None:
    """The hint line of a new user is one sentence, also while moving; after the first act it is the keys."""
    async with drive(plant(), size=(80, 24), first=True) as d:
        hint = d.app.screen.query_one("#hint")
        assert FIRST in d.text(hint)
        await d.press("j", "tab")
        assert FIRST in d.text(hint)
        await d.press("enter")
        await d.press("escape")
        assert FIRST not in d.text(hint)
        assert "help" in d.text(hint)


async def test_a_later_start_begins_with_the_keys() -> None:
    """Whoever has been here before sees the keys at once."""
    async with drive(plant()) as d:
        assert "explains all" not in d.text()


async def test_a_first_start_promises_nothing_that_cannot_be_done() -> None:
    """In a recording nothing can be asked, and the sentence does not say so."""
    async with drive(plant(), title="REPLAY a.jsonl", probes=False, first=True) as d:
        assert "enter opens what is selected, ? explains all" in d.text()


async def test_own_keys_are_pressed_hinted_and_named() -> None:
    """A key of the user's own acts and stands in the hint line, at help, in the palette and in sentences."""
    rebind({"stop": ("f2",), "silent": ("f3",), "ask": ("f4",), "help": ("f1",)})
    try:
        async with drive(plant(), size=(200, 60)) as d:
            assert "f3 shows them" in d.text(d.grid("devices"))
            await d.press("x", "t")
            assert d.calls("allow_probing") == d.calls("ask") == []
            await d.press("f2", "f4")
            assert d.calls("allow_probing") == [("allow_probing", False)]
            assert "probing is stopped; f2 allows it" in d.text()
            await d.press("f1")
            assert any(line.strip().startswith("f4 ") for line in d.text().splitlines())
            await d.press("escape", "colon", *"stop")
            assert "stop probing  (f2)" in d.text()
    finally:
        rebind({})


async def test_before_the_start_only_the_keys_that_quit_act() -> None:
    """Q with another meaning waits for the start like every key; the one that quits now leaves at once."""
    rebind({"quit": ("f5",), "sort": ("q",)})
    try:
        async with drive(plant()) as d:
            d.app._started = False
            await d.press("q")
            assert [event.key for event in d.app._early] == ["q"]
            assert not d.app._leaving
            d.app._early.clear()
            await d.press("f5")
            assert d.app._leaving
    finally:
        rebind({})


async def test_sessions_are_grouped_under_their_device() -> None:
    """Each device's line says how many slots are taken; its sessions follow."""
    async with drive(plant()) as d:
        lines = d.text(d.grid("sessions")).splitlines()
        at = next(n for n, line in enumerate(lines) if "boiler-2" in line)
        assert "4/4 full" in lines[at]
        assert "10.20.0.5" in lines[at + 1]
