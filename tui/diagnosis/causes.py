"""The causes as data: what each is called, what else looks the same, what would decide, what to do first."""

from __future__ import annotations

from typing import Final, NamedTuple

from tui.records import CauseId


class Cause(NamedTuple):
    """One cause. Remedies go from the least invasive to the most."""

    title: str
    remedies: tuple[str, ...]
    could_also_be: tuple[CauseId, ...] = ()
    decide_by: str = ""


CAUSES: Final[dict[CauseId, Cause]] = {
    "no-route": Cause(
        "This host has no route to it.",
        ("Check the address and mask typed here", "Check this host's routes and gateway: ip route"),
        ("address-suspect",),
        "Compare ip route get with the network plan.",
    ),
    "local-firewall-out": Cause(
        "This host itself forbids the connection.",
        ("Look at this host's outgoing rules: nft list ruleset", "Look for prohibit routes: ip route"),
    ),
    "local-ports-exhausted": Cause(
        "This host has no free local port or file left for a connection.",
        ("Find the program that opens so many: ss -tanp", "Make it keep one connection open"),
    ),
    "no-neighbour": Cause(
        "Nobody answers ARP for it.",
        (
            "See whether its link light is on",
            "Look for its MAC in the switch's table, and in which VLAN",
            "Power it up or wake it",
        ),
        ("asleep", "address-suspect"),
        "The switch's MAC table: no entry means off or unplugged, another VLAN means wrong VLAN.",
    ),
    "host-unreachable": Cause(
        "A router says the host cannot be reached.",
        ("Look for the device's MAC on that router", "Check the device's power and link"),
        ("no-neighbour", "asleep"),
        "The ARP table of the router named.",
    ),
    "net-unreachable": Cause(
        "A router has no way to its network.",
        ("Check the route on the router named", "Check the address typed"),
        ("address-suspect",),
        "The routing table of the router named.",
    ),
    "filtered-icmp": Cause(
        "A filter on the way refuses it and says so.",
        ("Ask the owner of the filter named to allow TCP to this port from this host",),
    ),
    "filtered-drop": Cause(
        "The host is alive, but this port stays silent.",
        (
            "Look for a filter on the device, on the path and on this host",
            "See whether its connection slots are taken",
        ),
        ("slots-full", "local-firewall-in"),
        "A capture beside the device: does the SYN arrive?",
    ),
    "silent": Cause(
        "No answer to TCP connects on this port.",
        (
            "Check power, link and address",
            "Ping it from its own subnet",
            "Check that it has a default gateway",
        ),
        ("filtered-drop", "slots-full", "asleep", "host-unreachable"),
        "Ask from a host in its own subnet.",
    ),
    "not-listening": Cause(
        "Refused: nothing listens there, or its slots are taken by others.",
        (
            "See on the device whether Modbus TCP is switched on; switch it off and on",
            "Look for other clients that hold its connections",
            "Try the ports its maker uses besides 502",
        ),
        ("slots-full", "wrong-port", "filtered-reset", "tls-only"),
        "Stop the other clients for a minute: if it then answers, its slots were taken.",
    ),
    "slots-full": Cause(
        "Its connection slots are taken.",
        (
            "Find the clients that hold its connections, and end one that is not needed",
            "Let clients share one connection (a Modbus proxy)",
            "End sessions from the device's own page",
        ),
        (),
        "End one session: if it answers then, this was it.",
    ),
    "stale-sessions": Cause(
        "A session is half-open: nobody acknowledges any more.",
        ("Restart the client's connection", "Check the path: state tables on firewalls, a cut link"),
        ("state-expired", "silent"),
        "A new connection: if it works at once, only the old session is dead.",
    ),
    "client-leak": Cause(
        "A program keeps connections that the device has long closed.",
        ("Restart the program", "Have it close its socket when the device closes"),
    ),
    "wrong-unit": Cause(
        "The unit id asked may not exist there.",
        ("Ask with the unit id of the device's manual", "Try 1, 255 and 0"),
        ("busy",),
        "An answer to another unit id on the same connection.",
    ),
    "gateway-path": Cause(
        "A gateway answers: it has no path to this unit id.",
        ("Check the gateway's table of unit ids", "Ask with a unit id that the gateway knows"),
        ("wrong-unit",),
        "The gateway's routing table.",
    ),
    "gateway-target": Cause(
        "A gateway answers: the serial device behind it is silent.",
        (
            "Check the serial device's power and unit id",
            "Check baud rate, parity, wiring and termination",
            "Raise the gateway's serial timeout",
        ),
        ("wrong-unit",),
        "The gateway's serial counters.",
    ),
    "busy": Cause(
        "The device says it is busy.",
        ("Poll it less often", "Let clients share one connection"),
        ("slots-full",),
        "Pause the other clients for a minute.",
    ),
    "not-modbus": Cause(
        "Something else than Modbus TCP answers there.",
        ("Check address and port", "Check the protocol setting of the serial server"),
        ("wrong-port", "rtu-over-tcp"),
    ),
    "tls-only": Cause(
        "It wants TLS: Modbus/TCP Security.",
        ("Connect with TLS and a client certificate", "Ask for plain Modbus TCP to be allowed"),
    ),
    "mute": Cause(
        "It takes the connection and answers nothing.",
        (
            "Ask with another unit id",
            "Check whether it is a serial server in RTU or raw mode",
            "Look for a client that holds its only served connection",
            "Restart the device's Modbus service",
        ),
        ("wrong-unit", "rtu-over-tcp", "slots-full", "needs-warm-up", "gateway-target"),
        "Another unit id, then an RTU frame, on one connection.",
    ),
    "bad-frames": Cause(
        "Its answer is not a whole, matching Modbus frame.",
        ("Open a fresh connection and compare", "Update the gateway's firmware"),
        ("not-modbus",),
        "One request on a fresh connection: wrong again means the device, right means the client.",
    ),
    "slow": Cause(
        "It answers, but slowly.",
        ("Give clients a longer timeout", "Poll it less often", "Check the gateway's serial side"),
        ("busy", "gateway-target"),
    ),
}
"""Causes that today's rules can name; titles are one sentence for a tired human."""

FORMS: Final[dict[tuple[CauseId, str], tuple[CauseId, ...]]] = {
    ("slots-full", "refused"): ("not-listening", "filtered-reset", "cool-down"),
    ("slots-full", "no-syn-ack"): ("filtered-drop", "silent", "local-firewall-in"),
    ("slots-full", "accepted-closed"): ("tls-only", "needs-warm-up", "not-modbus"),
    ("slots-full", "accepted-mute"): ("mute", "wrong-unit", "rtu-over-tcp"),
}
"""What else a cause could be, where that depends on its form."""
