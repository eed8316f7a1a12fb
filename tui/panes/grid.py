"""A pane: a title, a header and keyed rows, of which only those in view are ever worked out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from textual import events
from textual.geometry import Size
from textual.message import Message

from tui.panes.cells import Cell, Ground, Line, Piece, Row, Slot, align, flow, lay_out, measure, piece
from tui.panes.cursor import Cursor
from tui.panes.drawn import Drawn
from tui.panes.view import Content, View
from tui.records import Target
from tui.state.model import DirtyKey

_HEADER_FROM: Final = 5
"""Lines a pane must have before one is spent on column titles."""


class Grid(Drawn, can_focus=True):
    """Rows by key. The cursor is a key as well: whatever moves, the same row stays selected."""

    class Focused(Message):
        """A pane was given the focus."""

        def __init__(self, grid: Grid) -> None:
            super().__init__()
            self.grid = grid

    def __init__(self, content: Content, *, number: int, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.content = content
        self.number = number
        self.cursor = Cursor(content.stands)
        self._view: View | None = None

    @property
    def framed(self) -> bool:
        """Whether lines run around it, as where panes stand side by side; else its title is a rule."""
        return self.screen.has_class("-wide") and self.screen.has_class("-tall")

    # What it shows.

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:
        """Show the present, of which only what *dirty* names has changed; None is everything."""
        self._view = view
        # A pane that is only now put in the place of another has no size yet.
        self.content.width = max(self._inner(self.size), 0) or self.content.width
        self.cursor.room = self._room(self.size)
        self.cursor.follow(self.content.take(view, dirty))
        self._chosen()
        self.redraw()

    def again(self, *, home: bool = False) -> None:
        """Work everything out anew, as after a new filter or sort; with *home* from the first row."""
        if self._view is not None:
            view = self._view
            self.cursor.follow(self.content.take(view, None))
            if home:
                self.cursor.home()
            self._chosen()
            self.redraw()

    def _chosen(self) -> None:
        """The selected line may show more than it does otherwise."""
        keys = self.content.choose(self.cursor.key)
        if keys is not None:
            self.cursor.follow(keys)

    @property
    def target(self) -> Target | None:
        """The device that the selected row is about."""
        return self.content.target(self.cursor.key) if self.cursor.keys else None

    @property
    def finding(self) -> str | None:
        """The finding that the selected row is about."""
        return self.content.finding(self.cursor.key) if self.cursor.keys else None

    # Moving.

    def move(self, step: int) -> None:
        """Select another row, *step* further down."""
        self.cursor.move(step)
        self._chosen()
        self.redraw()

    def next(self, wanted: Callable[[Hashable], bool]) -> None:
        """Select the next wanted line below, else the first above, else the first of all."""
        cursor = self.cursor
        following = (*range(cursor.place + 1, len(cursor.keys)), *range(cursor.place))
        at = next((place for place in following if wanted(cursor.keys[place])), None)
        if at is None:
            cursor.home()
        else:
            cursor.go(at)
        self._chosen()
        self.redraw()

    @property
    def in_view(self) -> Sequence[Hashable]:
        """The keys of the lines that are on the screen."""
        return self.cursor.keys[self.cursor.top : self.cursor.top + self.cursor.room] if self.display else ()

    def page(self, direction: int) -> None:
        """Select the row a page further."""
        self.move(direction * max(1, self.cursor.room - 1))

    def edge(self, direction: int) -> None:
        """Select the first or the last row."""
        self.move(direction * (len(self.cursor.keys) + 1))

    def on_resize(self) -> None:
        """More or fewer rows fit."""
        width = self._inner(self.size)
        if width > 0 and width != self.content.width:
            self.content.width = width
            self.again()

    def on_focus(self, event: events.Focus) -> None:
        """The selected row shows it, and the screen gives this pane more room."""
        event.stop()
        self.redraw()
        self.post_message(self.Focused(self))

    def on_blur(self) -> None:
        """The selected row shows it."""
        self.redraw()

    # Drawing.

    @staticmethod
    def _above(size: Size) -> int:
        return 2 if size.height >= _HEADER_FROM else 1 if size.height > 1 else 0

    def _room(self, size: Size) -> int:
        return max(1, size.height - self._above(size) - (1 if self.framed else 0))

    def _inner(self, size: Size) -> int:
        return size.width - 2 if self.framed else size.width

    def paint(self, size: Size) -> Sequence[Line]:
        """Title, column titles, rows, and the lower edge of the frame."""
        width, height = size
        inner = self._inner(size)
        if inner <= 0 or height <= 0:
            return ()
        cursor = self.cursor
        cursor.room = self._room(size)
        cursor.clamp()
        above = self._above(size)
        slots = lay_out(self.content.columns, inner)
        lines: list[Line] = []
        if above:
            lines.append(self._heading(width))
        if above > 1:
            lines.append(self._edged(Line(align(self._titles(), slots, inner))))
        window = range(cursor.top, cursor.top + cursor.room)
        lines.extend(self._edged(self._line(place, slots, inner)) for place in window)
        if self.framed:
            lines.append(Line((Piece("└" + "─" * inner + "┘", width, "frame"),)))
        return lines[:height]

    def _line(self, place: int, slots: Sequence[Slot], inner: int) -> Line:
        keys = self.cursor.keys
        if place < len(keys):
            key = keys[place]
            chosen = key == self.cursor.key
            ground: Ground = "" if not chosen else "cursor" if self.has_focus else "rest"
            return Line(align(self.content.row(key), slots, inner), ground)
        said = f" {self.content.empty}" if place == 0 and self._view is not None else ""
        return Line((piece(said, inner, "quiet"),))

    def _titles(self) -> Row:
        return Row(tuple(Cell(column.title, "head") for column in self.content.columns))

    def _heading(self, width: int) -> Line:
        """The title, drawn into the upper edge; at its end which rows are in view, where not all are."""
        content, cursor = self.content, self.cursor
        cells = [Cell(f"{self.number} {content.title}", "here" if self.has_focus else "title")]
        if content.sort:
            cells.append(Cell(f"by {content.sorts[content.sort]}", "note"))
        if content.needle:
            cells.append(Cell(f"/{content.needle}", "note"))
        if above := sum(map(content.alarms, cursor.keys[: cursor.top])):
            cells.append(Cell(f"▲ {above} above", "bad"))
        cells.append(Cell(content.summary(), "plain" if self.has_focus else "quiet"))
        last = min(cursor.top + cursor.room, len(cursor.keys))
        position = (
            f" {cursor.top + 1}-{last} of {len(cursor.keys)} " if len(cursor.keys) > cursor.room else ""
        )
        left, right = ("┌ ", "┐") if self.framed else ("─ ", "─")
        room = width - 3
        if room <= 0:
            return Line((piece(f"{self.number}", width, "title"),))
        said = [cell for cell in cells if cell.text]
        used = sum(measure(cell.text) for cell in said) + 2 * (len(said) - 1) + 1
        rule = room - used - len(position)
        if rule < 0:
            position, rule = "", room - used
        pieces = [Piece(left, 2, "frame"), *flow(said, min(used, room))]
        if rule > 0:
            pieces.append(Piece("─" * rule, rule, "frame"))
        if position:
            pieces.append(Piece(position, len(position), "quiet"))
        pieces.append(Piece(right, 1, "frame"))
        return Line(tuple(pieces))

    def _edged(self, line: Line) -> Line:
        if not self.framed:
            return line
        return Line((Piece("│", 1, "frame"), *line.pieces, Piece("│", 1, "frame")), line.ground)
