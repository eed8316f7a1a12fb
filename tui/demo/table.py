"""The plant on one page: every address, what is said of it, and how it behaves."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

FIRST: Final = "127.50.2.11"
LAST: Final = "127.50.2.32"
PORTS: Final = (502, 15020)
"""The registered port, and one that needs no privilege."""

Kind: TypeAlias = Literal[
    "identified", "healthy", "other-unit", "meter", "gateway", "inverter",
    "unit-7-only", "refuses-full", "closes-full", "mute-full", "hung", "evicts-oldest",
    "gateway-path", "gateway-target", "busy", "rtu", "banner", "slow", "idle-close", "mute", "absent",
]  # fmt: skip


class Host(NamedTuple):
    """One address of the plant."""

    address: str
    name: str
    product: str
    """As the monitor is told; empty for a device that says itself what it is."""
    kind: Kind
    slots: int | None = None
    """Connections it takes at once, where it counts them."""
    documented: bool = True
    """Whether the monitor is told of `slots`: what it does not know, it has to find out."""


HOSTS: Final = (
    Host("127.50.2.11", "boiler-plc", "", "identified", 8, documented=False),
    Host("127.50.2.12", "feeder-meter", "", "meter", 8),
    Host("127.50.2.13", "chiller-plc", "compact PLC", "healthy", 2),
    Host("127.50.2.14", "tank-levels", "remote I/O", "healthy", 4),
    Host("127.50.2.15", "gw-pumps", "serial gateway, 2 ports", "gateway-path"),
    Host("127.50.2.16", "gw-basement", "serial gateway, 1 port", "gateway-target"),
    Host("127.50.2.17", "press-plc", "compact PLC", "refuses-full", 2, documented=False),
    Host("127.50.2.18", "packer-plc", "compact PLC", "closes-full", 2, documented=False),
    Host("127.50.2.19", "kiln-meter", "temperature controller", "mute-full", 1),
    Host("127.50.2.20", "mixer-plc", "compact PLC", "hung", 1, documented=False),
    Host("127.50.2.21", "conveyor-plc", "modular PLC", "evicts-oldest", 2),
    Host("127.50.2.22", "dosing-plc", "soft PLC", "other-unit"),
    Host("127.50.2.23", "roof-inverter", "solar inverter", "unit-7-only"),
    Host("127.50.2.24", "crane-plc", "modular PLC", "absent"),
    Host("127.50.2.25", "filler-plc", "compact PLC", "busy"),
    Host("127.50.2.26", "weighbridge", "scale terminal", "rtu"),
    Host("127.50.2.27", "gatehouse-box", "", "banner"),
    Host("127.50.2.28", "cold-store", "refrigeration controller", "slow"),
    Host("127.50.2.29", "lab-analyser", "", "idle-close"),
    Host("127.50.2.30", "dryer-drive", "variable speed drive", "mute"),
    Host("127.50.2.31", "gw-yard", "", "gateway"),
    Host("127.50.2.32", "hall-inverter", "", "inverter"),
)

_PLAIN: Final[frozenset[Kind]] = frozenset({"healthy", "other-unit"})
GROUPS: Final[dict[str, frozenset[Kind]]] = {
    # pymodbus keeps one identification for a whole process, so the device that has one lives alone.
    "named": frozenset({"identified"}),
    "plain": _PLAIN,
    "other": frozenset(host.kind for host in HOSTS) - _PLAIN - {"identified", "absent"},
}
"""Server processes, and the kinds each of them plays."""

CLIENTS: Final = {
    "historian": "127.50.1.10",
    "scada": "127.50.1.20",
    "hmi-7": "127.50.1.37",
    "tablet-2": "127.50.1.52",
    "commission-pc": "127.50.1.77",
    "report-job": "127.50.1.90",
}
"""Client processes, and the address each of them speaks from."""
