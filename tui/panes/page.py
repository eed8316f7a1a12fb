"""Text to read: paragraphs wrapped to the width, scrolled by key, repainted only where they changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from textual.geometry import Size

from tui.panes.cells import Cell, Line, Piece, Tone, flow, measure, piece, wrap
from tui.panes.drawn import Drawn

_WIDEST: Final = 110
"""Cells of text in a line: the eye loses its way back from the end of a longer one."""
_LISTED: Final = 3
"""Sections from which a page begins with a list of them."""


class Picture(Protocol):
    """What draws itself in the width there is."""

    def lines(self, width: int) -> Sequence[Line]:
        """Lines exactly *width* wide."""
        ...


class Para(NamedTuple):
    """A label in the margin and a text beside it, or a text alone; no text is a blank line."""

    text: str = ""
    tone: Tone = "plain"
    label: str = ""
    margin: int = 0
    """Cells kept free on the left, in which the label stands."""
    label_tone: Tone = "quiet"
    section: bool = False
    """Whether a part of the page begins here, to which keys go."""
    picture: Picture | None = None
    """Drawn in place of the text."""


def heading(text: str) -> tuple[Para, Para]:
    """A blank line and a title."""
    return Para(), Para(text, "here", section=True)


def text_width(width: int) -> int:
    """Cells of text in a line of a page this wide: one is kept free at each side."""
    return max(1, min(width - 2, _WIDEST))


def set_lines(paras: Sequence[Para], width: int) -> list[Line]:
    """The paragraphs as lines exactly *width* wide."""
    return [line for para in paras for line in _lines(para, width)]


def _lines(para: Para, width: int) -> Iterator[Line]:
    if para.picture is not None:
        yield from para.picture.lines(width)
        return
    # On a screen too narrow for a margin the label stands over its text.
    margin = min(para.margin, max(2, width // 3))
    for index, text in enumerate(wrap(para.text, max(1, text_width(width) - margin))):
        label = para.label if not index else ""
        if margin and measure(label) >= margin and label:
            yield Line((piece(f" {label}", width, para.label_tone),))
            label = ""
        lead = (piece(f" {label}", margin, para.label_tone),) if margin else ()
        yield Line((*lead, piece(f" {text}", width - margin, para.tone)))


def _contents(names: Sequence[str], width: int) -> Iterator[Line]:
    """Which sections there are, and the key of each."""
    rows: list[list[Cell]] = [[]]
    used = 0
    for number, name in enumerate(names, 1):
        wide = measure(f" {number} {name} ")
        if rows[-1] and used + wide > text_width(width) + 1:
            rows.append([])
            used = 0
        rows[-1] += [Cell(f" {number} ", "key"), Cell(f"{name} ", "quiet")]
        used += wide
    for row in rows:
        yield Line(flow(row, width, gap=0))


class Page(Drawn, can_focus=True):
    """A page of text."""

    def __init__(self, *, id: str = "page") -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title = ""
        self._paras: Sequence[Para] = ()
        self._listed = True
        self._set: list[Line] = []
        self._set_for: tuple[Sequence[Para], int] = ((), 0)
        self._sections: list[int] = []
        """The lines on which they begin."""
        self._at: int | None = None
        """The section that was gone to, as long as nothing else was."""
        self._top = 0

    def take(self, title: str, paras: Sequence[Para], *, listed: bool = True) -> None:
        """Show this text, *listed* with a list of its parts first; the reader's place is kept."""
        self._title, self._paras, self._listed = title, paras, listed
        self.redraw()

    def move(self, step: int) -> None:
        """Scroll by lines; past the edge of the page nothing happens."""
        self._at = None
        self._top += step
        self.redraw()

    def page(self, direction: int) -> None:
        """Scroll by a page."""
        self.move(direction * max(1, self.size.height - 2))

    def edge(self, direction: int) -> None:
        """Scroll to an end."""
        self.move(direction * (len(self._set) + 1))

    def section(self, number: int) -> None:
        """Go to a section, counted from 0; where there is none nothing happens."""
        if 0 <= number < len(self._sections):
            self._at, self._top = number, self._sections[number]
            self.redraw()

    def turn(self, step: int) -> None:
        """Go to the next section or the one before; after the last comes the beginning."""
        # The last ones may be too near the end to come to the top.
        passed = bisect_right(self._sections, self._top) - 1
        here = self._at if self._at is not None else passed
        back = step < 0 and self._at is None and here >= 0 and self._sections[here] < self._top
        there = here if back else (here + 1 + step) % (len(self._sections) + 1) - 1
        if there < 0:
            self.edge(-1)
        else:
            self.section(there)

    def paint(self, size: Size) -> Sequence[Line]:
        """The title as a rule, and what of the text is in view."""
        width, height = size
        if width <= 0 or height <= 0:
            return ()
        if self._set_for[0] is not self._paras or self._set_for[1] != width:
            self._lay_out(width)
        room = max(1, height - 1)
        self._top = max(0, min(self._top, len(self._set) - room))
        below = len(self._set) - room - self._top
        more = f" {below} more lines " if below > 0 else ""
        used = min(measure(self._title) + 1, max(0, width - 2))
        rule = width - 2 - used - len(more)
        if rule < 0:
            more, rule = "", width - 2 - used
        title = (
            Piece("─ "[:width], min(2, width), "frame"),
            *flow([Cell(self._title, "here")], used),
            Piece("─" * rule, max(0, rule), "frame"),
            Piece(more, len(more), "quiet"),
        )
        lines = [Line(title)] if height > 1 else []
        at = None if self._at is None or self._at >= len(self._sections) else self._sections[self._at]
        for number, line in enumerate(self._set[self._top : self._top + room], self._top):
            lines.append(line._replace(ground="rest") if number == at else line)
        return lines

    def _lay_out(self, width: int) -> None:
        names = [para.text for para in self._paras if para.section]
        self._set, self._sections = [], []
        if listed := self._listed and len(names) >= _LISTED:
            self._set += [*_contents(names, width), *set_lines([Para()], width)]
        for para in self._paras:
            if para.section:
                self._sections.append(len(self._set))
            numbered = para.section and listed
            text = f"{len(self._sections)} {para.text}" if numbered else para.text
            self._set += _lines(para._replace(text=text), width)
        self._set_for = self._paras, width
        if self._at is not None and self._at < len(self._sections):
            self._top = self._sections[self._at]
