"""One harmless Modbus read on an open connection, and what came back."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, TypeAlias

from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from tui import limits
from tui.clean import clean
from tui.probes.tcp import Connection
from tui.records import Reply

# Hostile bytes make the library log; a terminal program has no stderr to spare.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())
logging.getLogger("pymodbus").propagate = False

DEFAULT_UNIT: Final = 1
_framer = FramerSocket(DecodePDU(is_server=False))
_ERROR: Final = 0x80
_HEADER: Final = 6
_BODY: Final = 7
_REGISTER: Final = 2  # bytes
_DATA_BYTES: Final[dict[int, Callable[[int], int]]] = {
    1: lambda count: (count + 7) // 8,
    2: lambda count: (count + 7) // 8,
    3: lambda count: count * _REGISTER,
    4: lambda count: count * _REGISTER,
}
"""Bytes of data due for so many values (Modbus Application Protocol Specification V1.1b3, section 6)."""
FRAME_MOST: Final = 260
"""Bytes of one whole frame at the most (same, section 4.1)."""
_WHOEVER: Final = (0, 255)
"""Unit ids that address the device itself: whatever answers is right (Implementation Guide V1.0b, p. 23)."""
_PROTOCOL: Final = b"\0\0"
_LENGTH_LEAST: Final = 3
"""What the length field counts at the least: unit id, function, one byte of data or exception code."""
_LENGTH_MOST: Final = 254
"""And at the most: frames have 260 bytes (Modbus Application Protocol Specification V1.1b3, section 4.1)."""
_SHOWN: Final = 40
_ALERT: Final = b"\x15\x03"
_TLS_MINOR_MOST: Final = 4

EXCEPTIONS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target failed to respond",
}
"""Names of the exception codes (Modbus Application Protocol Specification V1.1b3, section 7)."""

Ended: TypeAlias = Literal["", "closed", "reset"]
"""How the device ended a connection: not at all, by FIN, or by RST or another error."""


class Register(NamedTuple):
    """One register to read: by function 3 a holding register, by 4 an input register; zero based."""

    function: Literal[3, 4] = 3
    address: int = 0


FIRST: Final = Register()
"""The harmless read: holding register 0."""


class Answer(NamedTuple):
    """What came back for one request; *seconds* from request to reply, or what was waited."""

    reply: Reply
    seconds: float
    detail: str
    exception: int | None = None
    raw: bytes = b""
    value: int | None = None
    """Of the register, where it was read."""
    message: ModbusPDU | None = None
    """The answer as decoded, where a whole message was asked for by `Talk.send`."""


def request(unit: int, register: Register = FIRST, transaction: int | None = None) -> tuple[int, bytes]:
    """A read of one *register* of *unit*: transaction id and frame."""
    kind = ReadHoldingRegistersRequest if register.function == FIRST.function else ReadInputRegistersRequest
    return frame(unit, kind(address=register.address, count=1), transaction)


def frame(unit: int, question: ModbusPDU, transaction: int | None = None) -> tuple[int, bytes]:
    """Any request to *unit*: transaction id and frame.

    Raises:
        ValueError: a count or an address that Modbus does not have.
    """
    if transaction is None:
        # Where RTU is spoken the id's low byte is the function code: from 0x80 on it asks for nothing.
        transaction = secrets.randbelow(0x10000) | _ERROR
    body = bytes([question.function_code]) + question.encode()
    return transaction, _framer.encode(body, unit, transaction)


async def read(connection: Connection, unit: int, wait_s: float = limits.ANSWER_S) -> Answer:
    """Read holding register 0 of *unit* and say what came back within *wait_s* seconds.

    Raises:
        LetGoError: the connection was let go meanwhile.
    """
    loop = asyncio.get_running_loop()
    transaction, wanted = request(unit)
    received = b""
    ended: Ended = ""
    why = ""
    started = loop.time()
    try:
        async with asyncio.timeout(wait_s):
            await connection.send(wanted)
            while data := await connection.receive():
                received += data
                if answer := judge(received, transaction, loop.time() - started, unit):
                    return answer
            ended = "closed"
    except OSError as error:
        # Only our own patience has no errno; the kernel's is the end of the connection.
        if not isinstance(error, TimeoutError) or error.errno is not None:
            ended, why = "reset", clean(error.strerror or str(error))
    return unanswered(received, loop.time() - started, unit, ended, why)


def unanswered(received: bytes, seconds: float, unit: int, ended: Ended = "", why: str = "") -> Answer:
    """What it means that no whole frame came: *received* is what did, *why* the words of a reset."""
    if ended == "reset":
        return Answer("reset", seconds, why, None, received)
    if received:
        after = "closed after " if ended else ""
        words = f"{after}an unfinished frame of {len(received)} bytes"
        return Answer("malformed", seconds, words, None, received)
    if ended:
        return Answer("closed", seconds, "closed by the device without an answer")
    return Answer("silent", seconds, f"no answer to unit {unit}")


def size(received: bytes) -> int | None:
    """Bytes that the frame beginning here needs, as far as can be told; None where no frame can begin so."""
    if received[2:4].strip(_PROTOCOL):
        return None
    if len(received) < _HEADER:
        return _HEADER + _LENGTH_LEAST
    length = int.from_bytes(received[4:6], "big")
    return _HEADER + length if _LENGTH_LEAST <= length <= _LENGTH_MOST else None


def judge(
    received: bytes, transaction: int, seconds: float, unit: int | None = None, register: Register = FIRST
) -> Answer | None:
    """What the bytes so far mean as an answer of *unit* (any where None); None while it is incomplete."""
    answer = _decoded(received, transaction, seconds, unit, register.function)
    if answer is None or answer.message is None:
        return answer
    message, raw = answer.message, answer.raw
    if len(message.registers) != 1 or raw[_BODY + 1] != _REGISTER:
        return Answer("malformed", seconds, f"{len(message.registers)} registers instead of 1", None, raw)
    value = message.registers[0]
    return Answer("answer", seconds, f"register {register.address} is {value}", None, raw, value)


def judge_message(
    received: bytes, transaction: int, seconds: float, unit: int | None, question: ModbusPDU
) -> Answer | None:
    """As `judge`, of an answer to any *question*; it carries the message, as long as was asked for."""
    answer = _decoded(received, transaction, seconds, unit, question.function_code)
    if answer is None or answer.message is None:
        return answer
    due = _DATA_BYTES.get(question.function_code)
    if due is None:
        return answer
    told, came, wanted = answer.raw[_BODY + 1], len(answer.raw) - _BODY - 2, due(question.count)
    if told != wanted or came < wanted:
        words = f"{min(told, came)} bytes of data instead of {wanted}"
        return Answer("malformed", seconds, words, None, answer.raw)
    return answer


def _decoded(
    received: bytes, transaction: int, seconds: float, unit: int | None, function: int
) -> Answer | None:
    """What the bytes so far mean as an answer to *function*; a good one carries its message."""
    needed = size(received)
    if needed is None:
        return misframed(received, seconds, ours=received[:4] == transaction.to_bytes(2, "big") + _PROTOCOL)
    if len(received) < needed:
        return None
    raw = received[:needed]
    _, _, tid, body = _framer.decode(raw)
    if tid != transaction:
        return Answer("malformed", seconds, f"transaction id {tid} instead of {transaction}", None, raw)
    if unit is not None and unit not in _WHOEVER and raw[_HEADER] not in {unit, *_WHOEVER}:
        return Answer("malformed", seconds, f"unit {raw[_HEADER]} answers for unit {unit}", None, raw)
    if body[0] == _ERROR:
        # Some servers answer so where they could not read the request: an error, but not to any function. Not
        # an exception: the request was a good one, and the code would be taken for the device's word on it.
        words = f"function byte 80 instead of {_ERROR | function:02x}, code {body[1]:02X}"
        return Answer("malformed", seconds, words, None, raw)
    if body[0] & ~_ERROR != function:
        return Answer("malformed", seconds, f"function byte {body[0]:02x} answers {function:02x}", None, raw)
    message = _framer.decoder.decode(body)
    if message is None:
        return Answer("malformed", seconds, "the frame ends before its data does", None, raw)
    if message.isError():
        code = message.exception_code
        name = clean(f"exception {code:02X} {EXCEPTIONS.get(code, '')}".strip())
        return Answer("exception", seconds, name, code, raw)
    return Answer("answer", seconds, f"function {function} answers", None, raw, message=message)


def misframed(received: bytes, seconds: float, *, ours: bool) -> Answer:
    """What bytes mean that begin no frame: broken Modbus TCP where they are known as *ours*."""
    shown = clean(received, _SHOWN)
    if not ours:
        return Answer("other", seconds, f"not Modbus TCP: {shown}", None, received)
    if received[2:4] == _PROTOCOL:
        shown = f"its length field says {int.from_bytes(received[4:6], 'big')}"
    return Answer("malformed", seconds, f"no whole frame: {shown}", None, received)


def tls_alert(raw: bytes) -> bool:
    """Whether *raw* begins with a TLS alert, as a TLS server answers plain bytes (RFC 8446, section 5.1)."""
    return (
        raw[:2] == _ALERT
        and len(raw) > len(_ALERT)
        and raw[2] <= _TLS_MINOR_MOST
        and b"\0\2".startswith(raw[3:5])
    )
