"""How a cell is written: colours and attributes, and the shortest way from one pen to the next."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

_ATTRIBUTES: Final = frozenset({"1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53"})
_MARKING: Final = _ATTRIBUTES - {"1", "2", "3"}
"""Attributes that show on a blank too; concealment counts, as terminals differ on it."""
_OFF: Final = {
    "1": "22", "2": "22", "3": "23", "4": "24", "21": "24", "5": "25", "6": "25", "7": "27", "8": "28",
    "9": "29", "51": "54", "52": "54", "53": "55",
}  # fmt: skip
_WIDE_COLOUR: Final = {"2": 5, "5": 3}
"""How many numbers a colour of a larger palette takes, by its second."""
_KEPT: Final = 4096


class Pen(NamedTuple):
    """What the terminal has been told to write with."""

    attributes: frozenset[str] = frozenset()
    fore: str = ""
    back: str = ""


PLAIN: Final = Pen()


class UnknownStyleError(Exception):
    """A code that has no meaning here."""


@lru_cache(_KEPT)
def after(pen: Pen, codes: str) -> Pen:
    """The pen after the terminal has been sent these codes.

    Raises:
        UnknownStyleError: one of them is not understood.
    """
    attributes, fore, back = set(pen.attributes), pen.fore, pen.back
    numbers = codes.split(";")
    at = 0
    while at < len(numbers):
        number, taken = numbers[at], 1
        if number in {"", "0"}:
            attributes, fore, back = set(), "", ""
        elif number in _ATTRIBUTES:
            attributes.add(number)
        elif number in _OFF.values():
            attributes -= {code for code, off in _OFF.items() if off == number}
        elif number in {"38", "48"}:
            taken = _WIDE_COLOUR.get(numbers[at + 1] if at + 1 < len(numbers) else "", 0)
            if not taken or at + taken > len(numbers):
                raise UnknownStyleError(codes)
            colour = ";".join(numbers[at : at + taken])
            fore, back = (colour, back) if number == "38" else (fore, colour)
        elif number.isdigit() and int(number) in {*range(30, 38), *range(90, 98), 39}:
            fore = "" if number == "39" else number
        elif number.isdigit() and int(number) in {*range(40, 48), *range(100, 108), 49}:
            back = "" if number == "49" else number
        else:
            raise UnknownStyleError(codes)
        at += taken
    return Pen(frozenset(attributes), fore, back)


@lru_cache(_KEPT)
def blank(pen: Pen) -> Pen:
    """The pen that writes the same blank: only the ground counts where only it shows."""
    return pen if pen.attributes & _MARKING else Pen(back=pen.back)


@lru_cache(_KEPT)
def reach(pen: Pen, wanted: Pen) -> Pen:
    """The nearest pen that writes the blank of *wanted*, coming from *pen*."""
    if pen.attributes & _MARKING or wanted.attributes & _MARKING:
        return wanted
    return pen._replace(back=wanted.back)


@lru_cache(_KEPT)
def change(pen: Pen | None, wanted: Pen) -> str:
    """What to send to go from one pen, None if nothing is known of it, to the other."""
    if pen == wanted:
        return ""
    afresh = [*sorted(wanted.attributes), *filter(None, (wanted.fore, wanted.back))]
    whole = ";".join(["0", *afresh]) if afresh else ""
    if pen is None:
        return f"\x1b[{whole}m"
    steps = sorted({_OFF[code] for code in pen.attributes - wanted.attributes})
    kept = {code for code in pen.attributes & wanted.attributes if _OFF[code] not in steps}
    steps += sorted(wanted.attributes - kept)
    if pen.fore != wanted.fore:
        steps.append(wanted.fore or "39")
    if pen.back != wanted.back:
        steps.append(wanted.back or "49")
    step = ";".join(steps)
    return f"\x1b[{step if len(step) < len(whole) else whole}m"
