"""What was learnt of single devices: what they are, the units behind a gateway, the values of a meter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.recordings.hosts import BEGIN, PORT
from tui.device_events import Identified, Peeked, Suits, UnitAnswered, UnitsSeen, Value, Ways
from tui.event import Event
from tui.records import Evidence, Face

MIXER: Final = "10.20.0.11"
YARD: Final = "10.20.0.40"
METER: Final = "10.20.0.60"
_SAID: Final = {1: "Eastron SDM630", 2: "Eastron SDM630", 7: "Danfoss VLT FC 102", 12: "Siemens 3RW55"}


def learnt() -> Iterator[Event]:
    """All that was asked within the hour."""
    yield _mixer()
    yield _yard(BEGIN + 700)
    yield from _units()
    yield from _values()


def _mixer() -> Identified:
    return Identified(
        at=BEGIN + 650,
        address=MIXER,
        port=PORT,
        unit=255,
        vendor="Schneider Electric",
        product="TM241CE40R",
        revision="V5.3.12.14",
        objects={4: "Modicon M241", 5: "M241-24IO"},
        server_id="",
        mac="00:80:f4:1c:22:11",
        maker="Schneider Electric",
        suits=(
            Suits(
                profile="schneider-m241",
                product="Schneider Electric Modicon M241",
                certainty="proven",
                why="says Schneider Electric TM241CE40R",
                limit=8,
                limit_source="profile schneider-m241 (vendor)",
            ),
        ),
        ways=Ways(between_s=0.05),
        evidence=(
            Evidence(
                rung="identity",
                asked="device identification of unit 255",
                answer="6 objects",
                ms=7.1,
                sender=MIXER,
                raw="00020000002bff2b0e01010000",
            ),
            Evidence(
                rung="identity",
                asked="report server id of unit 255",
                answer="exception 01",
                ms=5.4,
                sender=MIXER,
            ),
        ),
    )


def _yard(at: float) -> Identified:
    return Identified(
        at=at,
        address=YARD,
        port=PORT,
        unit=1,
        mac="00:90:e8:77:01:40",
        maker="Moxa Inc.",
        suits=(
            Suits(
                profile="moxa-mgate-mb3000",
                product="Moxa MGate MB3000",
                certainty="likely",
                why="its port is made by Moxa and unit ids differ behind it",
                gateway=True,
            ),
        ),
        evidence=(
            Evidence(
                rung="identity", asked="device identification of unit 1", answer="exception 01", ms=52.0
            ),
        ),
    )


def _face(unit: int) -> Face:
    if unit in _SAID:
        return "answers"
    return "target-silent" if unit <= 32 else "path"


def _unit(unit: int) -> UnitAnswered:
    return UnitAnswered(unit=unit, face=_face(unit), said=_SAID.get(unit, ""))


def _units() -> Iterator[UnitsSeen]:
    """A sweep over every unit id behind the gateway: under way, and done."""
    every = tuple(_unit(unit) for unit in range(1, 248))
    yield UnitsSeen(
        at=BEGIN + 715,
        address=YARD,
        port=PORT,
        units=every[:90],
        judgement="gateway",
        full=True,
        running=True,
        left=157,
        left_s=21.0,
        connections=1,
        requests=90,
    )
    yield UnitsSeen(
        at=BEGIN + 740,
        address=YARD,
        port=PORT,
        units=every,
        judgement="gateway",
        full=True,
        connections=1,
        requests=247,
    )


def _values() -> Iterator[Peeked]:
    yield Peeked(at=BEGIN + 3598, address=METER, port=PORT, profile="janitza-umg511", unit=1, running=True)
    yield Peeked(
        at=BEGIN + 3600,
        address=METER,
        port=PORT,
        profile="janitza-umg511",
        unit=1,
        seconds=0.3,
        values=(
            Value(name="L1 voltage", where="holding 3845-3846", text="231.4", unit="V", raw="4367 6666"),
            Value(name="L1 current", where="holding 3853-3854", text="182.7", unit="A", raw="4336 b333"),
            Value(
                name="total active power", where="holding 3925-3926", text="118640", unit="W", raw="47e7 b800"
            ),
            Value(name="frequency", where="holding 3995-3996", failure="exception 02: no such address"),
        ),
    )
