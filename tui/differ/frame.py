"""What Textual sends, read into cells: pieces of text, each at its place."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from rich.cells import get_character_cell_size

from tui.differ.pen import PLAIN, Pen, UnknownStyleError, after, blank

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<y>\d{1,5});(?P<x>\d{1,5})H|\x1b\[(?P<codes>[\d;]*)m|(?P<line>\n)|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)
_SURELY_WIDE: Final = (
    (0x3041, 0x33FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xF900, 0xFAFF),
    (0xFF01, 0xFF60),
)
"""Kana, Chinese and Korean: two cells on every terminal. Of emoji terminals think differently."""
_UNSURE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp"})
_KEPT: Final = 4096

REST: Final = ""
"""The second cell of a wide character."""


class Piece(NamedTuple):
    """Text at a place; its cells, or None where no one can say how many a terminal would take for it."""

    x: int
    y: int
    raw: str
    signs: list[str] | None
    pens: list[Pen]


class Frame(NamedTuple):
    """Pieces in the order of writing, and where the cursor is left."""

    pieces: list[Piece]
    cursor: tuple[int, int]


@lru_cache(_KEPT)
def width(sign: str) -> int:
    """The cells that every terminal takes for it; 0 where they may differ."""
    if unicodedata.category(sign) in _UNSURE:
        return 0
    cells = get_character_cell_size(sign)
    if unicodedata.east_asian_width(sign) in {"W", "F"}:
        return cells if any(low <= ord(sign) <= high for low, high in _SURELY_WIDE) else 0
    return 1 if cells == 1 else 0


def read(data: str) -> Frame | None:
    """The frame that *data* is; None if anything in it is not understood."""
    pieces: list[Piece] = []
    place: tuple[int, int] | None = None
    pen, start, end = PLAIN, 0, 0
    signs: list[str] = []
    pens: list[Pen] = []
    sure = True
    for token in _TOKEN.finditer(data):
        if token.start() != end:
            return None
        end = token.end()
        kind = token.lastgroup
        if kind == "text":
            if place is None:
                return None
            sure = _add(token["text"], pen, signs, pens) and sure
        elif kind == "codes":
            try:
                pen = after(pen, token["codes"])
            except UnknownStyleError:
                return None
        else:
            if pen is not PLAIN and pen != PLAIN:
                return None
            if place is not None and (signs or not sure):
                pieces.append(Piece(*place, data[start : token.start()], signs if sure else None, pens))
            place = None if kind == "line" else (max(int(token["x"]) - 1, 0), max(int(token["y"]) - 1, 0))
            start, signs, pens, sure = token.start(), [], [], True
    if end != len(data) or place is None or signs or not sure:
        return None
    return Frame(pieces, place)


def _add(text: str, pen: Pen, signs: list[str], pens: list[Pen]) -> bool:
    """Add the cells of *text*; False if their number is not sure."""
    if not text.isascii():
        widths = [width(sign) for sign in text]
        if 0 in widths:
            return False
        if max(widths) > 1:
            for sign, cells in zip(text, widths, strict=True):
                signs += (sign, REST)[:cells]
                pens += (blank(pen) if sign == " " else pen,) * cells
            return True
    signs += text
    ground = blank(pen)
    if ground == pen or " " not in text:
        pens += (pen,) * len(text)
    else:
        pens += [ground if sign == " " else pen for sign in text]
    return True
