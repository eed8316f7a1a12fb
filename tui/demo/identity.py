"""What devices of the plant say of themselves: device identification, server id, a SunSpec map."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tui.demo import frames
from tui.demo.frames import Request
from tui.demo.mbap import Reply

_SERVER_ID: Final = 17
_ENCAPSULATED: Final = 43
_IDENTIFICATION: Final = 14
_BASIC: Final = range(3)
_REGULAR: Final = range(7)
_ONE: Final = 4
_LEVEL: Final = 0x82
"""Regular objects, as a stream and one by one (Modbus Application Protocol Specification V1.1b3, 6.21)."""
_RUNS: Final = 0xFF
_HEAD: Final = 3
_ILLEGAL_ADDRESS: Final = 0x02
_HOLDING: Final = 3


class Words(NamedTuple):
    """What one unit says."""

    objects: Mapping[int, bytes] = {}
    """Of device identification, by number; a unit without any does not know the function."""
    server_id: bytes = b""
    registers: Mapping[int, int] = {}
    """Holding registers beside those that tell their own address."""


def telling(words: Words, otherwise: Reply) -> Reply:
    """Says *words* when asked for them; what else is asked goes on to *otherwise*."""

    async def reply(request: Request) -> bytes:
        return _said(words, request.pdu) or await otherwise(request)

    return reply


def each(units: Mapping[int, Words], otherwise: Reply) -> Reply:
    """A unit of its own for each id; the other ids go on to *otherwise*."""

    async def reply(request: Request) -> bytes:
        words = units.get(request.unit)
        if words is None:
            return await otherwise(request)
        return _said(words, request.pdu) or frames.reading(request.pdu)

    return reply


def _said(words: Words, pdu: bytes) -> bytes:
    if pdu[:2] == bytes((_ENCAPSULATED, _IDENTIFICATION)) and len(pdu) > _HEAD and words.objects:
        return _identification(words.objects, pdu[2], pdu[3])
    if pdu[:1] == bytes((_SERVER_ID,)) and words.server_id:
        data = bytes((pdu[0], _RUNS)) + words.server_id
        return bytes((pdu[0], len(data))) + data
    if pdu[:1] == bytes((_HOLDING,)) and words.registers and len(pdu) == 1 + 4:
        return _read(words.registers, pdu)
    return b""


def _identification(objects: Mapping[int, bytes], code: int, first: int) -> bytes:
    wanted = range(first, first + 1) if code == _ONE else _BASIC if code == 1 else _REGULAR
    told = b"".join(
        bytes((number, len(text))) + text
        for number, text in sorted(objects.items())
        if number in wanted and number >= first
    )
    count = sum(number in wanted and number >= first for number in objects)
    return bytes((_ENCAPSULATED, _IDENTIFICATION, code, _LEVEL, 0, 0, count)) + told


def _read(registers: Mapping[int, int], pdu: bytes) -> bytes:
    start, count = struct.unpack(">HH", pdu[1:])
    if start < min(registers):
        return b""
    values = [registers.get(start + number) for number in range(count)]
    if None in values or not count:
        return frames.refusal(pdu, _ILLEGAL_ADDRESS)
    data = b"".join((value or 0).to_bytes(2, "big") for value in values)
    return bytes((pdu[0], len(data))) + data


def sunspec(
    texts: Iterable[tuple[str, int]], models: Mapping[int, int], base: int = 40_000
) -> dict[int, int]:
    """Registers of a SunSpec map: common model of *texts* with their registers, then *models* with theirs."""
    common = b"".join(text.encode().ljust(2 * size, b"\0") for text, size in texts)
    words = [0x5375, 0x6E53, 1, len(common) // 2]
    words += [number for (number,) in struct.iter_unpack(">H", common)]
    for model, length in models.items():
        words += [model, length, *[0] * length]
    return {base + at: word for at, word in enumerate([*words, 0xFFFF, 0])}
