"""Letters of five by five blocks, to be read from across a room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from tui.panes.cells import Piece, Tone

HEIGHT: Final = 5
"""Blocks of a letter, from top to bottom."""
_BLANK: Final = 3
"""Blocks of a space between words, and of a letter that is not known."""

# One string a letter: its five lines, parted by spaces.
_FONT: Final[dict[str, str]] = {
    "0": ".###. #..## #.#.# ##..# .###.", "1": ".#. ##. .#. .#. ###",
    "2": "####. ....# .###. #.... #####", "3": "####. ....# .###. ....# ####.",
    "4": "#..#. #..#. ##### ...#. ...#.", "5": "##### #.... ####. ....# ####.",
    "6": ".###. #.... ####. #...# .###.", "7": "##### ....# ...#. ..#.. ..#..",
    "8": ".###. #...# .###. #...# .###.", "9": ".###. #...# .#### ....# .###.",
    "A": ".###. #...# ##### #...# #...#", "B": "####. #...# ####. #...# ####.",
    "C": ".#### #.... #.... #.... .####", "D": "####. #...# #...# #...# ####.",
    "E": "##### #.... ####. #.... #####", "F": "##### #.... ####. #.... #....",
    "G": ".#### #.... #..## #...# .####", "H": "#...# #...# ##### #...# #...#",
    "I": "### .#. .#. .#. ###", "J": "....# ....# ....# #...# .###.",
    "K": "#...# #..#. ###.. #..#. #...#", "L": "#.... #.... #.... #.... #####",
    "M": "#...# ##.## #.#.# #...# #...#", "N": "#...# ##..# #.#.# #..## #...#",
    "O": ".###. #...# #...# #...# .###.", "P": "####. #...# ####. #.... #....",
    "Q": ".###. #...# #.#.# #..#. .##.#", "R": "####. #...# ####. #..#. #...#",
    "S": ".#### #.... .###. ....# ####.", "T": "##### ..#.. ..#.. ..#.. ..#..",
    "U": "#...# #...# #...# #...# .###.", "V": "#...# #...# #...# .#.#. ..#..",
    "W": "#...# #...# #.#.# ##.## #...#", "X": "#...# .#.#. ..#.. .#.#. #...#",
    "Y": "#...# .#.#. ..#.. ..#.. ..#..", "Z": "##### ...#. ..#.. .#... #####",
    ".": ". . . . #", ":": ". # . # .", ",": ".. .. .. .# #.", "-": "... ... ### ... ...",
    "/": "....# ...#. ..#.. .#... #....", "+": "... .#. ### .#. ...", "!": "# # # . #",
    "_": "... ... ... ... ###", "'": "# # . . .", "(": ".# #. #. #. .#", ")": "#. .# .# .# #.",
}  # fmt: skip


class Scale(NamedTuple):
    """Cells that one block is wide and high."""

    across: int
    down: int


SCALES: Final = (
    Scale(8, 4), Scale(6, 3), Scale(5, 3), Scale(4, 2), Scale(3, 2), Scale(2, 1), Scale(1, 1),
)  # fmt: skip
"""Largest first. A cell is about twice as high as wide: the smallest letters are narrow ones."""


@cache
def _glyph(letter: str) -> tuple[str, ...]:
    drawn = _FONT.get(letter)
    return tuple(drawn.split(" ")) if drawn else ("." * _BLANK,) * HEIGHT


def _glyphs(text: str) -> Iterator[tuple[str, ...]]:
    return (_glyph(letter) for letter in text.upper())


def drawable(text: str) -> bool:
    """Whether there is a letter for all of it."""
    return all(letter == " " or letter in _FONT for letter in text.upper())


def width(text: str, scale: Scale) -> int:
    """Cells that the text takes."""
    return sum((len(glyph[0]) + 1) * scale.across for glyph in _glyphs(text)) - scale.across if text else 0


def draw(text: str, scale: Scale, room: int, tone: Tone) -> list[Sequence[Piece]]:
    """The lines of the text, in the middle of *room* cells that must be enough for it."""
    spare = room - width(text, scale)
    lines: list[Sequence[Piece]] = []
    for row in range(HEIGHT):
        pieces = [Piece(" " * (spare // 2), spare // 2, "plain")]
        for number, glyph in enumerate(_glyphs(text)):
            gap = 1 if number else 0
            drawn = "".join((" " if block == "." else "█") * scale.across for block in "." * gap + glyph[row])
            pieces.append(Piece(drawn, len(drawn), tone))
        pieces.append(Piece(" " * (spare - spare // 2), spare - spare // 2, "plain"))
        lines += [tuple(pieces)] * scale.down
    return lines
