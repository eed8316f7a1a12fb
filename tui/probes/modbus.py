"""One harmless Modbus read on an open connection, and what came back."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Final, NamedTuple

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

from tui import limits
from tui.clean import clean
from tui.probes.tcp import Connection
from tui.records import Reply

# Hostile bytes make the library log; a terminal program has no stderr to spare.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())
logging.getLogger("pymodbus").propagate = False

DEFAULT_UNIT: Final = 1
_framer = FramerSocket(DecodePDU(is_server=False))
_MBAP: Final = 7
_ADU_MOST: Final = 260
"""Bytes in the longest Modbus TCP frame (Modbus Application Protocol Specification V1.1b3, section 4.1)."""
_SHOWN: Final = 40

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


class Answer(NamedTuple):
    """What came back for one request; *seconds* from request to reply, or what was waited."""

    reply: Reply
    seconds: float
    detail: str
    exception: int | None = None
    raw: bytes = b""


def request(unit: int, address: int = 0, count: int = 1, transaction: int | None = None) -> tuple[int, bytes]:
    """A read of *count* holding registers from *address* (zero based): transaction id and frame."""
    transaction = 1 + secrets.randbelow(0xFFFF) if transaction is None else transaction
    message = ReadHoldingRegistersRequest(
        dev_id=unit, transaction_id=transaction, address=address, count=count
    )
    return transaction, _framer.buildFrame(message)


async def read(connection: Connection, unit: int, wait_s: float = limits.ANSWER_S) -> Answer:
    """Read holding register 0 of *unit* and say what came back within *wait_s* seconds."""
    loop = asyncio.get_running_loop()
    transaction, frame = request(unit)
    received = b""
    started = loop.time()
    try:
        async with asyncio.timeout(wait_s):
            await connection.send(frame)
            while True:
                data = await connection.receive()
                if not data:
                    break
                received += data
                if answer := judge(received, transaction, loop.time() - started):
                    return answer
        took = loop.time() - started
    except TimeoutError:
        took = loop.time() - started
        if received:
            return Answer("malformed", took, f"an unfinished frame of {len(received)} bytes", None, received)
        return Answer("silent", took, f"no answer to unit {unit}")
    except OSError as error:
        took = loop.time() - started
        return Answer("reset", took, clean(error.strerror or str(error)), None, received)
    if received:
        return Answer(
            "malformed", took, f"closed after an unfinished frame of {len(received)} bytes", None, received
        )
    return Answer("closed", took, "closed by the device without an answer")


def judge(received: bytes, transaction: int, seconds: float) -> Answer | None:
    """What the bytes so far mean; None while a whole frame is still to come."""
    if received[2:4].strip(b"\0") or (len(received) >= 6 and not 3 <= _length(received) <= _ADU_MOST - 6):  # noqa: PLR2004 - MBAP: unit id, function and at least one byte
        return Answer("other", seconds, f"not Modbus TCP: {clean(received, _SHOWN)}", None, received)
    if len(received) < _MBAP or len(received) < 6 + _length(received):
        return None
    used, _unit, tid, body = _framer.decode(received)
    raw = received[:used]
    if tid != transaction:
        return Answer("malformed", seconds, f"transaction id {tid} instead of {transaction}", None, raw)
    try:
        message: ModbusPDU | None = _framer.decoder.decode(body)
    except ModbusException as error:
        return Answer("malformed", seconds, clean(str(error)), None, raw)
    if message is None or message.function_code & 0x7F != ReadHoldingRegistersRequest.function_code:
        return Answer("malformed", seconds, f"function byte {body[0]:02x} answers 03", None, raw)
    if message.isError():
        code = message.exception_code
        return Answer("exception", seconds, f"exception {code:02X} {EXCEPTIONS.get(code, '')}", code, raw)
    value = f"register 0 is {message.registers[0]}" if message.registers else "an answer without registers"
    return Answer("answer", seconds, value, None, raw)


def _length(received: bytes) -> int:
    return int.from_bytes(received[4:6], "big")
