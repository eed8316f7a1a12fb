"""The page of themes: shown at once, kept or given up, and the user's own among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screen.driver import Drive, drive
from tests.screen.plant import plant
from tests.screen.test_themes import GOOD
from tui.screens.monitor import Monitor
from tui.screens.theme_choice import ThemeChoice


async def _opened(d: Drive) -> None:
    await d.press("T")
    assert isinstance(d.app.screen, ThemeChoice)


async def test_moving_shows_a_theme_at_once_and_enter_keeps_it() -> None:
    """The cursor's theme is that of the screen; enter keeps it and says how to have it always."""
    async with drive(plant()) as d:
        await _opened(d)
        assert "in use" in next(line for line in d.text().splitlines() if " night " in line)
        await d.press("j")
        assert d.app.theme == "colour-blind"
        assert 'theme = "colour-blind" in the configuration' in d.text()
        await d.press("enter")
        assert isinstance(d.app.screen, Monitor)
        assert d.app.theme == "colour-blind"
        assert 'theme = "colour-blind" for this run; this line in the configuration keeps it' in d.text()


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_leaving_brings_the_theme_before_back(key: str) -> None:
    """Esc and q end the page and everything looks as it did."""
    async with drive(plant(), theme="console-grey") as d:
        before = [d.app.screen.query_one("#devices").render_line(y) for y in range(5)]
        await _opened(d)
        await d.press("G", key)
        assert isinstance(d.app.screen, Monitor)
        assert d.app.theme == "console-grey"
        assert [d.app.screen.query_one("#devices").render_line(y) for y in range(5)] == before


@pytest.mark.usefixtures("own_themes")
async def test_capital_t_on_the_page_goes_round() -> None:
    """T again shows the next theme, and after the last the first."""
    async with drive(plant()) as d:
        await _opened(d)
        seen = [d.app.theme]
        for _ in range(6):
            await d.press("T")
            seen.append(d.app.theme)
        assert seen[0] == seen[-1] == "night"
        assert set(seen) == {"night", "colour-blind", "console-grey", "high-contrast", "mono", "sixteen"}


async def test_the_panes_behind_take_the_kept_theme() -> None:
    """Back on the panes no cell is left in the colours of before."""
    async with drive(plant(), theme="sixteen") as d:
        await _opened(d)
        await d.press("k", "enter")
        assert d.app.theme == "mono"
        for y in range(10):
            for segment in d.grid("devices").render_line(y):
                assert segment.style is None or segment.style.color is None or segment.style.color.is_default


async def test_a_broken_theme_of_ones_own_is_named_and_changes_nothing(own_themes: Path) -> None:
    """On its line the page tells file and key; the theme in view stays, also on enter."""
    (own_themes / "mine.toml").write_text(GOOD.replace('note = "#7cc4e8"', "note = 3"), encoding="utf-8")
    async with drive(plant()) as d:
        await _opened(d)
        await d.press("j", "G")
        assert "mine.toml: tone.note: must be such as" in d.text()
        assert d.app.theme == "colour-blind"
        await d.press("enter")
        assert isinstance(d.app.screen, ThemeChoice)
        assert "mine cannot be used" in d.text()


async def test_a_broken_theme_in_the_configuration_is_a_notice(own_themes: Path) -> None:
    """The program starts with the theme it would have otherwise, and says why."""
    (own_themes / "mine.toml").write_text(GOOD.replace("dark = true", "dark = 1"), encoding="utf-8")
    async with drive(plant(), theme="mine") as d:
        assert d.app.theme == "night"
        assert "your theme cannot be used: mine.toml: 'ansi' and 'dark' are true or false" in d.text()


async def test_ones_own_theme_is_on_the_page(own_themes: Path) -> None:
    """A good file in the configuration directory is offered as any other, and marked."""
    (own_themes / "dusk.toml").write_text(GOOD.replace("#12161c", "#201018"), encoding="utf-8")
    async with drive(plant(), theme="dusk") as d:
        await _opened(d)
        assert "(yours)" in next(line for line in d.text().splitlines() if " dusk " in line)
        assert d.app.theme == "dusk"


async def test_few_colours_are_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where themes are left out the page says why."""
    monkeypatch.setenv("TERM", "linux")
    monkeypatch.delenv("COLORTERM")
    async with drive(plant()) as d:
        await _opened(d)
        assert "sixteen colours; themes that need more are left out" in d.text()
        assert "console-grey" not in d.text()


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (40, 10), (10, 3)])
async def test_it_fits_every_size(size: tuple[int, int]) -> None:
    """The selected theme is in view however little room there is."""
    async with drive(plant(), size=size) as d:
        await _opened(d)
        await d.press("G")
        widget = d.app.screen.query_one("#themes")
        assert "> sixt" in d.text(widget)
        assert all(len(line) == size[0] for line in d.text(widget).splitlines())
