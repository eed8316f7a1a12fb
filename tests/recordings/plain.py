"""The text of a picture, and how two pictures differ, for whoever has to judge it."""

from __future__ import annotations

import html
import re
from difflib import unified_diff
from importlib.metadata import version
from typing import Final

_CELL: Final = 12.2
_LINE: Final = 24.4
"""Width and height of a cell in the SVG: Rich's 20 units by 0.61 and by 1.22."""
_TEXT: Final = re.compile(r'<text class="t-r\d+" x="([\d.e+]+)" y="([\d.e+]+)"[^>]*>([^<]*)</text>')


def plain(svg: str) -> list[str]:
    """The lines of the screen that an SVG shows, without what is blank at their ends."""
    lines: dict[int, str] = {}
    for x, y, text in _TEXT.findall(svg):
        row, column = round((float(y) - 20) / _LINE), round(float(x) / _CELL)
        lines[row] = lines.get(row, "").ljust(column) + html.unescape(text).replace("\xa0", " ")
    return [lines.get(row, "").rstrip() for row in range(max(lines, default=-1) + 1)]


def libraries() -> str:
    """What draws the pictures: another version of it may write the same screen in another way."""
    return "".join(f"{name} {version(name)}\n" for name in ("rich", "textual"))


def alike(before: str, after: str, drawn_with: str) -> bool:
    """Whether two pictures are the same; where other libraries drew one, whether they say the same."""
    return before == after or (drawn_with != libraries() and plain(before) == plain(after))


def difference(name: str, before: str, after: str) -> str:
    """What of the text is another, as a unified diff; else that only its looks are."""
    told = unified_diff(plain(before), plain(after), f"{name}, kept", f"{name}, now", lineterm="", n=1)
    return "\n".join(told) or f"{name}: the same text looks another way (colours, weight, place)"
