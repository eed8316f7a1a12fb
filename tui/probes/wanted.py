"""What is to be read and how it is meant, and the values that the answers make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tui.clean import clean
from tui.probes.registers import BIT_TABLES, Part, Range, pieces
from tui.probes.values import REGISTER, Decoded, DigitError, Format, absent, decode, format_of, shown
from tui.profiles.model import Profile, Register

_KINDS: Final = {"text": "str", "raw": "raw"}
"""Types of a profile that say their length apart, as `format_of` calls them."""


class Wanted(NamedTuple):
    """One value of a profile, or a range of values alike."""

    range: Range
    form: Format | None
    """None for bits."""
    name: str = ""
    scale: float = 1.0
    unit: str = ""
    """Physical unit of numbers."""
    sunspec: bool = False
    """Whether the map follows SunSpec, with its marks for "not implemented"."""

    @property
    def pieces(self) -> tuple[Range, ...]:
        """The ranges that one request each asks for."""
        return pieces(self.range, self.form.words if self.form else 1)


class Line(NamedTuple):
    """One value, or one range of which none came."""

    wanted: Wanted
    range: Range
    raw: bytes = b""
    value: Decoded | None = None
    text: str = ""
    """The value, scaled."""
    unit: str = ""
    """Its physical unit."""
    error: str = ""
    """Why there is no value."""


def of_profile(product: Profile) -> tuple[Wanted, ...]:
    """Every value that *product* names."""
    return tuple(_of_register(register) for register in product.registers)


def _of_register(register: Register) -> Wanted:
    where = Range(register.function, register.address, register.count)
    if register.function in BIT_TABLES:
        return Wanted(where, None, register.name)
    kind = _KINDS.get(register.type)
    order = register.order + ("-swapped" if register.swapped else "")
    form = format_of(f"{kind}:{register.count}" if kind else register.type, order)
    return Wanted(where, form, register.name, register.scale, register.unit)


def lines(all_wanted: Sequence[Wanted], came: Sequence[Part]) -> Iterator[Line]:
    """Every value in the order asked; a range of which nothing came is one line with the reason.

    *came* are the answers to the `pieces` of *all_wanted*, in their order, as far as they were asked.
    """
    parts = iter(came)
    for wanted in all_wanted:
        for asked in wanted.pieces:
            part = next(parts, None)
            if part is None:
                left = Range(asked.function, asked.address, wanted.range.last - asked.address + 1)
                yield Line(wanted, left, error="not asked")
                break
            if part.data:
                yield from _values(wanted, part)
            else:
                yield Line(wanted, asked, error=clean(part.answer.detail))


def _values(wanted: Wanted, part: Part) -> Iterator[Line]:
    function, address, size = part.asked
    form = wanted.form
    if form is None:
        for at in range(size):
            bit = part.data[at // 8] >> at % 8 & 1
            yield Line(wanted, Range(function, address + at, 1), bytes([bit]), bit, str(bit))
        return
    for at in range(0, size, form.words):
        raw = part.data[at * REGISTER : (at + form.words) * REGISTER]
        yield _value(wanted, form, Range(function, address + at, form.words), raw)


def _value(wanted: Wanted, form: Format, where: Range, raw: bytes) -> Line:
    try:
        value = decode(raw, form)
    except DigitError as error:
        return Line(wanted, where, raw, error=str(error))
    if wanted.sunspec and absent(value, form):
        return Line(wanted, where, raw, text="not implemented")
    unit = "" if isinstance(value, str | bytes) else wanted.unit
    return Line(wanted, where, raw, value, shown(value, form, wanted.scale), unit)
