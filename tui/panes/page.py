"""Text to read: paragraphs wrapped to the width, scrolled by key, repainted only where they changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.geometry import Size

from tui.panes.cells import Cell, Line, Piece, Tone, flow, measure, piece, wrap
from tui.panes.drawn import Drawn


class Para(NamedTuple):
    """A label in the margin and a text beside it, or a text alone; no text is a blank line."""

    text: str = ""
    tone: Tone = "plain"
    label: str = ""
    margin: int = 0
    """Cells kept free on the left, in which the label stands."""
    label_tone: Tone = "quiet"


def heading(text: str) -> tuple[Para, Para]:
    """A blank line and a title."""
    return Para(), Para(text, "here")


def set_lines(paras: Sequence[Para], width: int) -> list[Line]:
    """The paragraphs as lines exactly *width* wide."""
    lines: list[Line] = []
    for para in paras:
        # On a screen too narrow for a margin the label stands over its text.
        margin = min(para.margin, max(2, width // 3))
        for index, text in enumerate(wrap(para.text, max(1, width - margin - 1))):
            label = para.label if not index else ""
            if margin and measure(label) >= margin and label:
                lines.append(Line((piece(f" {label}", width, para.label_tone),)))
                label = ""
            lead = (piece(f" {label}", margin, para.label_tone),) if margin else ()
            rest = width - margin
            lines.append(Line((*lead, piece(f" {text}", rest, para.tone))))
    return lines


class Page(Drawn, can_focus=True):
    """A page of text."""

    def __init__(self, *, id: str = "page") -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._title = ""
        self._paras: Sequence[Para] = ()
        self._set: list[Line] = []
        self._set_for: tuple[Sequence[Para], int] = ((), 0)
        self._top = 0

    def take(self, title: str, paras: Sequence[Para]) -> None:
        """Show this text; the reader's place is kept."""
        self._title, self._paras = title, paras
        self.redraw()

    def move(self, step: int) -> None:
        """Scroll by lines; past the edge of the page nothing happens."""
        self._top += step
        self.redraw()

    def page(self, direction: int) -> None:
        """Scroll by a page."""
        self.move(direction * max(1, self.size.height - 2))

    def edge(self, direction: int) -> None:
        """Scroll to an end."""
        self.move(direction * (len(self._set) + 1))

    def paint(self, size: Size) -> Sequence[Line]:
        """The title as a rule, and what of the text is in view."""
        width, height = size
        if width <= 0 or height <= 0:
            return ()
        if self._set_for[0] is not self._paras or self._set_for[1] != width:
            self._set = set_lines(self._paras, width)
            self._set_for = self._paras, width
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
        return [*lines, *self._set[self._top : self._top + room]]
