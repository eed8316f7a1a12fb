"""A small terminal to judge by: it takes bytes' worth of text and codes and holds the cells they leave."""

from __future__ import annotations

import re
import unicodedata

from tui.differ.pen import PLAIN, Pen, after, blank

_TOKEN = re.compile(
    r"\x1b\[(?P<private>[?<>])?(?P<numbers>[\d;]*)\$?(?P<code>[A-Za-z])"
    r"|\x1b\](?P<said>[^\x07\x1b]*)(?:\x07|\x1b\\)|(?P<sign>.)",
    re.DOTALL,
)
Cell = tuple[str, Pen]


class Cells:
    """Cells of a terminal without line wrap; signs whose width terminals dispute take *disputed* cells."""

    def __init__(self, columns: int, lines: int, disputed: int = 1) -> None:
        self.columns, self.lines, self.disputed = columns, lines, disputed
        self.x = self.y = 0
        self.cursor_shown = True
        self.pen = PLAIN
        self.rows: list[list[Cell]] = [[(" ", PLAIN)] * columns for _ in range(lines)]

    def resize(self, columns: int, lines: int) -> None:
        """What does not fit is lost; what is new is a mess, so that nobody may rely on it."""
        mess: Cell = ("#", PLAIN)
        rows = [row[:columns] + [mess] * (columns - len(row)) for row in self.rows[:lines]]
        self.rows = rows + [[mess] * columns for _ in range(lines - len(rows))]
        self.columns, self.lines = columns, lines
        self.x, self.y = min(self.x, columns - 1), min(self.y, lines - 1)

    def feed(self, data: str) -> None:
        for token in _TOKEN.finditer(data):
            if sign := token["sign"]:
                self._sign(sign)
            elif token["private"]:
                if token["numbers"] == "25":
                    self.cursor_shown = token["code"] == "h"
                elif token["numbers"] == "1049":
                    self.rows = [[(" ", PLAIN)] * self.columns for _ in range(self.lines)]
            elif token["code"]:
                self._code(token["code"], token["numbers"])

    def _code(self, code: str, numbers: str) -> None:
        count = int(numbers.partition(";")[0] or 1)
        if code == "m":
            self.pen = after(self.pen, numbers)
        elif code == "H":
            column = int(numbers.partition(";")[2] or 1)
            self.x, self.y = min(column, self.columns) - 1, min(count, self.lines) - 1
        elif code == "C":
            self.x = min(self.x + count, self.columns - 1)
        elif code == "D":
            self.x = max(self.x - count, 0)
        elif code == "B":
            self.y = min(self.y + count, self.lines - 1)
        elif code in "KX":
            self._fill(self.x, self.columns if code == "K" else min(self.x + count, self.columns))
        elif code == "J" and numbers == "2":
            self.rows = [[(" ", Pen(back=self.pen.back))] * self.columns for _ in range(self.lines)]
        else:
            raise ValueError(f"no terminal is asked for this: {numbers}{code}")

    def _fill(self, begin: int, end: int) -> None:
        for x in range(begin, end):
            self._put(x, " ", Pen(back=self.pen.back))

    def _sign(self, sign: str) -> None:
        if sign == "\n":
            self.x, self.y = 0, min(self.y + 1, self.lines - 1)
        elif sign == "\b":
            self.x = max(self.x - 1, 0)
        elif sign >= " ":
            kana = "\u3041" <= sign <= "\u9fff"
            cells = 2 if kana else 1 if sign.isascii() or sign in "▁█─≥é" else self.disputed
            if unicodedata.combining(sign) or not cells:
                there, pen = self.rows[self.y][max(self.x - 1, 0)]
                self.rows[self.y][max(self.x - 1, 0)] = (there + sign, pen)
                return
            self.x = max(min(self.x, self.columns - cells), 0)
            self._put(self.x, sign, self.pen)
            if cells > 1:
                self._put(self.x + 1, "", self.pen)
                self.rows[self.y][self.x] = (sign, self.pen)
            self.x = min(self.x + cells, self.columns - 1)

    def _put(self, x: int, sign: str, pen: Pen) -> None:
        row = self.rows[self.y]
        if not row[x][0] and x:
            row[x - 1] = (" ", row[x - 1][1])
        if x + 1 < self.columns and not row[x + 1][0]:
            row[x + 1] = (" ", row[x + 1][1])
        row[x] = (sign, pen)

    def shown(self) -> list[list[Cell]]:
        """The cells as the eye sees them: of a blank only the ground."""
        return [[(sign, blank(pen) if sign == " " else pen) for sign, pen in row] for row in self.rows]

    def text(self) -> str:
        return "\n".join("".join(sign for sign, _ in row).rstrip() for row in self.rows)
