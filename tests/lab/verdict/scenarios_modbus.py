"""Faults above TCP: units, gateways, framing, timing, broken frames; and devices in order."""

from __future__ import annotations

from typing import Final

from tests.lab.verdict.acts import far_away, rules, serve, use
from tests.lab.verdict.plant import FAR, NEAR, NEAR_6
from tests.lab.verdict.scenario import MUTE, Act, Scenario

_AT: Final = f"{NEAR}:502"
_FAR_AT: Final = f"{FAR}:502"


def _near(manner: str, *options: str) -> tuple[Act, ...]:
    return (serve("near", manner, _AT, *options),)


def _far(manner: str, *options: str) -> tuple[Act, ...]:
    return (serve("far", manner, _FAR_AT, *options),)


UNITS: Final = (
    Scenario(
        "pymodbus, unit 42 is unknown", "wrong-unit", NEAR, "connected, exception 4", _near("pymodbus"),
        ("--unit", "42"),
    ),
    Scenario(
        "uModbus, unit 42 is unknown", "wrong-unit", FAR, "connected, exception 2", _far("umodbus"),
        ("--unit", "42"), needs="umodbus",
    ),
    Scenario(
        "uModbus, unit 1 is unknown: an answer all the same", "wrong-unit", FAR, "connected, exception 2",
        _far("umodbus", "unit=42"), needs="umodbus", accepts=("healthy",), exits=None,
    ),
    Scenario(
        "silent for all units but 1", "wrong-unit", FAR, "connected, silence", _far("units", "only=1"),
        ("--unit", "3"),
    ),
    Scenario(
        "silent for all units but 255", "wrong-unit", NEAR, "connected, silence", _near("units", "only=255")
    ),
    Scenario(
        "silent for all units but 7, which nobody would guess", "wrong-unit", NEAR, "connected, silence",
        _near("units", "only=7"), undecidable=MUTE,
    ),
    Scenario(
        "gateway: no path to the unit", "gateway-path", NEAR, "connected, exception 10",
        _near("units", "only=7", "code=10"), ("--unit", "3"),
    ),
    Scenario(
        "gateway: the device behind is silent", "gateway-target", FAR, "connected, exception 11",
        _far("units", "only=7", "code=11", "delay=0.8"), ("--unit", "3"),
    ),
    Scenario(
        "gateway: every device behind is silent", "gateway-target", NEAR, "connected, exception 11",
        _near("units", "code=11", "delay=0.5"),
    ),
    Scenario("busy", "busy", NEAR, "connected, exception 6", _near("units", "code=6"), exits=None),
)  # fmt: skip

FRAMING: Final = (
    Scenario("RTU frames over TCP, on-link", "rtu-over-tcp", NEAR, "connected, silence", _near("rtu")),
    Scenario("RTU frames over TCP, routed", "rtu-over-tcp", FAR, "connected, silence", _far("rtu")),
    Scenario("SSH", "not-modbus", NEAR, "connected, bytes 5353482d322e302d", _near("banner", "of=ssh")),
    Scenario("telnet", "not-modbus", FAR, "connected, bytes fffd18fffd200d0a", _far("banner", "of=telnet")),
    Scenario("a web server", "not-modbus", FAR, "connected, bytes 485454502f312e31", _far("web")),
    Scenario(
        "telegrams without end", "not-modbus", NEAR, "connected, bytes a51d00101502a51d", _near("stream"),
        floods=True,
    ),
    Scenario("mute, on-link", "mute", NEAR, "connected, silence", _near("mute"), undecidable=MUTE),
    Scenario("mute, routed", "mute", FAR, "connected, silence", _far("mute"), undecidable=MUTE),
    *(
        Scenario(f"broken: {name}", "bad-frames", address, shows, (serve(host, manner, f"{address}:502"),),
                 floods=manner == "without_end")
        for name, host, address, manner, shows in (
            ("wrong transaction id", "near", NEAR, "wrong_transaction", "connected, bytes 0008000000050103"),
            ("length 65535", "far", FAR, "huge_length", "connected, bytes 00070000ffff0103"),
            ("length 0", "near", NEAR, "zero_length", "connected, bytes 0007000000000103"),
            ("ends in the middle", "far", FAR, "truncates", "connected, answer"),
            ("another function", "near", NEAR, "wrong_function", "connected, bytes 0007000000050110"),
            ("no end", "near", NEAR, "without_end", "connected, bytes 00070000ffff0103"),
        )
    ),
)  # fmt: skip

TIMING: Final = (
    Scenario(
        "slow: 1.5 s", "slow", NEAR, "connected, silence", _near("slow", "s=1.5"), exits=1
    ),
    Scenario("slow: 5 s", "slow", FAR, "connected, silence", _far("slow", "s=5"), exits=None),
    Scenario(
        "deaf for the first 1.5 s", "needs-warm-up", NEAR, "connected, silence",
        _near("deaf_at_first", "s=1.5"), exits=None,
    ),
    Scenario(
        "closes who asks in the first 1.5 s", "needs-warm-up", FAR, "connected, ended",
        _far("closes_if_hurried", "s=1.5"), exits=None,
    ),
    Scenario(
        "closes after 2 s of silence, and a client here has not noticed", "idle-close", NEAR,
        "connected, answer",
        (*_near("idle_close", "s=2"), use("client", "leaks", _AT)), exits=1,
    ),
)  # fmt: skip

MODBUS: Final = (*UNITS, *FRAMING, *TIMING)

FINE: Final = (
    *(
        Scenario(
            f"{manner}, {where}", "healthy", address, "connected, answer",
            (serve(host, manner, f"{address}:502"),), needs=manner if manner != "pymodbus" else "", exits=0,
        )
        for manner, where, host, address in (
            ("pymodbus", "on-link", "near", NEAR),
            ("pymodbustcp", "routed", "far", FAR),
            ("umodbus", "on-link", "near", NEAR),
            ("modbus_tk", "routed", "far", FAR),
            ("libmodbus", "on-link", "near", NEAR),
            ("jsmodbus", "routed", "far", FAR),
        )
    ),
    Scenario(
        "modbus-serial, unit 5", "healthy", NEAR, "connected, answer", _near("modbus_serial", "unit=5"),
        ("--unit", "5"), needs="modbus_serial", exits=0,
    ),
    Scenario(
        "no register 0", "healthy", FAR, "connected, exception 2", _far("pymodbus", "from=100"), exits=0
    ),
    Scenario(
        "no reading of registers at all", "healthy", NEAR, "connected, exception 1",
        _near("units", "code=1"), exits=0,
    ),
    Scenario(
        "2 ms away", "healthy", FAR, "connected, answer", (*_far("healthy"), far_away(0.001)), exits=0
    ),
    Scenario(
        "300 ms away", "healthy", FAR, "connected, answer", (*_far("healthy"), far_away(0.15)), exits=0
    ),
    Scenario(
        "echo is not answered", "healthy", NEAR, "connected, answer",
        (*_near("healthy"), rules("near", "input", "icmp type echo-request drop")), exits=0,
    ),
    Scenario(
        "by IPv6", "healthy", f"[{NEAR_6}]", "connected, answer",
        (serve("near", "healthy", f"[{NEAR_6}]:502"),), exits=0,
    ),
    Scenario(
        "by name, on another port", "healthy", "plc-far:1502", "connected, answer",
        (serve("far", "healthy", f"{FAR}:1502"),), address=FAR, exits=0,
    ),
    Scenario(
        "in use by others, with room left", "healthy", NEAR, "connected, answer",
        (serve("near", "refuses", _AT, "slots=4"), use("other", "holds", _AT, "count=2"),
         use("client", "holds", _AT)), exits=0,
    ),
)  # fmt: skip
