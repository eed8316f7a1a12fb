"""The moment of the past that the screen shows: its time large, how long ago it was, and what happened."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from textual.geometry import Size

from tui.actions import key_of
from tui.panes import words
from tui.panes.cells import Cell, Line, Piece, flow
from tui.panes.drawn import Drawn
from tui.state.model import Snapshot

_BIG_FROM: Final = 5
"""Lines from which the time is drawn large."""
_BESIDE_FROM: Final = 90
"""Cells from which there is room beside it."""
_BIG: Final = 44
"""Cells that the time takes when it is large."""
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KEYS: Final = (
    ("earlier", "earlier"), ("later", "later"), ("hour-back", "an hour back"), ("live", "present"),
    ("before", "before the finding"),
)  # fmt: skip


class Wound(NamedTuple):
    """Where in the past the screen is, and how the present does meanwhile."""

    at: float
    turns: tuple[str, ...]
    """What happened at the moment."""
    more: int
    """Turns beyond those."""
    back: int
    """Moments of note since."""
    first: bool
    """Whether nothing older is recorded."""
    asked: str
    """What the moment was looked for; empty where it was wound to."""
    present: Snapshot
    now: float
    new: int
    """Findings that nobody has acknowledged in the present."""

    @property
    def news(self) -> str:
        """How the present does, for the status line."""
        return f"present: {self.new} in trouble" if self.new else "present: no new trouble"

    @property
    def told(self) -> tuple[str, ...]:
        """What happened, in whole lines."""
        said = self.turns or ("the recording begins here",) * self.first
        lead = (f"before {self.asked}:",) if self.asked else ()
        return (*lead, *said, *((f"and {self.more} more",) if self.more else ()))


def _when(wound: Wound) -> list[Cell]:
    at = time.localtime(wound.at)
    ago = words.age(max(0.0, wound.now - wound.at))
    return [
        Cell(" PAST ", "loud"),
        Cell(f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}", "here"),
        Cell(f"{_DAYS[at.tm_wday]} {at.tm_year}-{at.tm_mon:02}-{at.tm_mday:02}", "strong"),
        Cell("just now" if ago == "now" else f"{ago} ago"),
        Cell("nothing older is recorded" if wound.first else f"{wound.back} back", "quiet"),
    ]


def _keys() -> Iterator[Cell]:
    for name, does in _KEYS:
        yield Cell(f"{key_of(name)} {does}", "quiet")


def _line(cells: Sequence[Cell], width: int) -> Line:
    return Line((Piece(" ", 1, "plain"), *flow(cells, max(0, width - 1))) if width else ())


def small(wound: Wound, size: Size) -> list[Line]:
    """The moment in one to three lines."""
    when, told = _when(wound), Cell("; ".join(wound.told))
    if size.height == 1:
        return [_line([*when[:2], told], size.width)]
    keys = [_line([*_keys()], size.width)] if size.height > 2 else []  # noqa: PLR2004 - the lines themselves
    return [_line(when, size.width), _line([told], size.width), *keys]


def large(wound: Wound, size: Size) -> list[Line]:
    """The time in large figures, and beside it the rest."""
    from tui.panes.big import HEIGHT, SCALES, draw, width  # noqa: PLC0415 - not needed for the first frame

    told = [*wound.told]
    if len(told) > HEIGHT - 2:
        told = [*told[: HEIGHT - 3], "; ".join(told[HEIGHT - 3 :])]
    when = _when(wound)
    beside = [[when[0], *when[2:]], *([Cell(each)] for each in told)]
    beside += [[Cell()]] * (HEIGHT - 1 - len(beside))
    beside.append([*_keys()])
    used = width(when[1].text, SCALES[-1])
    figures = draw(when[1].text, SCALES[-1], used, "here")
    blank, gap = Piece(" ", 1, "plain"), Piece(" " * (_BIG - used), _BIG - used, "plain")
    return [
        Line((blank, *left, gap, *_line(right, size.width - _BIG - 1).pieces))
        for left, right in zip(figures, beside, strict=True)
    ]


class Banner(Drawn):
    """The moment; away while the screen shows the present."""

    def __init__(self) -> None:
        super().__init__(id="banner")
        self._wound: Wound | None = None
        self.add_class("-away")

    def on_mount(self) -> None:
        """A page may be opened in the past."""
        self.take(getattr(self.app, "wound", None))

    def take(self, wound: Wound | None) -> None:
        """Show this moment; None is the present."""
        self._wound = wound
        self.set_class(wound is None, "-away")
        self.redraw()

    def paint(self, size: Size) -> Sequence[Line]:
        """As large as there is room."""
        if self._wound is None or not size.height:
            return ()
        if size.height >= _BIG_FROM and size.width >= _BESIDE_FROM:
            return large(self._wound, size)
        return small(self._wound, size)
