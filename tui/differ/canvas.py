"""What the terminal shows, and the cheapest way to what it is to show."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from tui.differ.frame import REST, Piece, read
from tui.differ.pen import PLAIN, Pen, blank, change, reach

_ERASE_FROM: Final = 5
"""Blanks that are worth erasing to the end of the line: the code takes three bytes, a change of pen more."""
_SKIP_FROM: Final = 12
"""Blanks that are worth erasing in the middle: the code and the way over them take up to ten bytes."""
_BACKSPACES: Final = 4
"""As many take no fewer bytes than the code that steps back."""
_OVER: Final = 8
"""More than this is never worth writing again to get across."""
_UNKNOWN: Final = "\0"


class Canvas:
    """The cells of a terminal, as far as they are known."""

    def __init__(self, columns: int, lines: int, *, erases: bool) -> None:
        self.size = (columns, lines)
        self.cursor = (0, 0)
        """Where Textual has left the cursor; not sent as long as the cursor is hidden."""
        self._erases = erases
        self._signs: list[list[str]] = []
        self._pens: list[list[Pen]] = []
        self._out: list[str] = []
        self._pen: Pen | None = None
        self._x: int | None = None
        self._y = 0
        self.forget()

    def forget(self) -> None:
        """Nothing is known of the terminal any more."""
        columns, lines = self.size
        self._signs = [[_UNKNOWN] * columns for _ in range(lines)]
        self._pens = [[PLAIN] * columns for _ in range(lines)]

    def frame(self, data: str, *, cursor: bool) -> str:
        """What to send for what Textual sends; empty if nothing differs. *cursor*: it is to be seen."""
        frame = read(data)
        # A line of one size on a terminal of another: nobody knows where it ends.
        if frame is None or any(piece.y >= self.size[1] or piece.x >= self.size[0] for piece in frame.pieces):
            self.forget()
            return f"\x1b[m{data}"
        self._out, self._pen, self._x = [], None, None
        for piece in frame.pieces:
            if piece.signs is None or piece.x + len(piece.signs) > self.size[0]:
                self._unsure(piece)
            else:
                self._piece(piece, piece.signs)
        if cursor and (self._out or self.cursor != frame.cursor):
            self._go(*frame.cursor)
        self.cursor = frame.cursor
        return "".join(self._out)

    def _unsure(self, piece: Piece) -> None:
        """Pass it on, and let the rest of its line be unknown."""
        self._write_with(PLAIN)
        self._out.append(piece.raw)
        self._x = None
        # Its first sign may part a wide one, or join the sign before it.
        begin = max(piece.x - 1, 0)
        self._signs[piece.y][begin:] = [_UNKNOWN] * (self.size[0] - begin)

    def _piece(self, piece: Piece, signs: list[str]) -> None:
        x, y, pens = piece.x, piece.y, piece.pens
        end = x + len(signs)
        shown, shown_pens = self._signs[y], self._pens[y]
        if shown[x:end] == signs and shown_pens[x:end] == pens:
            return
        changed = [
            at
            for at, (sign, pen) in enumerate(zip(signs, pens, strict=True), x)
            if shown[at] != sign or shown_pens[at] != pen
        ]
        self._part(y, x, end)
        # All that is left of the next change is as wanted by the time the cursor passes over it.
        shown[x:end], shown_pens[x:end] = signs, pens
        tail = self._tail(x, end, signs, pens, changed)
        done = x
        for at in changed:
            if at < done:
                continue
            if at >= tail:
                self._erase(at, y, pens[-1], "\x1b[K")
                break
            first = at - x - (signs[at - x] == REST)
            if run := self._blanks(first, x, signs, pens, changed):
                self._erase(at, y, pens[first], f"\x1b[{run}X")
                done = at + run
            else:
                cells = 1 + (signs[first + 1 : first + 2] == [REST])
                self._put(x + first, y, signs[first], pens[first], cells)
                done = x + first + cells

    def _part(self, y: int, x: int, end: int) -> None:
        """Half a wide character does not stand: what is beside the text may lose its other half."""
        shown = self._signs[y]
        if x and shown[x] == REST:
            shown[x - 1] = _UNKNOWN
        if end < self.size[0] and shown[end] == REST:
            shown[end] = _UNKNOWN

    def _tail(self, x: int, end: int, signs: list[str], pens: list[Pen], changed: list[int]) -> int:
        """Where the blanks begin that go to the end of the line; beyond it if they are not worth erasing."""
        width = self.size[0]
        if not self._erases or end < width or not _erasable(signs[-1], pens[-1]):
            return width
        first = len(signs)
        while first and signs[first - 1] == " " and pens[first - 1] == pens[-1]:
            first -= 1
        worth = sum(at >= x + first for at in changed[-_ERASE_FROM:])
        return x + first if worth >= _ERASE_FROM else width

    def _blanks(self, first: int, x: int, signs: list[str], pens: list[Pen], changed: list[int]) -> int:
        """How many blanks to erase from here on; 0 if to write those that changed is shorter."""
        if not self._erases or not _erasable(signs[first], pens[first]):
            return 0
        last = first
        while last < len(signs) and signs[last] == " " and pens[last] == pens[first]:
            last += 1
        if last - first < _SKIP_FROM:
            return 0
        erased = changed[bisect_left(changed, x + first) : bisect_left(changed, x + last)]
        return erased[-1] + 1 - x - first if len(erased) >= _SKIP_FROM else 0

    def _erase(self, x: int, y: int, pen: Pen, code: str) -> None:
        self._go(x, y)
        self._write_with(pen if self._pen is None else reach(self._pen, pen))
        self._out.append(code)

    def _put(self, x: int, y: int, sign: str, pen: Pen, cells: int) -> None:
        """Write one character."""
        self._go(x, y)
        self._write_with(reach(self._pen, pen) if sign == " " and self._pen is not None else pen)
        self._out.append(sign)
        # At the right edge terminals differ on where the cursor stands.
        self._x = x + cells if x + cells < self.size[0] else None

    def _write_with(self, pen: Pen) -> None:
        self._out.append(change(self._pen, pen))
        self._pen = pen

    def _go(self, x: int, y: int) -> None:
        """Move the cursor."""
        if (x, y) == (self._x, self._y):
            return
        ways = [f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"]
        if self._x is not None:
            if y == self._y and x > self._x:
                ways.append(self._over(y, self._x, x))
                ways.append(_steps(x - self._x, "C"))
            elif y >= self._y and x <= self._x:
                down = _steps(y - self._y, "B") if y > self._y else ""
                back = self._x - x
                ways.append(down + ("\b" * back if back < _BACKSPACES else _steps(back, "D")))
        self._out.append(min(filter(None, ways), key=lambda way: len(way.encode())))
        self._x, self._y = x, y

    def _over(self, y: int, x: int, end: int) -> str:
        """What is shown between, if the pen at hand writes it."""
        signs, pens = self._signs[y][x:end], self._pens[y][x:end]
        pen = self._pen
        if end - x > _OVER or pen is None or _UNKNOWN in signs or REST in signs:
            return ""
        ground = blank(pen)
        fits = all(there == (ground if sign == " " else pen) for sign, there in zip(signs, pens, strict=True))
        return "".join(signs) if fits else ""


def _erasable(sign: str, pen: Pen) -> bool:
    return sign == " " and not pen.attributes


def _steps(count: int, letter: str) -> str:
    return f"\x1b[{count if count > 1 else ''}{letter}"
