"""One harmless read in RTU on an open connection: is this serial framing carried over TCP?"""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

from tui.clean import clean
from tui.probes.allowed import NotReadingError, require_reading
from tui.probes.modbus import EXCEPTIONS
from tui.probes.tcp import Connection

# A gateway at 1200 baud needs 0.2 s for a request and its answer; a Modbus TCP server says nothing at all.
ANSWER_RTU_S: Final = 1.0
UNIT_MOST: Final = 247
"""Unit ids of a serial line end here (Modbus over Serial Line Specification V1.02, section 2.2)."""
_framer = FramerRTU(DecodePDU(is_server=False))
_READ: Final = ReadHoldingRegistersRequest.function_code
_REFUSED: Final = _READ | 0x80
_CRC: Final = 2
_EXCEPTION_BODY: Final = 3  # unit, function, code
_REGISTERS_BODY: Final = 3  # unit, function, byte count
_BYTES_MOST: Final = 250
"""Data bytes at the most: 125 registers (Modbus Application Protocol Specification V1.1b3, section 6.3)."""
_SHOWN: Final = 40


class RtuAnswer(NamedTuple):
    """Whether a valid RTU frame of that unit came back; *seconds* to it, to the end, or what was waited."""

    answers: bool
    seconds: float
    detail: str
    raw: bytes = b""


def frame(unit: int, start: int = 1, count: int = 1) -> bytes:
    """An RTU read of *count* holding registers, from the first harmless address at *start* or after.

    From address 0 the frame would be a valid Modbus TCP header; from some others a Modbus TCP server that
    does not look at the protocol id would find a function code that does not read in the CRC.

    Raises:
        ValueError: no such unit, start or count on a serial line.
    """
    if not 0 <= unit <= UNIT_MOST or start < 1:
        raise ValueError(f"unit 0 to {UNIT_MOST} and a start from 1 on, not {unit} and {start}")
    while True:
        wanted = _framer.buildFrame(ReadHoldingRegistersRequest(dev_id=unit, address=start, count=count))
        try:
            require_reading(wanted)
        except NotReadingError:
            start += 1
        else:
            return wanted


async def ask(connection: Connection, unit: int, wait_s: float = ANSWER_RTU_S) -> RtuAnswer:
    """Send one RTU read to *unit* and say whether RTU came back within *wait_s* seconds.

    Nothing else belongs on this connection afterwards: a Modbus TCP server may still wait for the rest of
    what it takes for a frame. A unit that no serial line has, such as 255, is not asked.
    """
    if not 0 <= unit <= UNIT_MOST:
        return RtuAnswer(False, 0.0, f"not asked: unit ids of a serial line end at {UNIT_MOST}")
    loop = asyncio.get_running_loop()
    wanted = frame(unit)
    received = b""
    end = ""
    started = loop.time()
    try:
        async with asyncio.timeout(wait_s):
            await connection.send(wanted)
            while data := await connection.receive():
                received += data
                if words := judge(received, unit):
                    return RtuAnswer(True, loop.time() - started, words, received)
            end = "closed by the device"
    except OSError as error:
        # Only our own patience has no errno.
        if not isinstance(error, TimeoutError) or error.errno is not None:
            end = clean(error.strerror or str(error))
    seconds = loop.time() - started
    if received == wanted:
        return RtuAnswer(False, seconds, "our own bytes came back, and no answer", received)
    if received:
        return RtuAnswer(False, seconds, f"not RTU: {clean(received, _SHOWN)}", received)
    return RtuAnswer(False, seconds, end or f"no answer in RTU from unit {unit}")


def judge(received: bytes, unit: int) -> str:
    """What the first valid RTU answer of *unit* in *received* says; empty while there is none.

    Our own bytes, echoed by a serial line, and noise may stand before it.
    """
    for at in range(len(received)):
        if words := _answer(received[at:], unit):
            return words
    return ""


def _answer(data: bytes, unit: int) -> str:
    if len(data) < _EXCEPTION_BODY + _CRC or data[0] != unit:
        return ""
    function, third = data[1], data[2]
    if function == _REFUSED and _whole(data, _EXCEPTION_BODY):
        return f"RTU exception {third:02X} {EXCEPTIONS.get(third, '')}".strip()
    sized = 0 < third <= _BYTES_MOST and third % 2 == 0
    if function == _READ and sized and _whole(data, _REGISTERS_BODY + third):
        return f"RTU answer, registers: {third // 2}"
    return ""


def _whole(data: bytes, body: int) -> bool:
    crc = data[body : body + _CRC]
    return len(crc) == _CRC and FramerRTU.check_CRC(data[:body], int.from_bytes(crc, "big"))
