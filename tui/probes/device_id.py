"""Device identification (function 43, type 14): a device's own words on maker, product and revision."""

from __future__ import annotations

from typing import Final, NamedTuple

from pymodbus.constants import DeviceInformation
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse

from tui.clean import clean
from tui.probes.interview import Interview
from tui.probes.modbus import Answer

OBJECTS: Final = 32  # kept of one device
BYTES: Final = 4096  # of all of them
NAMES: Final = {
    0: "vendor",
    1: "product code",
    2: "revision",
    3: "vendor page",
    4: "product name",
    5: "model name",
    6: "application",
}
"""Objects with a meaning of their own (Modbus Application Protocol Specification V1.1b3, section 6.21)."""
_REGULAR: Final = 2
"""Conformity level from which the objects from 3 on exist (same section)."""
_INDIVIDUAL: Final = 0x80
"""Bit of the conformity level that speaks of another way to ask."""
_FIRST_REGULAR: Final = 3
_OBJECTS_AT: Final = 14
"""Bytes before the first object: header, function, type, code, level, more, next, number."""
_PADDING: Final = b"\0 \r\n\t"


class DeviceId(NamedTuple):
    """Objects by id, as clean text; *conformity* as sent."""

    objects: dict[int, str]
    conformity: int


async def read(interview: Interview) -> DeviceId | None:
    """The basic objects, and the regular ones where the device has them; None where it told nothing."""
    pages = _Pages(interview)
    await pages.read(DeviceInformation.BASIC, 0)
    if pages.conformity is None:
        return None
    if pages.conformity & ~_INDIVIDUAL >= _REGULAR:
        await pages.read(DeviceInformation.REGULAR, _FIRST_REGULAR)
    return DeviceId(pages.objects, pages.conformity)


class _Pages:
    """Page after page, within bounds, as long as each brings something new and the next lies ahead."""

    def __init__(self, interview: Interview) -> None:
        self.objects: dict[int, str] = {}
        self.conformity: int | None = None
        self._bytes = 0
        self._interview = interview

    async def read(self, code: int, first: int) -> None:
        """The objects of one category from *first* on."""
        kind = "basic" if code == DeviceInformation.BASIC else "regular"
        while True:
            asked = f"device identification, {kind}" + (f", from object {first}" if first else "")
            question = ReadDeviceInformationRequest(read_code=code, object_id=first)
            answer = await self._interview.ask(asked, question, _told)
            message = answer.message if answer else None
            if answer is None or not isinstance(message, ReadDeviceInformationResponse):
                return
            self.conformity = message.conformity
            news = self._take(message, answer.raw)
            if not (message.more_follows and news and message.next_object_id > first):
                return
            first = message.next_object_id

    def _take(self, message: ReadDeviceInformationResponse, raw: bytes) -> bool:
        """Keep what is new; whether anything was, and there is room for more."""
        news = False
        for number, text in _objects(message, raw).items():
            if number in self.objects:
                continue
            self._bytes += len(text)
            if len(self.objects) >= OBJECTS or self._bytes > BYTES:
                return False
            self.objects[number] = clean(text.strip(_PADDING))
            news = True
        return news


def _objects(message: ReadDeviceInformationResponse, raw: bytes) -> dict[int, bytes]:
    """The objects that came whole; of several with one id the first."""
    found = {
        number: value[0] if isinstance(value, list) else value
        for number, value in message.information.items()
    }
    if found and _cut(raw):
        found.popitem()
    return found


def _cut(raw: bytes) -> bool:
    """Whether the last object claims more bytes than there are."""
    at = _OBJECTS_AT
    while at + 1 < len(raw):
        at += 2 + raw[at + 1]
    return at > len(raw)


def _told(answer: Answer) -> str:
    message = answer.message
    if not isinstance(message, ReadDeviceInformationResponse):
        return "function 43 with something else than an identification"
    shown = ", ".join(
        f"{NAMES.get(number, f'object {number}')} {clean(text.strip(_PADDING))}"
        for number, text in _objects(message, answer.raw).items()
    )
    words = shown or "no objects"
    if _cut(answer.raw):
        words = f"the last object is cut off; {words}"
    if message.more_follows:
        words = f"more from object {message.next_object_id}; {words}"
    return words
