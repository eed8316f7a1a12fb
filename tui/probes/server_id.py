"""Report server id (function 17): whatever the maker thought an id is, and whether the device runs."""

from __future__ import annotations

from typing import Final, NamedTuple

from pymodbus.pdu.other_message import ReportDeviceIdRequest, ReportDeviceIdResponse

from tui.clean import clean
from tui.probes.interview import Interview
from tui.probes.modbus import Answer

_RUN: Final = {0x00: False, 0xFF: True}
"""Run indicator (Modbus Application Protocol Specification V1.1b3, section 6.13)."""
_DATA_AT: Final = 9  # header, function, byte count
_PADDING: Final = b"\0 \r\n\t"


class ServerId(NamedTuple):
    """What the device reports: *id* as hex, whether it runs where that can be told, and clean *text*."""

    id: str
    running: bool | None
    text: str


async def read(interview: Interview) -> ServerId | None:
    """The report; None where there is none."""
    answer = await interview.ask("report server id", ReportDeviceIdRequest(), _told)
    if answer is None or not isinstance(answer.message, ReportDeviceIdResponse):
        return None
    return decode(_data(answer))


def decode(data: bytes) -> ServerId:
    """Take *data* apart; how long the id is the specification leaves open.

    Usual is one byte, then the run indicator. Where none stands there, the last byte is it if it can be,
    and all before is id and text alike.
    """
    if len(data) > 1 and data[1] in _RUN:
        return ServerId(data[:1].hex(), _RUN[data[1]], clean(data[2:].strip(_PADDING)))
    if len(data) > 1 and data[-1] in _RUN:
        return ServerId(clean(data[:-1].hex()), _RUN[data[-1]], clean(data[:-1].strip(_PADDING)))
    return ServerId(clean(data.hex()), None, clean(data.strip(_PADDING)))


def _data(answer: Answer) -> bytes:
    return answer.raw[_DATA_AT : _DATA_AT + answer.raw[_DATA_AT - 1]]


def _told(answer: Answer) -> str:
    server = decode(_data(answer))
    runs = {True: "it runs", False: "it does not run", None: "whether it runs is not said"}[server.running]
    return f"{server.text or f'id {server.id}'}; {runs}"
