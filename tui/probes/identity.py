"""What a device says it is, asked on one open connection at the pace it bears."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple

from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from tui import limits
from tui.probes import device_id, server_id, sunspec
from tui.probes.interview import Interview
from tui.probes.manners import Manners
from tui.probes.modbus import Answer, Ended
from tui.probes.server_id import ServerId
from tui.probes.sunspec import SunSpec
from tui.probes.talk import Talk
from tui.records import Evidence

ID_REGISTERS: Final = 8  # ranges of a profile that are read
_KINDS: Final = {3: ReadHoldingRegistersRequest, 4: ReadInputRegistersRequest}
_LENGTH_MOST: Final = 125  # registers in one answer
_PRODUCT: Final = (4, 5, 1)
"""Objects that name the product, the most telling first: product name, model name, product code."""


class IdRegisters(NamedTuple):
    """Registers by which a product can be told: *length* from *address* (zero based) on, up to 125."""

    function: Literal[3, 4]
    address: int
    length: int = 1


class Identity(NamedTuple):
    """What was said, all of it clean text or numbers, and what was learnt about asking."""

    objects: Mapping[int, str]
    """Of device identification, by object id."""
    conformity: int | None
    """Level of device identification, as sent."""
    server: ServerId | None
    sunspec: SunSpec | None
    registers: Mapping[tuple[int, int], tuple[int, ...]]
    """Of the profile, by function and address, where they were read."""
    evidence: tuple[Evidence, ...]
    ended: Ended
    """How the device ended the connection meanwhile, if it did."""
    manners: Manners
    """How to ask the next time."""
    again: bool
    """It was cut short, and with the manners learnt another connection may tell more; try that once only."""

    @property
    def vendor(self) -> str:
        """Maker, in the device's words; empty where it did not say."""
        return self.objects.get(0, "") or (self.sunspec.manufacturer if self.sunspec else "")

    @property
    def product(self) -> str:
        """Product, in the device's words; empty where it did not say."""
        told = next((self.objects[number] for number in _PRODUCT if self.objects.get(number)), "")
        return (
            told or (self.sunspec.model if self.sunspec else "") or (self.server.text if self.server else "")
        )

    @property
    def revision(self) -> str:
        """Version, in the device's words; empty where it did not say."""
        return self.objects.get(2, "") or (self.sunspec.version if self.sunspec else "")


async def identify(
    talk: Talk,
    unit: int,
    *,
    manners: Manners = Manners(),  # noqa: B008
    registers: Sequence[IdRegisters] = (),
    wait_s: float = limits.ANSWER_S,
    server_id_too: bool = True,
) -> Identity:
    """Ask *unit* what it is: device identification, else server id, then id *registers*, then SunSpec.

    Without *server_id_too* the server id is left to `completed`.
    Waits *wait_s* seconds for an answer at the most. An exception is an answer; a device that is silent
    three times in a row is asked no more.

    Raises:
        LetGoError: the connection was let go, before or meanwhile.
    """
    interview = Interview(talk, unit, manners, wait_s)
    await interview.begin()
    device = await device_id.read(interview)
    named = device is not None and bool(device.objects)
    server = await server_id.read(interview) if server_id_too and not named else None
    found = await _read(interview, registers)
    plant = await sunspec.read(interview)
    interview.learn()
    return Identity(
        objects=device.objects if device else {},
        conformity=device.conformity if device else None,
        server=server,
        sunspec=plant,
        registers=found,
        evidence=tuple(interview.evidence),
        ended=talk.ended,
        manners=interview.manners,
        again=interview.cut_short and interview.manners != manners,
    )


async def completed(talk: Talk, unit: int, identity: Identity) -> Identity:
    """*identity* with the server id of *unit*, where it was not asked.

    To be asked last of all: there are servers that end the connection at it.

    Raises:
        LetGoError: the connection was let go, before or meanwhile.
    """
    if identity.server is not None or talk.over:
        return identity
    interview = Interview(talk, unit, identity.manners._replace(before_s=0.0))
    server = await server_id.read(interview)
    evidence = (*identity.evidence, *interview.evidence)[: limits.CLIMB_EVIDENCE]
    return identity._replace(server=server, evidence=evidence)


async def _read(
    interview: Interview, wanted: Sequence[IdRegisters]
) -> dict[tuple[int, int], tuple[int, ...]]:
    found: dict[tuple[int, int], tuple[int, ...]] = {}
    for function, address, length in wanted[:ID_REGISTERS]:
        asked = f"registers {address} to {address + length - 1} by function {function}"
        question = _KINDS[function](address=address, count=min(max(length, 1), _LENGTH_MOST))
        answer = await interview.ask(asked, question, _values)
        if answer is not None and answer.reply == "answer" and answer.message is not None:
            found[function, address] = tuple(answer.message.registers)
    return found


def _values(answer: Answer) -> str:
    values = answer.message.registers if answer.message is not None else ()
    return " ".join(f"{value:04x}" for value in values)
