"""Between Textual and the terminal: only what differs is sent, and the screen is the same."""

from __future__ import annotations

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.screen.cells import Cells
from tests.screen.terminal import Terminal, needs_tmux
from tests.screen.tty import SCREEN, Tty, monitor
from tui.differ import chosen
from tui.differ.canvas import Canvas
from tui.differ.pen import PLAIN, after, change

Piece = tuple[int, int, list[tuple[str, str]]]
_CODES = st.sampled_from(
    ["", "1", "2", "7", "4;1", "31", "92;44", "1;38;2;9;8;7;48;2;1;2;3", "48;5;17", "48;2;1;2;3", "39;49"]
)
_TEXT = st.one_of(
    st.text("a世 ", min_size=1, max_size=6),
    st.sampled_from(
        ["a世b", "世世", "─ █ ≥", "é" * 24, "a" + " " * 15, " " * 24, "x" * 24, "a\u0301b", "🙂b", "\ue0b0 "]
    ),
)
_SEGMENT = st.tuples(_CODES, _TEXT)
_PIECE = st.tuples(
    st.sampled_from([0, 0, 0, 1, 1, 2, 3, 8, 12, 23]),
    st.sampled_from([0, 0, 0, 0, 1, 3]),
    st.lists(_SEGMENT, min_size=1, max_size=3),
)
# Drawn from a few, so that much is drawn again over itself and over others.
_PIECES = st.lists(_PIECE, min_size=1, max_size=5)
_FRAME = st.tuples(
    st.lists(st.integers(0, 4), min_size=1, max_size=3), st.sampled_from([""] * 6 + ["\x1b[2J"])
)
_STEP = st.one_of(*[_FRAME] * 6, st.tuples(st.integers(20, 30), st.integers(2, 5)))


def _sent(pieces: list[Piece], more: str) -> str:
    """A frame as Textual writes it."""
    lines = []
    for x, y, segments in pieces:
        text = "".join(f"\x1b[{codes}m{text}\x1b[0m" if codes else text for codes, text in segments)
        lines.append(f"\x1b[{y + 1};{x + 1}H{text}{more}")
    return "".join(lines) + "\x1b[1;1H"


@settings(max_examples=350, deadline=None)
@given(_PIECES, st.lists(_STEP, min_size=2, max_size=10), st.booleans(), st.sampled_from([0, 1, 2]))
def test_the_screen_is_the_same(
    pieces: list[Piece], steps: list[tuple[object, object]], erases: bool, disputed: int
) -> None:
    """Whatever is drawn, at whatever sizes, and whatever a terminal makes of odd signs: no cell differs."""
    plain, differing = Cells(24, 4, disputed), Cells(24, 4, disputed)
    canvas = Canvas(24, 4, erases=erases)
    for first, second in steps:
        if isinstance(first, int) and isinstance(second, int):
            for cells in (plain, differing):
                cells.resize(first, second)
            canvas = Canvas(first, second, erases=erases)
        else:
            assert isinstance(first, list)
            frame = _sent([pieces[number % len(pieces)] for number in first], str(second))
            plain.feed(frame)
            differing.feed(canvas.frame(frame, cursor=True))
            assert differing.shown() == plain.shown()
            assert (differing.x, differing.y) == (plain.x, plain.y)


@given(_CODES, _CODES)
def test_a_change_of_pen_gives_the_pen_asked_for(before: str, wanted: str) -> None:
    """From any pen, or from one unknown, the codes sent lead to the pen wanted."""
    pen, aim = after(PLAIN, before), after(PLAIN, wanted)
    for known, codes in ((pen, change(pen, aim)), (pen, change(None, aim))):
        assert after(known, codes.removeprefix("\x1b[").removesuffix("m")) == aim if codes else known == aim


def _row(text: str, pen: str = "38;2;200;200;200;48;2;10;10;10") -> str:
    return f"\x1b[3;1H\x1b[{pen}m{text}\x1b[0m\x1b[1;1H"


def test_what_is_drawn_again_costs_nothing() -> None:
    """A region that Textual repaints though nothing in it changed sends no byte."""
    canvas = Canvas(80, 24, erases=True)
    assert canvas.frame(_row("boiler-2".ljust(80)), cursor=False)
    assert canvas.frame(_row("boiler-2".ljust(80)), cursor=False) == ""


def test_a_changed_figure_costs_the_figure() -> None:
    """One figure in a long row sends where, how and the figure; not the row."""
    canvas = Canvas(80, 24, erases=True)
    canvas.frame(_row("boiler-2   answers   12 ms".ljust(80)), cursor=False)
    sent = canvas.frame(_row("boiler-2   answers   19 ms".ljust(80)), cursor=False)
    assert sent == "\x1b[3;23H\x1b[0;38;2;200;200;200;48;2;10;10;10m9"


def test_what_stands_at_the_right_edge_is_not_walked_back_from() -> None:
    """Terminals differ on where the cursor is after the last column: the next place is told outright."""
    canvas = Canvas(80, 24, erases=True)
    for ends, wanted in (("ab", ""), ("yz", "\x1b[3;80H\x1b[my\x1b[4;79Hz")):
        rows = f"\x1b[3;1H{ends[0]:>80}\n\x1b[4;1H{ends[1]:>79} \x1b[1;1H"
        sent = canvas.frame(rows, cursor=False)
        assert not wanted or sent == wanted


def test_blanks_are_erased_only_where_that_leaves_their_ground() -> None:
    """A terminal that may erase to another colour is sent the blanks themselves."""
    for erases in (True, False):
        canvas = Canvas(80, 24, erases=erases)
        canvas.frame(_row("x" * 80), cursor=False)
        sent = canvas.frame(_row("x" * 10 + " " * 70), cursor=False)
        assert sent.endswith("\x1b[K") is erases
        assert sent.count(" ") == (0 if erases else 70)


def test_it_can_be_turned_off() -> None:
    """PORT502_DIFFER=0, or a driver of somebody's own, leaves Textual's choice."""
    assert chosen({}) is not None
    assert chosen({"PORT502_DIFFER": "0"}) is None
    assert chosen({"TEXTUAL_DRIVER": "own.driver:Own"}) is None


def _run(differ: str) -> tuple[Cells, int]:
    """The screen on the made-up plant after all sorts of acts, and the bytes that took."""
    with Tty(*SCREEN, env={"PORT502_DIFFER": differ}) as tty:
        tty.shows("boiler-2")
        tty.settle(0.4)
        first = len(tty.seen)
        _act(tty)
        cells = Cells(120, 40)
        cells.feed(bytes(tty.seen[:first]).decode())
        cells.resize(100, 30)
        cells.feed(bytes(tty.seen[first:]).decode())
        return cells, len(tty.seen)


def _act(tty: Tty) -> None:
    tty.cost(lambda: tty.resize(100, 30), 0.4)
    for keys in ("jjj", "s", "2", "?", "\x1b"):
        tty.cost(partial(tty.press, keys), 0.4)
    tty.cost(lambda: tty.signal(signal.SIGUSR2), 0.8)


@pytest.mark.timeout(60)
def test_a_real_terminal_shows_the_same_with_and_without() -> None:
    """After a resize, keys, a page opened and closed and rows that change, every cell is the same."""
    with ThreadPoolExecutor(2) as pool:
        (plain, whole), (differing, less) = pool.map(_run, ("0", "1"))
    assert "boiler-2" in differing.text()
    assert differing.shown() == plain.shown()
    assert less < whole / 2


def test_a_key_draws_all_of_it_again() -> None:
    """What something else has written on the terminal is drawn over when asked for, and only then."""
    with monitor() as tty:
        before = len(tty.seen)
        assert tty.cost(lambda: tty.press("\x0c"), 0.4) > 1500
        assert b"boiler-2" in tty.seen[before:]


@needs_tmux
@pytest.mark.timeout(60)
def test_tmux_shows_the_same_with_and_without(tmp_path: Path) -> None:
    """A terminal of somebody else's make, colours and all, which erases to no colour but its own."""
    shown = []
    for differ in ("0", "1"):
        terminal = Terminal(f"port502-differ-{os.getpid()}-{differ}", tmp_path)
        try:
            terminal.start(["env", f"PORT502_DIFFER={differ}", sys.executable, *SCREEN], 100, 30)
            terminal.wait_for("boiler-2")
            terminal.keys("j", "j", "s", "?")
            terminal.wait_for("Keys")
            terminal.resize(120, 40)
            terminal.keys("Escape")
            terminal.wait_for("3 Diagnosis", "boiler-2")
            cells = Cells(120, 40)
            cells.feed(terminal.settled())
            shown.append(cells.shown())
        finally:
            terminal.kill()
    assert shown[0] == shown[1]
