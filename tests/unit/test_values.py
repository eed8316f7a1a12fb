"""Values out of registers: every type, every order, and what is no value."""

from __future__ import annotations

import json
import math
import re
import struct
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.clean import SAFE_PATTERN
from tui.probes.values import (
    ORDERS,
    REGISTER,
    SUNSPEC_ABSENT,
    DigitError,
    Format,
    LengthError,
    TypeNameError,
    absent,
    decode,
    format_of,
    scaled,
    shown,
)

_INTEGERS = {"u16": (0, 16), "i16": (1, 16), "u32": (0, 32), "i32": (1, 32), "u64": (0, 64), "i64": (1, 64)}
_orders = st.sampled_from(list(ORDERS))


def _laid(plain: bytes, form: Format) -> bytes:
    """Registers in the order of *form*, from the plain big-endian bytes."""
    words = [plain[at : at + 2] for at in range(0, len(plain), 2)]
    if form.low_word_first:
        words.reverse()
    return b"".join(word[::-1] if form.bytes_swapped else word for word in words)


@given(st.sampled_from(list(_INTEGERS)), _orders, st.data())
def test_every_integer_comes_back(kind: str, order: str, data: st.DataObject) -> None:
    """Any number of any integer type, in any order of words and bytes, is read as what it is."""
    signed, bits = _INTEGERS[kind]
    least = -(1 << bits - 1) if signed else 0
    value = data.draw(st.integers(least, least + (1 << bits) - 1))
    form = format_of(kind, order)
    assert form.words == bits // 16
    assert decode(_laid(value.to_bytes(bits // 8, "big", signed=bool(signed)), form), form) == value


@given(st.sampled_from([("f32", ">f", 32), ("f64", ">d", 64)]), _orders, st.data())
def test_every_float_comes_back(kind: tuple[str, str, int], order: str, data: st.DataObject) -> None:
    """Any single or double is read as what it is, and what is shown of it means the same number."""
    name, packing, width = kind
    value = data.draw(st.floats(width=32 if width == 32 else 64))
    form = format_of(name, order)
    found = decode(_laid(struct.pack(packing, value), form), form)
    assert isinstance(found, float)
    assert found == value or (math.isnan(found) and math.isnan(value))
    if math.isfinite(value):
        assert struct.pack(packing, float(shown(found, form))) == struct.pack(packing, value)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20), _orders)
def test_text_comes_back_without_its_padding(text: str, order: str) -> None:
    """Text is read in any order, and NULs and spaces behind it are not part of it."""
    form = format_of("str:11", order)
    for pad in (b"\0", b" "):
        assert decode(_laid(text.encode().ljust(22, pad), form), form) == text


@given(st.binary(min_size=100, max_size=100))
def test_text_from_a_device_is_inert(data: bytes) -> None:
    """Escapes, controls and bad UTF-8 in a text register never reach the terminal."""
    found = decode(data, format_of("str:50"))
    assert isinstance(found, str)
    assert re.match(SAFE_PATTERN, found)


@given(st.integers(0, 99_999_999), _orders)
def test_decimal_digits_come_back(value: int, order: str) -> None:
    """Binary coded decimal: four digits a register."""
    form = format_of("bcd32", order)
    assert decode(_laid(bytes.fromhex(f"{value:08}"), form), form) == value


def test_a_half_byte_above_nine_is_no_decimal() -> None:
    """What is not binary coded decimal is an error by name, not a wrong number."""
    with pytest.raises(DigitError, match="12a4"):
        decode(b"\x12\xa4", format_of("bcd16"))


@given(st.sampled_from(["u16", "i64", "f32", "bcd32", "bits", "str:3", "raw:2"]), st.binary(max_size=20))
def test_a_wrong_length_is_an_error_by_name(kind: str, data: bytes) -> None:
    """Bytes that do not fill the type exactly are never decoded."""
    form = format_of(kind)
    if len(data) == form.words * REGISTER:
        return
    with pytest.raises(LengthError, match=f"not {len(data)}"):
        decode(data, form)


@pytest.mark.parametrize(
    ("text", "order"),
    [("u8", "big"), ("str", "big"), ("str:0", "big"), ("str:126", "big"), ("raw:²", "big"), ("u16:2", "big"),
     ("", "big"), ("u16", "middle"), ("\x1b[31m", "big"), ("str:" + "9" * 5000, "big")],
)  # fmt: skip
def test_unknown_types_are_named(text: str, order: str) -> None:
    """A type that is not there is refused in one clean sentence that says which there are."""
    with pytest.raises(TypeNameError, match="one of") as caught:
        format_of(text, order)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_the_orders_are_the_four_in_use() -> None:
    """0x0A0B0C0D as it lies in two registers, in each order."""
    laid = {"big": "0a0b0c0d", "little": "0c0d0a0b", "big-swapped": "0b0a0d0c", "little-swapped": "0d0c0b0a"}
    assert laid.keys() == ORDERS.keys()
    for order, data in laid.items():
        assert decode(bytes.fromhex(data), format_of("u32", order)) == 0x0A0B0C0D


@pytest.mark.parametrize(
    ("kind", "data", "scale", "words"),
    [
        ("u16", "0901", 0.1, "230.5"),
        ("u16", "0003", 0.1, "0.3"),
        ("i16", "fff6", 1, "-10"),
        ("i32", "fffffff6", -1, "10"),
        ("u32", "00000064", 0.00125, "0.125"),
        ("u16", "0005", 1000, "5000"),
        ("u16", "0000", 0.1, "0"),
        ("f32", "3dcccccd", 1, "0.1"),
        ("f32", "42c80000", 0.1, "10"),
        ("f32", "7f800000", 0.1, "inf"),
        ("f32", "7fc00000", 1, "nan"),
        ("f64", "7fefffffffffffff", 10, "1.7976931348623157E+309"),
        ("u64", "ffffffffffffffff", 0.001, "18446744073709551.615"),
        ("bits", "8005", 1, "bit 0, bit 2, bit 15"),
        ("bits", "0000", 1, "no bit set"),
        ("raw:2", "deadbeef", 1, "dead beef"),
        ("bcd16", "1234", 0.1, "123.4"),
        ("str:2", "41420000", 1, "AB"),
    ],
)
def test_what_is_shown(kind: str, data: str, scale: float, words: str) -> None:
    """Numbers are scaled without rounding noise; bits are named; raw registers stay hex."""
    form = format_of(kind)
    assert shown(decode(bytes.fromhex(data), form), form, scale) == words


@given(st.integers(-(2**63), 2**64), st.sampled_from([0.1, 0.01, 0.001, 1, -1, 10, 1000, 0.00125]))
def test_scaling_loses_nothing(value: int, scale: float) -> None:
    """A scaled integer is exactly the product, not its nearest binary fraction."""
    assert Fraction(scaled(value, scale)) == value * Fraction(str(scale))


def test_not_implemented_is_known_where_the_map_is_sunspec() -> None:
    """SunSpec's marks are told apart from numbers of the same type, and belong to their type only."""
    for kind, mark in SUNSPEC_ABSENT.items():
        form = format_of(kind)
        assert absent(mark, form)
        assert not absent(mark + 1, form)
    assert absent(math.nan, format_of("f32"))
    assert not absent(0xFFFF, format_of("u32"))
    assert not absent("", format_of("str:2"))


def test_json_can_carry_what_is_decoded() -> None:
    """Integers stay integers in JSON, whatever their width."""
    value = decode(b"\xff" * 8, format_of("u64"))
    assert json.loads(json.dumps(value)) == 2**64 - 1
