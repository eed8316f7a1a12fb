"""The forty: libraries of others, SunSpec maps, gateways, and devices with habits of their own."""

from __future__ import annotations

from typing import Final

from tests.lab.forty import libraries
from tests.lab.forty.front import simulated
from tests.lab.forty.truth import ALL, Made, Truth
from tests.lab.gateway import Gateway
from tests.lab.identity_servers import Says, sunspec, who

_NAMED: Final = {0: b"Example Works", 1: b"EW-7", 2: b"V2.4"}
_REGULAR: Final = _NAMED | {3: b"http://example.com", 4: b"Feeder Relay", 5: b"FR 700", 6: b"Bay 3"}
_NAMED_WORDS: Final = ("Example Works", "EW-7", "V2.4")
_LONG: Final = {0: b"Wordy", 1: b"W" * 120, 2: b"R" * 110, 4: b"Long Name"}
_HOSTILE: Final = {0: b"\x1b[31mEvil\x07", 1: b"[bold]X[/]", 2: b"\xe2\x80\xae1.0"}
_GAPS: Final = {0: b"Gap Works", 2: b"V9"}
_SERVER: Final = b"\7\xffPLC-7 server"
_INVERTER: Final = ((b"SunWorks", b"INV 20", b"", b"1.8", b"SN-4711"), {103: 50, 120: 26})
_METER: Final = ((b"MeterWorks", b"M 3", b"", b"2.0", b"SN-0815"), {203: 105})
_SHORT_S: Final = 0.3


def _registers(value: int) -> dict[int, int]:
    return dict.fromkeys(range(10), value)


def _plain(value: int) -> Says:
    return who(_registers(value))


def _named(value: int, name: bytes) -> Says:
    return who(_registers(value), {0: b"Example Works", 1: name, 2: b"V1"})


def _inverter(base: int) -> Says:
    return who(sunspec(base, *_INVERTER))


_CABINET: Final = {unit: _named(unit, b"Meter-%d" % unit) for unit in (1, 2, 3, 4, 5)}
_FLOOR: Final = {unit: _named(unit, b"Drive-%d" % unit) for unit in range(1, 33)}
_PYMODBUS: Final = ("Example Works", "PM-1", "V3", "http://example.com", "Soft PLC", "SP 1", "Lab")


def _units(*units: int) -> frozenset[int]:
    return frozenset(units)


_LIBRARIES: Final = (
    Made(
        "pymodbus, one unit",
        libraries.pymodbus({1: 230}, _PYMODBUS),
        Truth("single", _units(1), ALL - {1}, words=_PYMODBUS),
    ),
    Made(
        "pymodbus, three units",
        libraries.pymodbus({1: 1, 7: 7, 9: 9}, _PYMODBUS),
        Truth("several", _units(1, 7, 9), ALL - {1, 7, 9}, words=_PYMODBUS),
    ),
    Made(
        "pyModbusTCP with a name",
        libraries.pymodbustcp(b"PMT", b"Server", b"0.3"),
        Truth("ignores-unit", ALL, words=("PMT", "Server", "0.3")),
        "pymodbustcp",
    ),
    Made("pyModbusTCP", libraries.pymodbustcp(), Truth("ignores-unit", ALL), "pymodbustcp"),
    Made("uModbus, one unit", libraries.umodbus(1), Truth("single", _units(1), ALL - {1}), "umodbus"),
    Made(
        "uModbus, three units",
        libraries.umodbus(1, 2, 3),
        Truth("several", _units(1, 2, 3), ALL - {1, 2, 3}),
        "umodbus",
    ),
    Made("modbus-tk, one unit", libraries.modbus_tk(1), Truth("single", _units(1)), "modbus_tk"),
    Made("modbus-tk, two units", libraries.modbus_tk(5, 6), Truth("several", _units(5, 6)), "modbus_tk"),
    Made("libmodbus", libraries.libmodbus(), Truth("ignores-unit", ALL, words=("LMB",)), "libmodbus"),
    Made("jsmodbus", libraries.node("jsmodbus"), Truth("ignores-unit", ALL), "jsmodbus"),
    Made(
        "modbus-serial, unit 9",
        libraries.node("modbus_serial", 9),
        Truth("single", _units(9)),
        "modbus_serial",
    ),
)

_SUNSPEC: Final = (
    Made(
        "SunSpec at 40000, any unit",
        simulated(Gateway(anyone=_inverter(40_000))),
        Truth("refuses", exceptions=ALL, words=("SunWorks", "INV 20", "1.8", "SN-4711")),
    ),
    Made(
        "SunSpec at 50000, unit 1",
        simulated(Gateway({1: who(sunspec(50_000, *_METER) | _registers(4))}, rest="path")),
        Truth("gateway", _units(1), refused=ALL - {1}, words=("MeterWorks", "M 3", "SN-0815")),
    ),
    Made(
        "SunSpec at 0, any unit",
        simulated(Gateway(anyone=_inverter(0))),
        Truth("ignores-unit", ALL, words=("SunWorks", "INV 20", "SN-4711")),
    ),
    Made(
        "SunSpec with a name",
        simulated(Gateway(anyone=who(sunspec(40_000, *_INVERTER) | _registers(8), _NAMED))),
        Truth("ignores-unit", ALL, words=(*_NAMED_WORDS, "SN-4711")),
    ),
)

_GATEWAYS: Final = (
    Made(
        "gateway, five named, 0B after 0.3 s",
        simulated(Gateway(_CABINET, rest="target", timeout_s=_SHORT_S)),
        Truth(
            "gateway",
            frozenset(_CABINET),
            refused=ALL - frozenset(_CABINET),
            of_units={unit: f"Meter-{unit}" for unit in _CABINET},
        ),
    ),
    Made(
        "gateway, three plain, 0A",
        simulated(Gateway({unit: _plain(unit) for unit in (10, 20, 30)}, rest="path")),
        Truth("gateway", _units(10, 20, 30), refused=ALL - {10, 20, 30}),
    ),
    Made(
        "gateway, three plain, others mute",
        simulated(Gateway({unit: _plain(unit) for unit in (1, 2, 3)}, timeout_s=0.05)),
        Truth("several", _units(1, 2, 3)),
    ),
    Made(
        "gateway, 32 named, 0A",
        simulated(Gateway(_FLOOR, rest="path", serial_s=0.02)),
        Truth(
            "gateway",
            frozenset(_FLOOR),
            refused=ALL - frozenset(_FLOOR),
            of_units={unit: f"Drive-{unit}" for unit in _FLOOR},
        ),
    ),
    Made(
        "gateway without exceptions",
        simulated(
            Gateway(
                {unit: _plain(unit) for unit in (4, 8)}, rest="target", exceptionless=True, timeout_s=0.05
            )
        ),
        Truth("several", _units(4, 8)),
    ),
    Made(
        "gateway, busy at first",
        simulated(Gateway({unit: _plain(unit) for unit in (1, 2)}, rest="path", busy_first={1: 1, 2: 1})),
        Truth("gateway", _units(1, 2), refused=ALL - {1, 2}),
    ),
    Made(
        "gateway, busy for ever but for one",
        simulated(Gateway({3: _plain(3)}, rest="path", absent={1: "busy"})),
        Truth("gateway", _units(3), _units(1), refused=ALL - {1, 3}),
    ),
    Made(
        "gateway, nobody behind, 0B after 0.3 s",
        simulated(Gateway(rest="target", timeout_s=_SHORT_S)),
        Truth("gateway", refused=ALL),
    ),
    Made("gateway, nobody behind, 0A", simulated(Gateway(rest="path")), Truth("gateway", refused=ALL)),
    Made(
        "gateway, two named, a mute one",
        simulated(
            Gateway(
                {247: _named(247, b"Own-247"), 2: _named(2, b"Pump-2")},
                rest="path",
                absent={3: "mute"},
                timeout_s=_SHORT_S,
            )
        ),
        Truth(
            "gateway",
            _units(2, 247),
            refused=ALL - {2, 3, 247},
            of_units={2: "Pump-2", 247: "Own-247"},
        ),
    ),
    Made(
        "gateway, units 100 and 247, others mute",
        simulated(Gateway({unit: _plain(unit) for unit in (100, 247)}, timeout_s=0.0)),
        Truth("several", _units(100, 247)),
    ),
)

_ANY: Final = (
    Made(
        "any unit, name and server id",
        simulated(Gateway(anyone=who(_registers(1), _NAMED, _SERVER))),
        Truth("ignores-unit", ALL, words=(*_NAMED_WORDS, "PLC-7 server")),
    ),
    Made(
        "any unit, server id",
        simulated(Gateway(anyone=who(_registers(1), None, _SERVER))),
        Truth("ignores-unit", ALL, words=("PLC-7 server",)),
    ),
    Made(
        "any unit, hostile name",
        simulated(Gateway(anyone=who(_registers(1), _HOSTILE))),
        Truth("ignores-unit", ALL, words=("Evil", "X", "1.0")),
    ),
    Made(
        "any unit, name in two answers",
        simulated(Gateway(anyone=who(_registers(1), _LONG))),
        Truth("ignores-unit", ALL, words=("Wordy", "W" * 120, "R" * 110, "Long Name")),
    ),
    Made(
        "any unit, object 1 missing",
        simulated(Gateway(anyone=who(_registers(1), _GAPS))),
        Truth("ignores-unit", ALL, words=("Gap Works", "V9")),
    ),
    Made(
        "any unit, server id that claims too much",
        simulated(Gateway(anyone=lambda body: b"\x11\x30ABC" if body[0] == 17 else _plain(1)(body))),
        Truth("ignores-unit", ALL),
    ),
)

_LONELY: Final = (
    Made(
        "unit 1, silent to others",
        simulated(Gateway({1: who(_registers(1), _REGULAR, _SERVER)}, timeout_s=0.0)),
        Truth("single", _units(1), words=(*_NAMED_WORDS, "Feeder Relay", "FR 700", "Bay 3")),
    ),
    Made(
        "unit 17, silent to others",
        simulated(Gateway({17: who(_registers(1), None, _SERVER)}, timeout_s=0.0)),
        Truth("single", _units(17), of_units={17: "PLC-7 server"}),
    ),
    Made(
        "unit 255, silent to others",
        simulated(Gateway({255: who(_registers(1), _NAMED)}, timeout_s=0.0)),
        Truth("single", words=_NAMED_WORDS),
    ),
)

_HABITS: Final = (
    Made(
        "closes after 0.8 s of silence",
        simulated(Gateway(anyone=who(_registers(1), _NAMED)), idle_s=0.8),
        Truth("ignores-unit", ALL, words=_NAMED_WORDS),
    ),
    Made(
        "needs 1.5 s before the first request",
        simulated(Gateway(anyone=who(_registers(1), _NAMED)), deaf_s=1.5),
        Truth("ignores-unit", ALL, words=_NAMED_WORDS),
    ),
    Made(
        "takes one connection",
        simulated(Gateway(anyone=who(_registers(1), _NAMED)), takes=1),
        Truth("ignores-unit", ALL, words=_NAMED_WORDS),
    ),
    Made(
        "takes two connections",
        simulated(Gateway({1: who(_registers(1), _NAMED)}, rest="path"), takes=2),
        Truth("gateway", _units(1), refused=ALL - {1}, words=_NAMED_WORDS),
    ),
    Made(
        "takes four connections",
        simulated(Gateway({1: who(_registers(1), _NAMED)}, timeout_s=0.0), takes=4),
        Truth("single", _units(1), words=_NAMED_WORDS),
    ),
)

EVERY: Final[tuple[Made, ...]] = (*_LIBRARIES, *_SUNSPEC, *_GATEWAYS, *_ANY, *_LONELY, *_HABITS)
