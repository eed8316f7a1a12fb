"""Who there is in the recorded plant, and how each of them answers when."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from tests.screen.plant import NOW
from tui.event import Event
from tui.events import Probed, Spared, StateChanged, SweepEnded, SweepProgress, SweepStarted
from tui.records import KnownDevice, ProbeState

END: Final = NOW
"""The recording's present."""
MINUTES: Final = 63
BEGIN: Final = END - MINUTES * 60
NETWORK: Final = "10.20.0.0/24"
ROUTER: Final = "10.20.0.1"
"""On the way to the tanks."""
PORT: Final = 502
_EVERY: Final = 2
"""Minutes between two sweeps; what is in trouble is looked at each minute."""
_ADDRESSES: Final = 254
_ALL: Final = _ADDRESSES + 3
"""The tanks are swept as well."""
_CLOSES: Final = "accepts, then closes"


class Host(NamedTuple):
    """One device of the plant."""

    number: int
    name: str = ""
    product: str = ""
    profile: str = ""
    limit: int | None = None
    ms: float = 2.0
    answer_ms: float = 6.0
    net: str = "10.20.0"

    @property
    def address(self) -> str:
        return f"{self.net}.{self.number}"

    @property
    def known(self) -> KnownDevice:
        return KnownDevice(
            address=self.address, name=self.name, product=self.product, profile=self.profile,
            limit=self.limit, limit_source="profile, by its maker" if self.limit else "",
        )  # fmt: skip


HOSTS: Final = (
    Host(11, "mixer-1", "Schneider Electric Modicon M241", "schneider-m241", 8, 1.2, 5.0),
    Host(12, "boiler-2", "Schneider Electric Link150", ms=0.4, answer_ms=8.0),
    Host(13, "press-1", "Siemens S7-1500 (MB_SERVER)", "siemens-s7-1500-mbserver", ms=0.9),
    Host(14, "filler-1", "WAGO 750 couplers", "wago-750", ms=1.6),
    Host(15, "packer-1", "CODESYS Modbus server", "codesys-modbus-server", 16),
    Host(21, "chiller-1", "Honeywell HC900", "honeywell-hc900", ms=3.1),
    Host(22, "chiller-2", "Honeywell HC900", "honeywell-hc900", ms=3.4),
    Host(23, "humidifier", "Condair integrated", "condair-integrated", 3),
    Host(31, "drive-4", "Danfoss Vacon 100", "vacon-100", ms=1.1),
    Host(32, "drive-5", "Danfoss Vacon 100", "vacon-100", ms=1.1),
    Host(33, "drive-6", "Danfoss Vacon 100", "vacon-100", ms=1.3),
    Host(40, "gw-yard", "Moxa MGate MB3000", "moxa-mgate-mb3000", ms=14.0, answer_ms=46.0),
    Host(41, "gw-roof", "Anybus Communicator", "anybus-communicator", ms=9.0, answer_ms=31.0),
    Host(44, "weather", "ADAM-6017", ms=38.0, answer_ms=62.0),
    Host(50, "pump-7", "Grundfos CIM 500", "grundfos-cim500", 8),
    Host(51, "pump-8", "Grundfos CIM 500", "grundfos-cim500", 8),
    Host(60, "meter-main", "Janitza UMG 511", "janitza-umg511", 4, 1.9, 12.0),
    Host(61, "meter-hall", "Janitza UMG 604", "janitza-umg604", 4, 1.8, 11.0),
    Host(62, "meter-yard", "Siemens PAC3200", "siemens-pac3200", 1, 2.6, 18.0),
    Host(63, "meter-office", "Carlo Gavazzi EM24", "carlo-gavazzi-em24-e1", ms=4.0, answer_ms=140.0),
    Host(70, "ups-1", "APC NMC3", "apc-nmc3", ms=5.0, answer_ms=22.0),
    Host(71, "ups-2", "APC NMC3", "apc-nmc3", ms=5.0, answer_ms=21.0),
    Host(80, "genset", "DSE 8610", "dse-gencomm", ms=7.0, answer_ms=55.0),
    Host(81, "inverter-1", "SMA inverter", "sma-inverter", ms=2.0, answer_ms=30.0),
    Host(11, "tank-1", "Beckhoff BK9000", "beckhoff-bk9000", ms=6.0, net="10.21.0"),
    Host(12, "tank-2", "Beckhoff BK9000", "beckhoff-bk9000", ms=6.1, net="10.21.0"),
    Host(13, "tank-3", "Beckhoff BK9000", "beckhoff-bk9000", ms=6.4, net="10.21.0"),
)  # fmt: skip


class Turn(NamedTuple):
    """From *minute* on a host answers otherwise."""

    minute: int
    state: ProbeState = "answers"
    facts: Mapping[str, object] = MappingProxyType({})


_SILENT_TARGET: Final = {
    "detail": "exception 0x0B from unit 1", "exception": 0x0B, "reply": "exception", "unit": 1,
}  # fmt: skip
TURNS: Final = {
    "10.20.0.12": (
        Turn(57, "open", {"detail": _CLOSES, "reply": "reset", "closed": "reset", "answer_ms": None}),
    ),
    "10.20.0.31": (Turn(10, "refused"), Turn(21)),
    "10.20.0.40": (Turn(60, "answers", _SILENT_TARGET),),
    "10.20.0.44": tuple(
        Turn(minute, "answers" if turn % 2 else "timeout", {} if turn % 2 else {"ms": 3000.0})
        for turn, minute in enumerate((8, 12, 20, 26, 34, 38, 46))
    ),
    "10.20.0.50": (Turn(32, "no-neighbour", {"ms": None}),),
    "10.20.0.63": (Turn(15, "answers", {"answer_ms": 1840.0}), Turn(23)),
    "10.20.0.80": (Turn(40, "refused"),),
    **{
        f"10.21.0.{number}": (Turn(25, "host-unreachable", {"ms": 3.0, "sender": ROUTER}),)
        for number in (11, 12, 13)
    },
}  # fmt: skip
_TROUBLED: Final = frozenset(TURNS)


def _turn(address: str, minute: int) -> Turn:
    past = [turn for turn in TURNS.get(address, ()) if turn.minute <= minute]
    return past[-1] if past else Turn(0)


def _asked(host: Host, at: float, minute: int, chance: random.Random) -> Probed:
    turn = _turn(host.address, minute)
    facts: dict[str, object] = {"ms": round(host.ms * chance.uniform(0.9, 1.4), 1)}
    if turn.state == "answers":
        facts |= {
            "answer_ms": round(host.answer_ms * chance.uniform(0.8, 1.6), 1),
            "reply": "answer",
            "unit": 1,
        }
    elif turn.state == "refused":
        facts["sender"] = host.address
    facts |= turn.facts
    return Probed(at=at, address=host.address, port=PORT, state=turn.state, **facts)  # type: ignore[arg-type]


def _strangers(at: float) -> Iterator[Event]:
    """Who is no device: most addresses are silent, two printers refuse."""
    named = {host.number for host in HOSTS if host.net == "10.20.0"}
    for number in range(1, _ADDRESSES + 1):
        if number in named:
            continue
        state: ProbeState = "refused" if number in {90, 91} else "no-neighbour"
        yield Probed(
            at=at, address=f"10.20.0.{number}", port=PORT, state=state, ms=1.0 if state == "refused" else None
        )


def sweeps() -> Iterator[Event]:
    """Every sweep of the hour; the last one is under way."""
    chance = random.Random(502)  # noqa: S311 - the same each time
    states: dict[str, ProbeState] = {}
    yield from _strangers(BEGIN + 4.0)
    yield from _spared(BEGIN + 4.0)
    for minute in range(MINUTES):
        whole = minute % _EVERY == 0
        at, number = BEGIN + minute * 60 + 4.0, 1 + minute // _EVERY
        if whole:
            yield SweepStarted(at=at, sweep=number, hosts=_ALL, connections=_ALL, rate=50.0)
        for place, host in enumerate(HOSTS):
            if host.limit != 1 and (whole or host.address in _TROUBLED):
                yield from _looked_at(_asked(host, at + place * 0.2, minute, chance), states)
        if whole and minute < MINUTES - 1:
            counts: Counter[ProbeState] = Counter(states.values())
            yield SweepEnded(at=at + 6, sweep=number, took_s=6.0, counts=dict(counts))
    yield SweepProgress(at=END - 1, sweep=number, done=182, total=_ALL, rate=49.0, left_s=41.0)


def _looked_at(asked: Probed, states: dict[str, ProbeState]) -> Iterator[Event]:
    """The outcome, and the change where it is one."""
    before = states.get(asked.address, asked.state)
    states[asked.address] = asked.state
    yield asked
    if before != asked.state:
        yield StateChanged(at=asked.at, address=asked.address, port=PORT, before=before, after=asked.state)


def _spared(at: float) -> Iterator[Event]:
    """Who takes one connection, and has it in use."""
    for host in HOSTS:
        if host.limit == 1:
            yield Spared(at=at, address=host.address, port=PORT, reason="1 of 1 connections taken")
