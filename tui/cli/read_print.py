"""What was read, on paper: a table for people, JSON for programs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tui.clean import clean
from tui.probes.registers import BIT_TABLES, TABLES, Part, Range, pieces
from tui.probes.values import REGISTER, Decoded, DigitError, Format, absent, decode, scaled, shown
from tui.records import Closed, Target

_WIDTH: Final = 100
_SHOWN_WORDS: Final = 8  # of a long value's registers; --json has all
_NAMES: Final[Mapping[int, str]] = {function: name for name, function in TABLES.items()}
_NOUNS: Final = {1: "coil", 2: "discrete input", 3: "holding register", 4: "input register"}
_CLOSED: Final = {
    "fin": "closed by FIN from both sides",
    "fin-acked": "closed by our FIN, acknowledged; the device has not closed its side",
    "reset": "reset by the device",
    "unconfirmed": "closed by our FIN, not acknowledged",
}


class Wanted(NamedTuple):
    """What is to be read and how it is meant: one value of a profile, or a range of values alike."""

    range: Range
    form: Format | None
    """None for bits."""
    name: str = ""
    scale: float = 1.0
    unit: str = ""
    sunspec: bool = False
    """Whether the map follows SunSpec, with its marks for "not implemented"."""

    @property
    def pieces(self) -> tuple[Range, ...]:
        """The ranges that one request each asks for."""
        return pieces(self.range, self.form.words if self.form else 1)


class Result(NamedTuple):
    """What came of it."""

    target: Target
    unit: int
    profile: str
    wanted: Sequence[Wanted]
    parts: Sequence[Part] = ()
    failure: str = ""
    """Why nothing, or no more, was asked."""
    closed: Closed = ""
    seconds: float = 0.0

    @property
    def values(self) -> int:
        """How many registers or bits were to be read."""
        return sum(wanted.range.size for wanted in self.wanted)

    @property
    def came(self) -> int:
        """How many of those came."""
        return sum(part.asked.size for part in self.parts if part.data)


class _Line(NamedTuple):
    """One value, or one range of which none came."""

    wanted: Wanted
    range: Range
    raw: bytes = b""
    value: Decoded | None = None
    text: str = ""
    error: str = ""


def as_text(typed: str, result: Result) -> Iterator[str]:
    """The lines for people."""
    name = f" ({clean(typed, 60)})" if typed not in {"", result.target.address} else ""
    of = f", as profile {result.profile}" if result.profile else ""
    yield f"{result.target}{name}, unit {result.unit}{of}"
    yield "addresses count from 0; read once, nothing is written"
    yield ""
    rows = [_row(line, table=bool(result.profile)) for line in _lines(result) if result.parts]
    first = max((len(row.where) for row in rows if row.good), default=0)
    second = max((len(row.raw) for row in rows), default=0)
    for row in rows:
        if row.good:
            yield f"  {row.where:>{first}}  {row.raw:<{second}}  {row.text}".rstrip()
        else:
            yield from textwrap.wrap(f"  {row.where:>{first}}  {row.text}", _WIDTH, subsequent_indent="    ")
    if rows:
        yield ""
    yield from textwrap.wrap(_summary(result), _WIDTH, initial_indent="  ", subsequent_indent="  ")


def to_json(typed: str, result: Result) -> dict[str, Any]:
    """The object that `read --json` prints; its fields are a contract, to be added to only."""
    return {
        "target": {
            "typed": clean(typed),
            "address": result.target.address,
            "port": result.target.port,
            "unit": result.unit,
        },
        "profile": result.profile or None,
        "addresses": "zero based",
        "values": [_value_json(line) for line in _lines(result)],
        "asked": [
            {
                "table": _NAMES[part.asked.function],
                "address": part.asked.address,
                "count": part.asked.size,
                "reply": part.answer.reply,
                "exception": part.answer.exception,
                "ms": round(part.answer.seconds * 1000, 2),
                "detail": None if part.data else clean(part.answer.detail),
            }
            for part in result.parts
        ],
        "failure": result.failure or None,
        "closed": result.closed or None,
        "complete": result.came == result.values,
    }


def _value_json(line: _Line) -> dict[str, Any]:
    wanted, value = line.wanted, line.value
    if isinstance(value, bytes):
        value = value.hex()
    elif value is not None and not isinstance(value, str) and wanted.form and wanted.form.kind != "bits":
        number = scaled(value, wanted.scale)
        value = float(number) if isinstance(number, Decimal) else number
        if isinstance(value, float) and not math.isfinite(value):
            value = None  # JSON has no word for it; the raw registers are beside
    return {
        "table": _NAMES[line.range.function],
        "address": line.range.address,
        "count": line.range.size,
        "raw": line.raw.hex() or None,
        "value": value,
        "type": wanted.form.kind if wanted.form else "bool",
        "name": wanted.name or None,
        "unit": wanted.unit or None,
        "error": line.error or None,
    }


def _lines(result: Result) -> Iterator[_Line]:
    """Every value in the order asked; a range of which nothing came is one line with the reason."""
    parts = iter(result.parts)  # in the order of what was wanted
    for wanted in result.wanted:
        for asked in wanted.pieces:
            part = next(parts, None)
            if part is None:
                left = Range(asked.function, asked.address, wanted.range.last - asked.address + 1)
                yield _Line(wanted, left, error="not asked")
                break
            if part.data:
                yield from _values(wanted, part)
            else:
                yield _Line(wanted, asked, error=clean(part.answer.detail))


def _values(wanted: Wanted, part: Part) -> Iterator[_Line]:
    function, address, size = part.asked
    form = wanted.form
    if form is None:
        for at in range(size):
            bit = part.data[at // 8] >> at % 8 & 1
            yield _Line(wanted, Range(function, address + at, 1), bytes([bit]), bit, str(bit))
        return
    for at in range(0, size, form.words):
        raw = part.data[at * REGISTER : (at + form.words) * REGISTER]
        yield _value(wanted, form, Range(function, address + at, form.words), raw)


def _value(wanted: Wanted, form: Format, where: Range, raw: bytes) -> _Line:
    try:
        value = decode(raw, form)
    except DigitError as error:
        return _Line(wanted, where, raw, error=str(error))
    if wanted.sunspec and absent(value, form):
        return _Line(wanted, where, raw, text="not implemented")
    unit = f" {wanted.unit}" if wanted.unit and not isinstance(value, str | bytes) else ""
    return _Line(wanted, where, raw, value, shown(value, form, wanted.scale) + unit)


class _Row(NamedTuple):
    """A line of the table: the address, the registers as they came, and the value or why there is none."""

    where: str
    raw: str
    text: str
    good: bool


def _row(line: _Line, *, table: bool) -> _Row:
    first, last = line.range.address, line.range.last
    of = f"{_NAMES[line.range.function]} " if table else ""
    name = f"{line.wanted.name}: " if line.wanted.name else ""
    if line.error and not line.raw:
        where = str(first) if first == last else f"{first} to {last}"
        return _Row(f"{of}{where}", "", f"{name}{line.error}", good=False)
    words = line.raw.hex(" ", REGISTER).split()
    more = " …" if len(words) > _SHOWN_WORDS else ""
    bits = line.range.function in BIT_TABLES
    raw = "" if bits else " ".join(words[:_SHOWN_WORDS]) + more
    return _Row(f"{of}{first}", raw, f"{name}{line.error or line.text}", good=True)


def _summary(result: Result) -> str:
    """How much came, and how the connection ended."""
    what = _counted(result.wanted, result.values)
    requests = f"{len(result.parts)} request{'' if len(result.parts) == 1 else 's'}"
    end = _CLOSED.get(result.closed, "")
    said = [f"{result.came} of {what} read"]
    if result.failure:
        said.append(result.failure)
    if end:
        said.append(f"one connection, {requests}, {result.seconds:.2f} s, {end}")
    return "; ".join(said) + "."


def _counted(wanted: Iterable[Wanted], values: int) -> str:
    nouns = {_NOUNS[one.range.function] for one in wanted}
    noun = nouns.pop() if len(nouns) == 1 else "value"
    return f"{values} {noun}{'' if values == 1 else 's'}"
