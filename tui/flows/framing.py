"""Modbus TCP messages out of one direction's bytes, of which some may never have been captured.

Header: Modbus Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3. Only a header is ever kept; the rest
of a message is counted past.
"""

from __future__ import annotations

import struct
from typing import Final

from tui.flows.flow import KNOWN, LOST, START, Half

PENDING: Final = 64  # requests of one session that may wait for their answers; the Guide allows 16
_HEADER: Final = struct.Struct("!HHHH")  # transaction, protocol, length, then unit and function code
_SIZE: Final = 8
_BEFORE_LENGTH: Final = 6
_LEAST: Final = 2  # a unit id and a function code
_MOST: Final = 254  # and 252 bytes of data
_EXCEPTION: Final = 0x80
_RTU_MOST: Final = 256

_unpack = _HEADER.unpack_from


def take(half: Half, at: float, data: bytes, length: int) -> None:
    """The next *length* bytes of a direction, of which *data* was captured."""
    if not half.skip and not half.head and length >= _SIZE and len(data) == length:
        transaction, protocol, size, kind = _unpack(data)
        if not protocol and size + _BEFORE_LENGTH == length and size <= _MOST:
            half.step = KNOWN
            if half.client:
                _request(half, at, transaction, kind)
            else:
                _response(half, at, transaction, kind, data[_SIZE] if length > _SIZE else -1)
            return
    _stream(half, at, data, length)


def gap(half: Half, length: int) -> None:
    """*length* bytes were not captured."""
    if length <= half.skip and not half.head:
        half.skip -= length
        return
    half.gaps += 1
    half.skip, half.head, half.step = 0, b"", LOST


def _stream(half: Half, at: float, data: bytes, length: int) -> None:
    """Several messages, or parts of some."""
    if half.step != KNOWN and not half.head and not _begins(half, data, length):
        half.foreign += 1
        half.step = LOST
        return
    place = 0
    while place < length:
        if half.skip:
            step = min(half.skip, length - place)
            half.skip -= step
            place += step
            continue
        piece = data[place : place + _SIZE - len(half.head)]
        half.head += piece
        place += len(piece)
        if len(half.head) < _SIZE:
            if place < length:
                gap(half, length - place)
            return
        head, half.head = half.head, b""
        transaction, protocol, size, kind = _unpack(head)
        if not _sound(half, protocol, size, kind):
            half.foreign += 1
            half.step = LOST
            return
        half.step = KNOWN
        half.skip = size - _LEAST
        if half.client:
            _request(half, at, transaction, kind)
        else:
            _response(half, at, transaction, kind, data[place] if half.skip and place < len(data) else -1)


def _begins(half: Half, data: bytes, length: int) -> bool:
    """Whether a message begins with this segment: most do."""
    if len(data) < _SIZE:
        return half.step == START
    _, protocol, size, kind = _unpack(data)
    if not _sound(half, protocol, size, kind):
        return False
    if size + _BEFORE_LENGTH <= length:
        return True
    # The first words of an RTU request look like such a header; its check sum tells.
    return half.step == START and _check_sum(data[:_RTU_MOST]) != 0


def _sound(half: Half, protocol: int, size: int, kind: int) -> bool:
    """Whether the header can be one of Modbus TCP; a request is no exception."""
    function = kind & 0xFF
    return not protocol and _LEAST <= size <= _MOST and 0 < function < (_EXCEPTION if half.client else 0x100)


def _check_sum(data: bytes) -> int:
    """0 where *data* ends in its own CRC (MODBUS over Serial Line V1.02, 2.5.1.2)."""
    found = 0xFFFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = found >> 1 ^ (0xA001 if found & 1 else 0)
    return found


def _request(half: Half, at: float, transaction: int, kind: int) -> None:
    flow = half.flow
    if flow.requests:
        pause = at - flow.asked_at
        if pause > flow.paused_s:  # noqa: PLR1730 - max() costs four times as much
            flow.paused_s = pause
    else:
        flow.first_asked_at = at
    flow.requests += 1
    flow.asked_at = at
    if kind != half.kind:
        half.kind = kind
        flow.units |= 1 << (kind >> 8)
        flow.functions |= 1 << (kind & 0xFF)
    pending = flow.pending
    if pending:
        if pending.pop(transaction, None) is not None:
            flow.unanswered += 1
        elif len(pending) >= PENDING:
            del pending[next(iter(pending))]
            flow.unanswered += 1
    pending[transaction] = at


def _response(half: Half, at: float, transaction: int, kind: int, code: int) -> None:
    flow = half.flow
    asked = flow.pending.pop(transaction, None)
    flow.responses += 1
    if kind & _EXCEPTION:
        flow.exceptions += 1
        if code >= 0:
            flow.codes |= 1 << code
    if asked is None:
        flow.unasked += 1
        return
    took = at - asked
    flow.answered += 1
    flow.answer_s += took
    if took > flow.slowest_s:  # noqa: PLR1730 - max() costs four times as much
        flow.slowest_s = took
