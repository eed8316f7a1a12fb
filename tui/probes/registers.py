"""Ranges of coils, inputs and registers, read piece by piece on one open connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Final, NamedTuple

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from tui import limits
from tui.probes.modbus import Answer
from tui.probes.talk import Talk
from tui.probes.values import REGISTER, WORDS_MOST

TABLES: Final[Mapping[str, int]] = {"coils": 1, "discrete": 2, "holding": 3, "input": 4}
"""The four tables of a device, and the function codes that read them."""
BIT_TABLES: Final = frozenset({1, 2})
"""Functions that read single bits."""
LAST: Final = 0xFFFF
"""The last address there is."""
BETWEEN_S: Final = 0.1
"""Between two requests where nothing else is known: as slow devices are polled by their own tools."""
_BITS_MOST: Final = 2000
"""Bits of one read at the most (Modbus Application Protocol Specification V1.1b3, sections 6.1 and 6.2)."""
_DATA: Final = 9
"""Where the data of an answer begins: header, function and byte count go before it."""
_SILENCES: Final = 2
"""After so many in a row nothing more is asked."""
_OVER: Final = frozenset({"closed", "reset", "other"})
_REQUESTS: Final[Mapping[int, type[ModbusPDU]]] = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}


class Range(NamedTuple):
    """*size* coils, inputs or registers from *address* on, zero based, read by *function* (1 to 4)."""

    function: int
    address: int
    size: int

    @property
    def last(self) -> int:
        """The last address of it."""
        return self.address + self.size - 1


class Part(NamedTuple):
    """One request, and what came back."""

    asked: Range
    answer: Answer
    data: bytes = b""
    """Registers, two bytes each, or bits, eight to a byte, the first one lowest; empty where none came."""


def pieces(wanted: Range, width: int = 1) -> tuple[Range, ...]:
    """*wanted* in ranges that one request each can ask, no value of *width* registers cut in two.

    Raises:
        ValueError: an address, a count, a function or a width that Modbus does not have.
    """
    function, address, size = wanted
    if function not in _REQUESTS or size < 1 or address < 0 or wanted.last > LAST:
        raise ValueError(f"function {function}: no {size} from address {address} on")
    if not 1 <= width <= WORDS_MOST:
        raise ValueError(f"a value of {width} registers: 1 to {WORDS_MOST}")
    most = _BITS_MOST if function in BIT_TABLES else WORDS_MOST - WORDS_MOST % width
    starts = range(address, address + size, most)
    return tuple(Range(function, start, min(most, address + size - start)) for start in starts)


async def read(
    talk: Talk,
    unit: int,
    ranges: Iterable[Range],
    *,
    turn: Callable[[], Awaitable[None]],
    wait_s: float = limits.ANSWER_S,
) -> AsyncIterator[Part]:
    """Ask *unit* for each of *ranges*, one after the other, and say what came back for each.

    *turn* returns when the next request may go. An exception or a wrong answer to one range does not keep the
    next from being asked; two silences in a row do, and so does the end of the connection.

    Raises:
        LetGoError: the connection was let go, before or meanwhile.
        ValueError: a range that one request cannot ask.
    """
    silences = 0
    for asked in ranges:
        await turn()
        answer = await talk.send(unit, _request(asked), wait_s)
        due = -(-asked.size // 8) if asked.function in BIT_TABLES else asked.size * REGISTER
        yield Part(asked, answer, answer.raw[_DATA : _DATA + due] if answer.reply == "answer" else b"")
        silences = silences + 1 if answer.reply == "silent" else 0
        if answer.reply in _OVER or silences == _SILENCES or talk.over:
            return


def _request(asked: Range) -> ModbusPDU:
    return _REQUESTS[asked.function](address=asked.address, count=asked.size)
