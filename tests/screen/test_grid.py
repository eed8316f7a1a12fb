"""The grid: the cursor stays with its row, and what is repainted is what changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screen.driver import drive
from tests.screen.plant import NOW, finding, plant, probed
from tui.panes.cells import Line, Piece, changed
from tui.panes.cursor import Cursor
from tui.panes.grid import Grid
from tui.panes.view import Order
from tui.records import Target

keys_lists = st.lists(st.integers(0, 40), unique=True, max_size=30)


def _standing(_key: Hashable) -> bool:
    return True


@given(
    st.lists(keys_lists, min_size=1, max_size=8), st.lists(st.integers(-8, 8), max_size=8), st.integers(1, 12)
)
def test_the_cursor_stays_on_its_key_whatever_comes_and_goes(
    turns: list[list[int]], steps: list[int], room: int
) -> None:
    """A key that was moved to stays selected and in view while it is there; else the first row is."""
    cursor = Cursor(_standing)
    cursor.room = room
    for turn, keys in enumerate(turns):
        before, moved = cursor.key, cursor._moved
        cursor.follow(keys)
        if keys:
            assert cursor.key == keys[cursor.place]
            assert cursor.top <= cursor.place < cursor.top + room
            assert 0 <= cursor.top <= max(0, len(keys) - room)
        if before in keys and moved:
            assert cursor.key == before
        elif keys and not moved:
            assert (cursor.key, cursor.top) == (keys[0], 0)
        if turn < len(steps):
            cursor.move(steps[turn])
            assert not keys or cursor.key == keys[cursor.place]


@given(keys_lists.filter(lambda keys: len(keys) > 2), st.data())
def test_a_row_that_vanishes_hands_the_cursor_to_its_neighbour(keys: list[int], data: st.DataObject) -> None:
    """The next row still there is selected; at the end the one before."""
    place = data.draw(st.integers(1, len(keys) - 1))
    cursor = Cursor(_standing)
    cursor.room = 5
    cursor.follow(keys)
    cursor.move(place)
    left = [key for key in keys if key != keys[place]]
    cursor.follow(left)
    expected = keys[place + 1] if place + 1 < len(keys) else keys[place - 1]
    assert cursor.key == expected


def test_lines_that_do_not_stand_are_passed_over() -> None:
    """Advice under a finding is never selected."""
    cursor = Cursor(lambda key: isinstance(key, int))
    cursor.room = 10
    cursor.follow(["head", 1, "advice", 2, "advice"])
    chosen = [cursor.key]
    for step in (1, 1, -1):
        cursor.move(step)
        chosen.append(cursor.key)
    assert chosen == [1, 2, 2, 1]


def test_at_the_edge_the_view_jumps_half_a_page() -> None:
    """One repaint for many keys: the view does not scroll line by line."""
    cursor = Cursor(_standing)
    cursor.room = 10
    cursor.follow(list(range(100)))
    for _ in range(9):
        cursor.move(1)
    assert cursor.top == 0
    cursor.move(1)
    assert cursor.top == 5


def test_new_rows_at_the_top_come_into_view_only_from_the_top() -> None:
    """At the very top new trouble is shown; a reader further down keeps the place."""
    cursor = Cursor(_standing)
    cursor.room = 5
    cursor.follow(list(range(100)))
    cursor.follow([-1, *range(100)])
    assert (cursor.key, cursor.top) == (-1, 0)
    cursor.move(50)
    line = cursor.place - cursor.top
    cursor.follow([-3, -2, -1, *range(100)])
    assert cursor.place - cursor.top == line


@given(st.lists(st.dictionaries(st.integers(0, 60), st.none() | st.integers(0, 9), max_size=20), max_size=12))
def test_an_order_is_what_sorting_anew_would_give(changes: list[dict[int, int | None]]) -> None:
    """Moving single ranks and sorting from scratch agree."""
    order: Order[int] = Order()
    truth: dict[int, int] = {}
    for change in changes:
        order.put(change)
        for key, rank in change.items():
            if rank is None:
                truth.pop(key, None)
            else:
                truth[key] = rank
        assert order.ordered() == sorted(truth, key=lambda key: (truth[key], key))


pieces = st.lists(
    st.builds(lambda t: Piece(t, len(t), "plain"), st.text("ab ", min_size=1, max_size=4)),
    min_size=1,
    max_size=6,
)


def _pad(parts: Sequence[Piece]) -> Line:
    width = sum(part.width for part in parts)
    return Line((*parts, Piece(" " * (30 - width), 30 - width, "plain")) if width < 30 else tuple(parts))


@given(pieces, pieces)
def test_a_repainted_span_holds_every_difference(old: list[Piece], new: list[Piece]) -> None:
    """Outside the span both lines read the same; equal lines have no span."""
    before, after = _pad(old), _pad(new)
    span = changed(before, after)
    texts = ["".join(part.text for part in line.pieces) for line in (before, after)]
    if span is None:
        assert before == after
        return
    start, end = span[0], span[0] + span[1]
    assert texts[0][:start] == texts[1][:start]
    assert texts[0][end:] == texts[1][end:]


async def test_the_cursor_follows_its_device_up_the_list() -> None:
    """A selected device that gets into trouble is still selected where it goes."""
    async with drive(plant()) as d:
        cursor = d.grid("devices").cursor
        await d.press(*"jjjjjjj")
        chosen = cursor.key
        assert isinstance(chosen, Target)
        await d.send(finding(chosen.address, "mute", title="Accepts, says nothing."))
        assert cursor.key == chosen
        assert cursor.place < 4


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (20, 5)])
async def test_what_is_drawn_is_what_a_fresh_screen_would_draw(size: tuple[int, int]) -> None:
    """After many small changes each line equals the one of a grid drawn from nothing."""
    async with drive(plant(), size=size) as d:
        for turn in range(12):
            await d.press("j" if turn % 3 else "tab")
            await d.send(
                probed(f"10.20.0.{60 + turn}", ("refused", "timeout", "answers")[turn % 3], at=NOW),
                probed(f"10.20.0.{100 + turn}", at=NOW),
            )
        for grid in d.app.screen.query(Grid):
            held = [grid.render_line(y) for y in range(grid.size.height)]
            grid.again()
            grid.notify_style_update()
            assert [grid.render_line(y) for y in range(grid.size.height)] == held


async def test_only_changed_cells_are_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """One device that answers more slowly repaints a few cells of one line."""
    async with drive(plant()) as d:
        grid = d.grid("devices")
        painted = []
        monkeypatch.setattr(grid, "refresh", lambda *regions, **_: painted.extend(regions))
        await d.send(probed("10.20.0.61", ms=300.0))
        assert len(painted) == 1
        assert painted[0].height == 1
        assert painted[0].width < 20


async def test_a_step_of_time_without_an_event_redraws_only_ages() -> None:
    """Nothing new and a few seconds later: not one cell is repainted."""
    async with drive(plant()) as d:
        painted: list[object] = []
        for grid in d.app.screen.query(Grid):
            grid.refresh = lambda *regions, **_: painted.extend(regions)  # type: ignore[method-assign, assignment]
        d.feed.clock += 6
        d.app.frame()
        await d.pilot.pause()
        assert painted == []
