"""What registers mean: numbers, text and bits out of the bytes of an answer."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from tui.clean import clean

REGISTER: Final = 2
"""Bytes of one register (Modbus Application Protocol Specification V1.1b3, section 4.3)."""
WORDS_MOST: Final = 125
"""Registers of one read at the most (Modbus Application Protocol Specification V1.1b3, section 6.3)."""

Decoded: TypeAlias = int | float | str | bytes
"""Integers and binary coded decimals and bit fields are `int`; raw registers are `bytes`."""
Number: TypeAlias = int | float | Decimal

_STRUCT: Final[Mapping[str, str]] = {
    "u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i", "u64": ">Q", "i64": ">q", "f32": ">f", "f64": ">d",
}  # fmt: skip
_DIGITS: Final[Mapping[str, int]] = {"bcd16": 4, "bcd32": 8}
_BITS: Final = "bits"
_COUNTED: Final = frozenset({"str", "raw"})
TYPES: Final = (*_STRUCT, *_DIGITS, _BITS, "str:N", "raw:N")
"""How types are written; N is a number of registers."""
ORDERS: Final[Mapping[str, tuple[bool, bool]]] = {
    "big": (False, False),
    "little": (True, False),
    "big-swapped": (False, True),
    "little-swapped": (True, True),
}
"""Orders by name, as (low word first, bytes swapped): of 0x0A0B0C0D come 0A0B 0C0D, 0C0D 0A0B, 0B0A 0D0C,
0D0C 0B0A."""
SUNSPEC_ABSENT: Final[Mapping[str, int]] = {
    "u16": 0xFFFF,
    "i16": -0x8000,
    "u32": 0xFFFF_FFFF,
    "i32": -0x8000_0000,
    "u64": 0xFFFF_FFFF_FFFF_FFFF,
    "i64": -0x8000_0000_0000_0000,
}
"""Numbers that say "not implemented" (SunSpec Device Information Model Specification, "unimplemented"
values); a float says it by NaN. They hold only in maps that follow SunSpec."""
_SINGLE_DIGITS: Final = range(6, 10)  # nine significant digits tell any two singles apart
_PLAIN_DIGITS: Final = 20  # before or after the point; beyond, numbers are written with an exponent


class TypeNameError(ValueError):
    """A type or an order that is not known; the message says which there are."""


class LengthError(ValueError):
    """Bytes that are more or fewer than the type needs."""


class DigitError(ValueError):
    """A half byte above nine where decimal digits were expected."""


class Format(NamedTuple):
    """How a value lies in its registers."""

    kind: str
    words: int
    """Registers that it takes."""
    low_word_first: bool = False
    bytes_swapped: bool = False


def format_of(text: str, order: str = "big") -> Format:
    """The format written as *text* (one of `TYPES`), in one of `ORDERS`.

    Raises:
        TypeNameError: there is no such type or order.
    """
    if order not in ORDERS:
        raise TypeNameError(f"order {clean(order, 20)!r}: one of {', '.join(ORDERS)}")
    kind, colon, number = text.partition(":")
    if kind in _COUNTED and colon and number.isascii() and number.isdigit() and len(number) <= len("125"):
        words = int(number)
    elif colon:
        words = 0
    elif kind in _STRUCT:
        words = struct.calcsize(_STRUCT[kind]) // REGISTER
    elif kind in _DIGITS:
        words = _DIGITS[kind] // (2 * REGISTER)
    else:
        words = int(kind == _BITS)
    if not 1 <= words <= WORDS_MOST:
        raise TypeNameError(
            f"type {clean(text, 20)!r}: one of {', '.join(TYPES)}, N from 1 to {WORDS_MOST} registers"
        )
    return Format(kind, words, *ORDERS[order])


def decode(data: bytes, form: Format) -> Decoded:
    """The value that the registers *data* hold, as `format_of` says; text comes clean, without its padding.

    Raises:
        LengthError: *data* is not as long as the format.
        DigitError: binary coded decimals have digits above nine.
    """
    if len(data) != form.words * REGISTER:
        raise LengthError(f"{form.kind} needs {form.words * REGISTER} bytes, not {len(data)}")
    words = [data[at : at + REGISTER] for at in range(0, len(data), REGISTER)]
    if form.bytes_swapped:
        words = [word[::-1] for word in words]
    if form.low_word_first:
        words.reverse()
    plain = b"".join(words)
    if form.kind == "raw":
        return plain
    if form.kind == "str":
        return clean(plain.rstrip(b"\0 "))
    if form.kind == _BITS:
        return int.from_bytes(plain, "big")
    if form.kind in _DIGITS:
        if not plain.hex().isdecimal():
            raise DigitError(f"{plain.hex()} is not binary coded decimal")
        return int(plain.hex())
    value: int | float = struct.unpack(_STRUCT[form.kind], plain)[0]
    return value


def absent(value: Decoded, form: Format) -> bool:
    """Whether SunSpec means "not implemented" by *value*; for maps that follow SunSpec only."""
    if isinstance(value, float):
        return math.isnan(value)
    return value == SUNSPEC_ABSENT.get(form.kind)


def scaled(value: float, scale: float) -> Number:
    """*value* times *scale*, without the rounding noise of binary fractions.

    A number that is not finite stays what it is.
    """
    if scale == 1 or (isinstance(value, float) and not math.isfinite(value)):
        return value
    product = Decimal(str(value)) * Decimal(str(scale))
    return int(product) if isinstance(value, int) and product == product.to_integral_value() else product


def shown(value: Decoded, form: Format, scale: float = 1) -> str:
    """*value* as people read it, times *scale* where it is a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex(" ", REGISTER)
    if form.kind == _BITS:
        bits = int(value)
        return ", ".join(f"bit {bit}" for bit in range(16) if bits >> bit & 1) or "no bit set"
    number = scaled(_short(value) if form.kind == "f32" else value, scale)
    if isinstance(number, Decimal):
        plain = number.is_zero() or abs(number.adjusted()) <= _PLAIN_DIGITS
        return f"{number.normalize():f}" if plain else str(number.normalize())
    return str(number)


def _short(value: float) -> float:
    """The double of fewest digits that is still the same single."""
    if not math.isfinite(value):
        return value
    same = struct.pack(">f", value)
    short = (float(f"{value:.{digits}g}") for digits in _SINGLE_DIGITS)
    return next((one for one in short if _packs_to(one, same)), float(value))


def _packs_to(value: float, same: bytes) -> bool:
    try:
        return struct.pack(">f", value) == same
    except OverflowError:  # the largest single, rounded up
        return False
