"""Text in terminal cells: the one place where it is made inert, cut and padded, and columns are laid out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size, split_graphemes

from tui.clean import clean

Tone: TypeAlias = Literal[
    "plain", "quiet", "strong", "bad", "warn", "note", "good", "head", "frame", "title", "here", "key", "loud"
]
"""What a text means; a theme says how that looks."""
Ground: TypeAlias = Literal["", "bar", "cursor", "rest"]
"""What a line lies on: the screen, the status bar, or the selected row with and without the focus."""
Align: TypeAlias = Literal["left", "right"]

TONES: Final[tuple[Tone, ...]] = (
    "plain", "quiet", "strong", "bad", "warn", "note", "good", "head", "frame", "title", "here", "key",
    "loud",
)  # fmt: skip
GROUNDS: Final[tuple[Ground, ...]] = ("", "bar", "cursor", "rest")

ELLIPSIS: Final = "…"
# Terminals disagree on what a variation selector does to the width before it.
_SELECTORS: Final = dict.fromkeys((*range(65024, 65040), *range(917760, 918000)))
_ASCII: Final = str.maketrans("▲△●○■□≥·…✓─│┌┐└┘├█░↓↑←→▁▂▃▄▅▆▇", "!a*o#o>..+-|+++++#.v^<>_.:-=+*")
SIGNS: Final = "".join(map(chr, _ASCII))
"""Every sign of the program's own that is not ASCII."""


class Cell(NamedTuple):
    """A text and what it means."""

    text: str = ""
    tone: Tone = "plain"


class Row(NamedTuple):
    """One line of a grid: a cell a column, or with *free* the cells one after another over all columns."""

    cells: tuple[Cell, ...]
    free: bool = False
    spill: bool = False
    """Whether the last text may run on over the empty cells after it."""


class Piece(NamedTuple):
    """A stretch of a drawn line, exactly *width* cells wide."""

    text: str
    width: int
    tone: Tone


class Line(NamedTuple):
    """One drawn line."""

    pieces: tuple[Piece, ...]
    ground: Ground = ""


class Column(NamedTuple):
    """One column of a grid."""

    title: str
    width: int
    flex: int = 0
    """Share of the room that is left over; 0 keeps the width."""
    align: Align = "left"
    least: int = 0
    """Narrowest grid that shows it; where there is no room for all, the highest goes first."""


class Slot(NamedTuple):
    """Where a column stands."""

    column: int
    width: int
    align: Align


def inert(text: str) -> str:
    """The text with nothing in it that a terminal would obey."""
    if text.isascii() and text.isprintable():
        return text
    return clean(text).translate(_SELECTORS)


def measure(text: str) -> int:
    """Cells that a text takes once it is inert."""
    return cell_len(inert(text))


def ascii_only(text: str) -> str:
    """The text as a terminal without Unicode can show it, as many cells wide."""
    if text.isascii():
        return text
    drawn = text.translate(_ASCII)
    return drawn if drawn.isascii() else "".join(c if c.isascii() else "?" * cell_len(c) for c in drawn)


@lru_cache(maxsize=4096)
def fit(text: str, width: int, align: Align = "left") -> str:
    """The text made inert and exactly *width* cells wide; what is cut off leaves an ellipsis."""
    if width <= 0:
        return ""
    text = inert(text)
    length = cell_len(text)
    if length > width:
        # A wide character across the edge gives way to a blank.
        return set_cell_size(text, width - 1) + ELLIPSIS
    blank = " " * (width - length)
    return blank + text if align == "right" else text + blank


def piece(text: str, width: int, tone: Tone = "plain", align: Align = "left") -> Piece:
    """A stretch of a line from any text."""
    return Piece(fit(text, width, align), width, tone)


def flow(cells: Sequence[Cell], width: int, gap: int = 2) -> tuple[Piece, ...]:
    """Cells one after another, *gap* apart, filling exactly *width*."""
    pieces: list[Piece] = []
    left = width
    for cell in cells:
        if left <= 0 or not cell.text:
            continue
        if pieces and gap:
            pieces.append(Piece(" " * min(gap, left), min(gap, left), "plain"))
            left -= gap
            if left <= 0:
                break
        size = min(measure(cell.text), left)
        pieces.append(piece(cell.text, size, cell.tone))
        left -= size
    if left > 0:
        pieces.append(Piece(" " * left, left, "plain"))
    return tuple(pieces)


def lay_out(columns: Sequence[Column], width: int, gap: int = 1) -> tuple[Slot, ...]:
    """The columns that a grid of this width shows, and how wide each is; together with gaps never wider."""
    shown = [(index, column) for index, column in enumerate(columns) if column.least <= width]
    # A figure cut in half misleads: a column that does not fit whole gives way.
    while (spare := width - sum(column.width for _, column in shown) - gap * (len(shown) - 1)) < 0:
        last = max(shown, key=lambda pair: pair[1].least)
        if not last[1].least:
            break
        shown.remove(last)
    shares = sum(column.flex for _, column in shown)
    slots: list[Slot] = []
    left = width
    for index, column in shown:
        size = column.width
        if column.flex and spare > 0:
            size += spare * column.flex // shares
        size = min(size, left)
        if size <= 0:
            break
        slots.append(Slot(index, size, column.align))
        left -= size + gap
    return tuple(slots)


def align(row: Row, slots: Sequence[Slot], width: int, gap: int = 1) -> tuple[Piece, ...]:
    """A row's cells in its columns, filling exactly *width*."""
    if row.free:
        return flow(row.cells, width)
    pieces: list[Piece] = []
    left = width
    tone: Tone = "plain"
    last = max((slot.column for slot in slots if row.cells[slot.column].text), default=-1)
    for slot in slots:
        cell = row.cells[slot.column]
        room = left if row.spill and slot.column == last else slot.width
        size = min(room + gap, left)
        # A blank looks the same in any tone: the one before saves a change of style. The gap goes with it.
        tone = cell.tone if cell.text else tone
        pieces.append(Piece(fit(cell.text, room, slot.align) + " " * (size - room), size, tone))
        left -= size
        if left <= 0:
            break
    if left > 0:
        pieces.append(Piece(" " * left, left, tone))
    return tuple(pieces)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most *width* cells, broken at spaces where there are any."""
    text = inert(text)
    if width <= 0:
        return []
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while cell_len(line) > width:
            spans, _ = split_graphemes(line)
            used = taken = 0
            for _start, end, size in spans:
                if used + size > width:
                    break
                used, taken = used + size, end
            # A character wider than the whole line is dropped rather than looped on.
            lines.append(line[:taken] if taken else "")
            line = line[taken:] if taken else line[1:]
    lines.append(line)
    return lines


def changed(old: Line, new: Line) -> tuple[int, int] | None:
    """First cell and number of cells in which two lines of one width differ, or None."""
    if old == new:
        return None
    width = sum(part.width for part in new.pieces)
    if old.ground != new.ground:
        return 0, width
    first = 0
    for before, after in zip(old.pieces, new.pieces, strict=False):
        if before != after:
            break
        first += after.width
    last = width
    for before, after in zip(reversed(old.pieces), reversed(new.pieces), strict=False):
        if before != after or last - after.width < first:
            break
        last -= after.width
    return first, max(last - first, 0)
