"""What the clock does while the program is already leaving."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import probed, run, session
from tui.panes.grid import Grid
from tui.screens.session import SessionPage


async def test_a_turn_while_the_panes_go_shows_nothing_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """News that come when the panes are half gone are left alone; the program still ends cleanly."""
    turns: list[bool] = []
    async with drive([probed("10.20.0.1", "open")]) as d:

        def late(pane: Grid) -> None:
            d.feed.send(probed("10.20.0.2", "open"))
            pane._detach()
            d.app.frame()
            turns.append(d.app.is_running)

        monkeypatch.setattr(Grid, "_on_unmount", late, raising=False)
    assert turns
    assert not any(turns)


async def test_a_turn_while_a_page_opens_leaves_it_whole() -> None:
    """A frame that falls into the opening of a page does not meet a page without its parts."""
    here = session("10.20.0.2", 51515, "10.20.0.12", side="client", process="scada", pid=4432, user="ops")
    async with drive([run(), here]) as d:
        assert d.app.view is not None
        opening = d.app.push_screen(SessionPage(d.app.view, here.session))
        d.feed.send(probed("10.20.0.12"))
        d.app.frame()
        d.app.told("while it opens")
        await opening
        assert "scada" in d.text()
