"""A widget drawn line by line that sends the terminal only the cells that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui import terminal
from tui.panes.cells import SIGNS, Line, Piece, ascii_only, changed
from tui.themes import styles_of


class Drawn(Widget, inherit_bindings=False):
    """Draws `paint()`; after `redraw()` only what differs from the lines before is repainted."""

    unicode: bool = terminal.carries(SIGNS)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._size_drawn: Size | None = None
        self._styles_drawn: dict[tuple[str, str], Style] = {}

    def paint(self, size: Size) -> Sequence[Line]:
        """Every line of the widget, each exactly as wide as *size*, at most as many as it is high."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Repaint the cells that differ from what was drawn before."""
        size = self.size
        if self._size_drawn != size:
            self._size_drawn = None
            self.refresh()
            return
        old, self._lines = self._lines, self.paint(size)
        regions = []
        blank = _blank(size.width)
        for y in range(size.height):
            before = old[y] if y < len(old) else blank
            after = self._lines[y] if y < len(self._lines) else blank
            span = changed(before, after)
            if span is not None:
                regions.append(Region(span[0], y, span[1], 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """One line for the compositor."""
        if self._size_drawn != self.size:
            self._size_drawn = self.size
            self._lines = self.paint(self.size)
        line = self._lines[y] if y < len(self._lines) else _blank(self.size.width)
        # Each change of style costs a dozen bytes: neighbours that look alike become one.
        runs = groupby(line.pieces, key=lambda part: self._style(part.tone, line.ground))
        segments = [Segment(self._plain("".join(part.text for part in run)), style) for style, run in runs]
        return Strip(segments, self.size.width)

    def _plain(self, text: str) -> str:
        return text if self.unicode else ascii_only(text)

    def _style(self, tone: str, ground: str) -> Style:
        # A frame stands beside the selected row, not in it.
        ground = "" if tone == "frame" else ground
        held = self._styles_drawn.get((tone, ground))
        if held is None:
            styles: Mapping[str, Style] = styles_of(self.app.theme)
            # The widget's own style carries the background, which blank segments do not inherit.
            held = self.rich_style + styles[tone]
            # What has a ground of its own, to be seen from afar, keeps it.
            if ground and styles[tone].bgcolor is None:
                held += styles[ground]
            self._styles_drawn[tone, ground] = held
        return held

    def on_unmount(self) -> None:
        """Let go of what was drawn: Textual holds on to the caches of widgets that are gone."""
        self._lines = ()
        self.refresh()

    def notify_style_update(self) -> None:
        """The theme or the focus changed: colours are worked out anew."""
        self._styles_drawn.clear()
        super().notify_style_update()


def _blank(width: int) -> Line:
    return Line((Piece(" " * width, width, "plain"),))
