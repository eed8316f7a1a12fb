"""What was read, on paper: a table for people, JSON for programs."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tui.clean import clean
from tui.probes.registers import BIT_TABLES, TABLES, Part
from tui.probes.values import REGISTER, scaled
from tui.probes.wanted import Line, Wanted, lines
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


def as_text(typed: str, result: Result) -> Iterator[str]:
    """The lines for people."""
    name = f" ({clean(typed, 60)})" if typed not in {"", result.target.address} else ""
    of = f", as profile {result.profile}" if result.profile else ""
    yield f"{result.target}{name}, unit {result.unit}{of}"
    yield "addresses count from 0; read once, nothing is written"
    yield ""
    rows = [
        _row(line, table=bool(result.profile)) for line in lines(result.wanted, result.parts) if result.parts
    ]
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
        "values": [_value_json(line) for line in lines(result.wanted, result.parts)],
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


def _value_json(line: Line) -> dict[str, Any]:
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


class _Row(NamedTuple):
    """A line of the table: the address, the registers as they came, and the value or why there is none."""

    where: str
    raw: str
    text: str
    good: bool


def _row(line: Line, *, table: bool) -> _Row:
    first, last = line.range.address, line.range.last
    of = f"{_NAMES[line.range.function]} " if table else ""
    name = f"{line.wanted.name}: " if line.wanted.name else ""
    text = f"{line.text} {line.unit}" if line.unit else line.text
    if line.error and not line.raw:
        where = str(first) if first == last else f"{first} to {last}"
        return _Row(f"{of}{where}", "", f"{name}{line.error}", good=False)
    words = line.raw.hex(" ", REGISTER).split()
    more = " …" if len(words) > _SHOWN_WORDS else ""
    bits = line.range.function in BIT_TABLES
    raw = "" if bits else " ".join(words[:_SHOWN_WORDS]) + more
    return _Row(f"{of}{first}", raw, f"{name}{line.error or text}", good=True)


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
