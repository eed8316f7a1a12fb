"""The title and the bell of a real terminal."""

from __future__ import annotations

import re
import signal
from typing import Final

from tests.screen.tty import Tty
from tests.waiting import eventually

_PROGRAM: Final = """
import signal
from tui import terminal
terminal.prepare()
from tests.screen.plant import NOW, FakeFeed, finding, plant
from tui.announce import Announcer
from tui.app import Port502
feed = FakeFeed(plant())
new = finding("10.20.0.60", "mute", opened_at=NOW + 1, witnessed=True)
signal.signal(signal.SIGUSR1, lambda *_: feed.send(new))
Port502(feed, announcer=Announcer(bell=True, title=True)).run(mouse=False)
"""
_SAVED, _RESTORED = b"\x1b[22;2t", b"\x1b[23;2t"
_TITLE: Final = re.compile(rb"\x1b\]2;([^\x07]*)\x07")


_COMMAND: Final = re.compile(rb"\x1b\][^\x07]*\x07")
"""Titles and whatever else ends as they do, in what is no bell."""


def _bells(tty: Tty) -> int:
    return _COMMAND.sub(b"", bytes(tty.seen)).count(b"\x07")


def test_the_window_has_its_own_title_back_at_the_end() -> None:
    """Saved before anything is written to it, told what is wrong, given back; new trouble rings once."""
    with Tty("-c", _PROGRAM) as tty:
        tty.shows("2 unacknowledged, 10.20.0.12")
        tty.settle()
        seen = bytes(tty.seen)
        assert 0 <= seen.index(_SAVED) < seen.index(b"\x1b]2;")
        assert _bells(tty) == 0
        tty.signal(signal.SIGUSR1)
        tty.shows("3 unacknowledged, 10.20.0.60")
        eventually(lambda: _bells(tty) == 1, "the bell")
        tty.settle()
        assert _bells(tty) == 1
        tty.press("q")
        assert tty.ends_within(5.0) == 0
        eventually(lambda: _RESTORED in bytes(tty.seen), "the title that was there before")
        titles = _TITLE.findall(bytes(tty.seen))
        assert [title.partition(b",")[0] for title in titles][-1] == b"port502: 3 unacknowledged"


def test_a_title_costs_the_cells_nothing() -> None:
    """What the terminal shows stands after a title and a bell: they send nothing of it again."""
    with Tty("-c", _PROGRAM) as tty:
        tty.shows("2 unacknowledged, 10.20.0.12")
        tty.settle()
        cost = tty.cost(lambda: tty.signal(signal.SIGUSR1))
        assert _bells(tty) == 1
        assert cost < 3_000  # all of the screen is three times that
