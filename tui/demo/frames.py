"""Modbus frames as bytes, as far as the plant needs them: questions, answers, refusals, the CRC of RTU."""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

LONGEST: Final = 260
"""Bytes in the longest Modbus TCP frame (Modbus Messaging on TCP/IP Implementation Guide V1.0b)."""
HEADER: Final = struct.Struct(">HHHB")
_RANGE: Final = struct.Struct(">HH")

_SHORTEST_RTU: Final = 4  # unit, function, CRC
_BITS: Final = {1: 2000, 2: 2000}
_REGISTERS: Final = {3: 125, 4: 125}

ILLEGAL_FUNCTION: Final = 0x01
ILLEGAL_VALUE: Final = 0x03
BUSY: Final = 0x06
NO_PATH: Final = 0x0A
NO_TARGET: Final = 0x0B


class Request(NamedTuple):
    """A question: who is asked for what."""

    transaction: int
    unit: int
    pdu: bytes


def frame(request: Request, pdu: bytes) -> bytes:
    """A PDU under the header that belongs to the request."""
    return HEADER.pack(request.transaction, 0, len(pdu) + 1, request.unit) + pdu


def question(transaction: int, unit: int = 1, function: int = 3, start: int = 0, count: int = 4) -> bytes:
    """A reading request."""
    pdu = bytes([function]) + _RANGE.pack(start, count)
    return frame(Request(transaction, unit, pdu), pdu)


def refusal(pdu: bytes, code: int) -> bytes:
    """The PDU of an exception."""
    return bytes([pdu[0] | 0x80, code])


def reading(pdu: bytes) -> bytes:
    """The PDU that answers one: values that tell their own address, or the exception it deserves."""
    function, most = pdu[0], {**_BITS, **_REGISTERS}.get(pdu[0])
    if most is None:
        return refusal(pdu, ILLEGAL_FUNCTION)
    if len(pdu) != 1 + _RANGE.size:
        return refusal(pdu, ILLEGAL_VALUE)
    start, count = _RANGE.unpack(pdu[1:])
    if not 1 <= count <= most:
        return refusal(pdu, ILLEGAL_VALUE)
    if function in _BITS:
        values = bytes((count + 7) // 8)
    else:
        values = b"".join(((start + n) & 0xFFFF).to_bytes(2, "big") for n in range(count))
    return bytes([function, len(values)]) + values


def crc(data: bytes) -> bytes:
    """The two bytes that close an RTU frame."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return value.to_bytes(2, "little")


def rtu(unit: int, pdu: bytes) -> bytes:
    """An RTU frame."""
    data = bytes([unit]) + pdu
    return data + crc(data)


def rtu_answer(data: bytes) -> bytes:
    """The answer to an RTU frame; nothing for bytes that are none."""
    if len(data) < _SHORTEST_RTU or crc(data[:-2]) != data[-2:]:
        return b""
    return rtu(data[0], reading(data[1:-2]))
