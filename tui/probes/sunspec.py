"""The SunSpec map of inverters, meters and batteries: its marker, the common model and the list of models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

from tui.clean import clean
from tui.probes.interview import Interview
from tui.probes.modbus import Answer

# SunSpec Device Information Model Specification: marker, then models, each with id and length.
BASES: Final = (40_000, 50_000, 0)
"""Where the map may begin; 0 last, for some devices are silent there."""
MARKER: Final = (0x5375, 0x6E53)
MODELS: Final = 32  # walked at the most
_END: Final = 0xFFFF
_COMMON: Final = 1
_COMMON_LEAST: Final = 64  # manufacturer to serial
_FIELDS: Final = (16, 16, 8, 8, 16)
_HEAD: Final = 2
_LAST: Final = 0xFFFF
_Told: TypeAlias = Callable[[tuple[int, ...]], str]


class SunSpec(NamedTuple):
    """What the common model says, as clean text, and the ids of the *models* that follow it.

    *whole* tells whether the end of the list was seen.
    """

    base: int
    manufacturer: str
    model: str
    options: str
    version: str
    serial: str
    models: tuple[int, ...]
    whole: bool


async def read(interview: Interview) -> SunSpec | None:
    """The map; None where there is none, or none that can be read."""
    for base in BASES:
        head = await _registers(interview, f"SunSpec marker at {base}", base, 2 * _HEAD, _marker_told)
        if head is None or head[:_HEAD] != MARKER:
            continue
        number, length = head[_HEAD:]
        at = base + 2 * _HEAD
        if number != _COMMON or length < _COMMON_LEAST:
            return SunSpec(base, "", "", "", "", "", (), whole=False)
        common = await _registers(interview, "SunSpec common model", at, _COMMON_LEAST, _common_told)
        models, whole = await _walk(interview, at + length)
        return SunSpec(base, *_texts(common or ()), models, whole)
    return None


async def _walk(interview: Interview, at: int) -> tuple[tuple[int, ...], bool]:
    """Ids of the models from *at* on, and whether their end was reached."""
    found: list[int] = []
    while len(found) < MODELS and at < _LAST:
        head = await _registers(interview, f"SunSpec model at {at}", at, _HEAD, _model_told)
        if head is None:
            return tuple(found), False
        number, length = head
        if number == _END:
            return tuple(found), True
        found.append(number)
        at += _HEAD + length
    return tuple(found), False


async def _registers(
    interview: Interview, asked: str, at: int, count: int, told: _Told
) -> tuple[int, ...] | None:
    question = ReadHoldingRegistersRequest(address=at, count=count)
    answer = await interview.ask(asked, question, lambda answer: told(_of(answer)))
    return _of(answer) if answer is not None and answer.reply == "answer" else None


def _of(answer: Answer) -> tuple[int, ...]:
    return tuple(answer.message.registers) if answer.message is not None else ()


def _texts(registers: Sequence[int]) -> tuple[str, str, str, str, str]:
    """The five texts of the common model."""
    texts = []
    at = 0
    for size in _FIELDS:
        texts.append(text(registers[at : at + size]))
        at += size
    return texts[0], texts[1], texts[2], texts[3], texts[4]


def text(registers: Sequence[int]) -> str:
    """Registers as clean text, up to the first NUL."""
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    return clean(data.split(b"\0", 1)[0].strip())


def _marker_told(registers: tuple[int, ...]) -> str:
    return "SunS" if registers[:_HEAD] == MARKER else "no marker"


def _common_told(registers: tuple[int, ...]) -> str:
    return ", ".join(part for part in _texts(registers) if part) or "empty"


def _model_told(registers: tuple[int, ...]) -> str:
    number, length = registers
    return "the end of the list" if number == _END else f"model {number}, {length} registers"
