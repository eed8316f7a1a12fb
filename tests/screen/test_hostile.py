"""Text from the network never acts on the screen, and never tears it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.screen.driver import drive
from tests.screen.plant import NOW, finding, probed, run, session
from tui.events import Health
from tui.panes.cells import Cell, Column, Row, align, ascii_only, fit, flow, lay_out, wrap
from tui.records import Evidence, KnownDevice

HOSTILE = (
    "\x1b]0;owned\x07\x1b[31mred",
    "[bold]x[/]",
    "[/x]",
    "[@click=app.quit]press[/]",
    "abc\u202egnp.exe",
    "温度センサー温度センサー",
    "e\u0301" * 5,
    "a\u200bb\u2028c",
    "☎\ufe0f❤\ufe0f",
    "tab\there\r\nline",
    "\x9b31m",
)
_ACTS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufe0f]")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_hostile_text_is_inert_everywhere(text: str, size: tuple[int, int]) -> None:
    """In every pane, the status line and the detail nothing a terminal or markup would obey is drawn."""
    events = [
        run(known=(KnownDevice(address="10.20.0.12", name=text, product=text, limit=2, limit_source=text),)),
        probed("10.20.0.12", "open", at=NOW, detail=text, sender=text, raw=text),
        session("10.20.0.5", 4000, "10.20.0.12", process=text, user=text, vantage=text, state=text,
                side="client"),
        finding("10.20.0.12", title=text, form=text, decide_by=text, remedies=(text,),
                evidence=(Evidence(rung=text, asked=text, answer=text, sender=text, raw=text),)),
        Health(at=NOW, source=text, ok=False, text=text),
    ]  # fmt: skip
    async with drive(events, size=size, title=text) as d:
        shown = d.text()
        await d.press("enter", "G")
        shown += d.text()
        assert not _ACTS.search(shown.replace("\n", ""))
        assert d.app.is_running
        if text.startswith("["):
            assert text in shown


@given(st.text(max_size=60), st.integers(0, 40), st.sampled_from(["left", "right"]))
def test_a_fitted_text_is_exactly_as_wide_as_asked(text: str, width: int, side: str) -> None:
    """Whatever the characters, a cell is as wide as its column and holds nothing that acts."""
    fitted = fit(text, width, "left" if side == "left" else "right")
    assert cell_len(fitted) == width
    assert not _ACTS.search(fitted)


@given(st.text(max_size=80), st.integers(1, 30))
def test_wrapped_lines_are_never_too_wide(text: str, width: int) -> None:
    """No line of a paragraph is wider than the page."""
    assert all(cell_len(line) <= max(width, 2) for line in wrap(text, width))


@given(st.lists(st.text(max_size=12), max_size=5), st.integers(0, 50))
def test_flowing_cells_fill_the_line(texts: list[str], width: int) -> None:
    """Cells one after another fill exactly the width there is."""
    pieces = flow([Cell(text) for text in texts], width)
    assert sum(piece.width for piece in pieces) == width
    assert all(cell_len(piece.text) == piece.width for piece in pieces)


columns = st.lists(
    st.builds(
        Column, st.just("t"), st.integers(1, 12), flex=st.integers(0, 2), least=st.integers(0, 60),
        align=st.sampled_from(["left", "right"]),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(columns, st.integers(1, 120), st.data())
def test_rows_fill_the_grid_at_any_width(
    given_columns: list[Column], width: int, data: st.DataObject
) -> None:
    """A row is as wide as the grid, whatever columns fit and whatever is in them."""
    cells = tuple(Cell(data.draw(st.text("ab温", max_size=8))) for _ in given_columns)
    slots = lay_out(given_columns, width)
    for row in (Row(cells), Row(cells, spill=True), Row(cells, free=True)):
        pieces = align(row, slots, width)
        assert sum(piece.width for piece in pieces) == width
        assert all(cell_len(piece.text) == piece.width for piece in pieces)


@given(st.text(st.characters(exclude_categories=["C"]), max_size=30))
def test_without_unicode_every_sign_has_a_stand_in_of_its_width(text: str) -> None:
    """A terminal without Unicode gets ASCII, cell for cell."""
    text = fit(text, cell_len(fit(text, 200).rstrip()))
    plain = ascii_only(text)
    assert plain.isascii()
    assert len(plain) == cell_len(text)
